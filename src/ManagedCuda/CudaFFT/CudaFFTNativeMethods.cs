using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda.CudaFFT;

/// <summary>A plan.</summary>
public struct cufftHandle
{
    /// <summary>The native value.</summary>
    public uint Handle;
}

/// <summary>Result of a cuFFT call.</summary>
public enum cufftResult
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>Not a plan.</summary>
    InvalidPlan = 1,

    /// <summary>No memory.</summary>
    AllocFailed = 2,

    /// <summary>Wrong type.</summary>
    InvalidType = 3,

    /// <summary>A parameter is wrong.</summary>
    InvalidValue = 4,

    /// <summary>Driver or internal error.</summary>
    InternalError = 5,

    /// <summary>The transform failed.</summary>
    ExecFailed = 6,

    /// <summary>The library could not start.</summary>
    SetupFailed = 7,

    /// <summary>A size is not supported.</summary>
    InvalidSize = 8,
}

/// <summary>Element types.</summary>
public enum cufftType
{
    /// <summary>Single complex to complex.</summary>
    C2C = 41,

    /// <summary>Double complex to complex.</summary>
    Z2Z = 105,
}

/// <summary>Sign of the exponent.</summary>
public enum TransformDirection
{
    /// <summary>exp(-i...).</summary>
    Forward = -1,

    /// <summary>exp(+i...), not normalised.</summary>
    Inverse = 1,
}

/// <summary>cuFFT's functions.</summary>
public static class CudaFFTNativeMethods
{
    private const string Library = "cufft64_11";

    /// <summary>An empty plan.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftCreate(ref cufftHandle cufftHandle);

    /// <summary>Whether planning allocates the work area.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftSetAutoAllocation(cufftHandle plan, int autoAllocate);

    /// <summary>Plans a batch of transforms. Null embed arrays mean packed data, whatever strides and distances.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftMakePlanMany(
        cufftHandle plan,
        int rank,
        [In] int[] n,
        [In] int[]? inembed,
        [In] int istride,
        [In] int idist,
        [In] int[]? onembed,
        [In] int ostride,
        [In] int odist,
        cufftType type,
        int batch,
        ref SizeT workSize);

    /// <summary>The work area.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftSetWorkArea(cufftHandle plan, CUdeviceptr workArea);

    /// <summary>The stream.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftSetStream([In] cufftHandle plan, [In] CUstream stream);

    /// <summary>Transforms complex64.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftExecC2C(
        [In] cufftHandle plan,
        [In] CUdeviceptr idata,
        [Out] CUdeviceptr odata,
        [In] TransformDirection direction);

    /// <summary>Transforms complex128.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftExecZ2Z(
        [In] cufftHandle plan,
        [In] CUdeviceptr idata,
        [Out] CUdeviceptr odata,
        [In] TransformDirection direction);

    /// <summary>Destroys a plan.</summary>
    [DllImport(Library)]
    public static extern cufftResult cufftDestroy([In] cufftHandle plan);
}
