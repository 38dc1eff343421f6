using System.Runtime.InteropServices;
using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Stardeq.Engine;

/// <summary>Turns results of the driver into exceptions.</summary>
internal static class CudaCheck
{
    /// <summary>Throws if a driver call failed that belongs to no open device.</summary>
    public static void Require(CUResult result, string operation)
    {
        if (result != CUResult.Success)
        {
            throw Failure(result, operation, null, false);
        }
    }

    /// <summary>The exception for a failed call.</summary>
    /// <param name="result">What the driver returned.</param>
    /// <param name="operation">What was asked of it.</param>
    /// <param name="situation">What else the message should say: kernels, shapes, memory.</param>
    /// <param name="synchronous">Whether every kernel is waited for, so that the culprit is known.</param>
    public static DeviceException Failure(CUResult result, string operation, string? situation, bool synchronous) => new(
        $"cuda: {operation} failed with {Name(result)} ({(int)result}){Text(result)}.{(situation is null ? "" : " " + situation)}{Advice(result, synchronous)}");

    /// <summary>Whether an error is of the kind after which the driver refuses every further call in a context.</summary>
    public static bool EndsContext(CUResult result) => result is CUResult.ErrorIllegalAddress or CUResult.ErrorMisalignedAddress or CUResult.ErrorLaunchFailed
        or (CUResult)EccUncorrectable or (CUResult)LaunchTimeout or (CUResult)Assert or (CUResult)HardwareStackError or (CUResult)IllegalInstruction
        or (CUResult)InvalidAddressSpace or (CUResult)InvalidProgramCounter;

    // CUDA_ERROR_...; of no other use here.
    private const int EccUncorrectable = 214, LaunchTimeout = 702, Assert = 710, HardwareStackError = 714, IllegalInstruction = 715, InvalidAddressSpace = 717,
        InvalidProgramCounter = 718;

    private static string Advice(CUResult result, bool synchronous)
    {
        if (EndsContext(result))
        {
            return synchronous ? " The newest kernel made the error." : $" One of the queued kernels made the error: run again with {CudaDevice.SynchronousVariable}=1, which waits after each.";
        }

        return result is CUResult.UnsupportedPTXVersion or CUResult.ErrorNoBinaryForGPU
            ? " The compiler library and the driver do not fit together: install a driver at least as new as NVRTC."
            : "";
    }

    private static string Name(CUResult result)
    {
        nint text = 0;
        return DriverAPINativeMethods.ErrorHandling.cuGetErrorName(result, ref text) == CUResult.Success
            ? Marshal.PtrToStringAnsi(text) ?? result.ToString()
            : result.ToString();
    }

    private static string Text(CUResult result)
    {
        nint text = 0;
        return DriverAPINativeMethods.ErrorHandling.cuGetErrorString(result, ref text) == CUResult.Success
            ? $": {Marshal.PtrToStringAnsi(text)}"
            : "";
    }
}
