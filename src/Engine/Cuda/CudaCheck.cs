using System.Runtime.InteropServices;
using ManagedCuda;
using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;
using ManagedCuda.CudaFFT;

namespace Stardeq.Engine;

/// <summary>Turns results of NVIDIA's libraries into one kind of exception.</summary>
internal static class CudaCheck
{
    /// <summary>Throws if a driver call failed.</summary>
    /// <param name="result">What it returned.</param>
    /// <param name="operation">What was asked, for the message.</param>
    /// <param name="context">What else the message should say: kernel, shapes, memory.</param>
    public static void Require(CUResult result, string operation, Func<string>? context = null)
    {
        if (result != CUResult.Success)
        {
            throw Failure(result, operation, context?.Invoke());
        }
    }

    public static void Require(cufftResult result, string operation)
    {
        if (result != cufftResult.Success)
        {
            throw new DeviceException($"cuda: cuFFT could not {operation}: {result} ({(int)result}).");
        }
    }

    public static void Require(CublasStatus status, string operation)
    {
        if (status != CublasStatus.Success)
        {
            throw new DeviceException($"cuda: cuBLAS could not {operation}: {status} ({(int)status}).");
        }
    }

    public static DeviceException Failure(CUResult result, string operation, string? context)
    {
        string message = $"cuda: {operation} failed with {Name(result)} ({(int)result}){Text(result)}.{(context is null ? "" : " " + context)}";
        return result == CUResult.ErrorOutOfMemory ? new OutOfDeviceMemoryException(message) : new DeviceException(message + Advice(result));
    }

    private static string Advice(CUResult result) => result switch
    {
        CUResult.ErrorIllegalAddress or CUResult.ErrorMisalignedAddress or CUResult.ErrorLaunchFailed =>
            $" The error may come from an earlier kernel: run again with {CudaDevice.SynchronousVariable}=1, which waits after each.",
        CUResult.UnsupportedPTXVersion or CUResult.ErrorNoBinaryForGPU =>
            " The compiler library and the driver do not fit together: install a driver at least as new as NVRTC.",
        _ => "",
    };

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
