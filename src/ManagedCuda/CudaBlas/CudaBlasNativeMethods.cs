using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda.CudaBlas;

/// <summary>A library context.</summary>
public struct CudaBlasHandle
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>Result of a cuBLAS call.</summary>
public enum CublasStatus
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>No library context.</summary>
    NotInitialized = 1,

    /// <summary>No memory.</summary>
    AllocFailed = 3,

    /// <summary>A parameter is wrong.</summary>
    InvalidValue = 7,

    /// <summary>The device cannot do this.</summary>
    ArchMismatch = 8,

    /// <summary>The kernel failed.</summary>
    ExecutionFailed = 13,

    /// <summary>Internal error.</summary>
    InternalError = 14,

    /// <summary>Not supported.</summary>
    NotSupported = 15,
}

/// <summary>What is done to a matrix first.</summary>
public enum Operation
{
    /// <summary>Nothing.</summary>
    NonTranspose = 0,

    /// <summary>Transposition.</summary>
    Transpose = 1,

    /// <summary>Conjugation and transposition.</summary>
    ConjugateTranspose = 2,
}

/// <summary>Which arithmetic float products may use.</summary>
public enum Math
{
    /// <summary>float32.</summary>
    DefaultMath = 0,

    /// <summary>float32 in the prescribed order.</summary>
    PedanticMath = 2,

    /// <summary>TF32 on tensor cores.</summary>
    TF32TensorOpMath = 3,
}

/// <summary>cuBLAS's functions. Matrices are column-major.</summary>
public static class CudaBlasNativeMethods
{
    private const string Library = "cublas64_12";

    /// <summary>A library context.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasCreate_v2(ref CudaBlasHandle handle);

    /// <summary>Destroys a library context.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasDestroy_v2(CudaBlasHandle handle);

    /// <summary>The stream.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasSetStream_v2(CudaBlasHandle handle, CUstream streamId);

    /// <summary>The arithmetic.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasSetMathMode(CudaBlasHandle handle, Math mode);

    /// <summary>The workspace; setting the stream resets it.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasSetWorkspace_v2(CudaBlasHandle handle, CUdeviceptr workspace, SizeT workspaceSizeInBytes);

    /// <summary>C = alpha op(A) op(B) + beta C, for each of a batch.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasSgemmStridedBatched(
        CudaBlasHandle handle,
        Operation transa,
        Operation transb,
        int m,
        int n,
        int k,
        ref float alpha,
        CUdeviceptr A,
        int lda,
        long strideA,
        CUdeviceptr B,
        int ldb,
        long strideB,
        ref float beta,
        CUdeviceptr C,
        int ldc,
        long strideC,
        int batchCount);

    /// <summary>C = alpha op(A) op(B) + beta C, for each of a batch.</summary>
    [DllImport(Library)]
    public static extern CublasStatus cublasDgemmStridedBatched(
        CudaBlasHandle handle,
        Operation transa,
        Operation transb,
        int m,
        int n,
        int k,
        ref double alpha,
        CUdeviceptr A,
        int lda,
        long strideA,
        CUdeviceptr B,
        int ldb,
        long strideB,
        ref double beta,
        CUdeviceptr C,
        int ldc,
        long strideC,
        int batchCount);
}
