using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Stardeq.Engine;

/// <summary>A kernel of a loaded module, with its parameters and limits.</summary>
internal sealed class CudaFunction
{
    private const int DefaultSharedBytes = 48 * 1024; // more must be asked for
    private const int LargestBlock = 1024;
    private readonly CudaDevice _device;
    private int _sharedBytes = DefaultSharedBytes;

    public CudaFunction(CudaDevice device, CUmodule module, KernelSignature signature, DType real)
    {
        _device = device;
        Signature = signature;
        Real = real;
        _device.Require(DriverAPINativeMethods.ModuleManagement.cuModuleGetFunction(ref Handle, module, signature.Name), $"finding kernel {signature.Name}");
        MaxThreads = Attribute(CUFunctionAttribute.MaxThreadsPerBlock);
        Addresses = new nint[signature.Parameters.Count];
        CheckParameters();
    }

    /// <summary>A kernel of a rehearsal.</summary>
    public CudaFunction(CudaDevice device, KernelSignature signature, DType real)
    {
        (_device, Signature, Real, MaxThreads) = (device, signature, real, LargestBlock);
        Addresses = new nint[signature.Parameters.Count];
    }

    public readonly CUfunction Handle;

    public KernelSignature Signature { get; }

    /// <summary>Float32 or Float64: the module's scalar type.</summary>
    public DType Real { get; }

    /// <summary>Largest block, from the launch bounds and the registers.</summary>
    public int MaxThreads { get; }

    /// <summary>Where cuLaunchKernel looks for the arguments; used under the device's lock.</summary>
    public nint[] Addresses { get; }

    /// <summary>One property of the compiled kernel.</summary>
    public int Attribute(CUFunctionAttribute attribute)
    {
        int value = 0;
        _device.Require(DriverAPINativeMethods.FunctionManagement.cuFuncGetAttribute(ref value, attribute, Handle), $"asking {Signature.Name} for {attribute}");
        return value;
    }

    /// <summary>Asks for more dynamic shared memory than a kernel has by default.</summary>
    public void AllowShared(int bytes)
    {
        if (bytes > _sharedBytes)
        {
            _device.Require(
                DriverAPINativeMethods.FunctionManagement.cuFuncSetAttribute(Handle, CUFunctionAttribute.MaxDynamicSharedSizeBytes, bytes),
                $"asking for {bytes} bytes of shared memory for {Signature.Name}");
            _sharedBytes = bytes;
        }
    }

    /// <summary>Compares number and sizes of the compiled kernel's parameters with those read from the source, where the driver tells.</summary>
    private void CheckParameters()
    {
        try
        {
            for (int i = 0; i <= Signature.Parameters.Count; i++)
            {
                SizeT offset = 0L, size = 0L;
                CUResult result = DriverAPINativeMethods.FunctionManagement.cuFuncGetParamInfo(Handle, i, ref offset, ref size);
                bool exists = i < Signature.Parameters.Count;
                if (exists ? result != CUResult.Success || size != (ulong)SizeOf(Signature.Parameters[i].Kind) : result != CUResult.ErrorInvalidValue)
                {
                    string declared = exists ? $"'{Signature.Parameters[i].Name}', a {Signature.Parameters[i].Kind} of {SizeOf(Signature.Parameters[i].Kind)} bytes" : "none";
                    string compiled = result == CUResult.Success ? $"{(long)size} bytes" : $"{result}";
                    throw new DeviceException($"cuda: parameter {i} of {Signature.Name} is {declared} in kernels.cu, the compiled kernel has {compiled}. "
                        + $"Empty the folder of compiled kernels ({KernelCache.FolderVariable}).");
                }
            }
        }
        catch (EntryPointNotFoundException)
        {
            // Drivers before CUDA 12.4 do not tell.
        }
    }

    private int SizeOf(ParameterKind kind) => kind switch
    {
        ParameterKind.Int => sizeof(int),
        ParameterKind.Real => Real.Bytes(),
        _ => 8,
    };
}
