using ManagedCuda;
using ManagedCuda.BasicTypes;
using NUnit.Framework;
using static ManagedCuda.DriverAPINativeMethods;

namespace Stardeq.Tests;

/// <summary>Short forms of driver calls for tests that look at the driver itself.</summary>
internal static unsafe class Driver
{
    public static void Require(CUResult result) => Assert.That(result, Is.EqualTo(CUResult.Success));

    public static CUdeviceptr Allocate(long bytes)
    {
        CUdeviceptr address = default;
        Require(MemoryManagement.cuMemAlloc_v2(ref address, bytes));
        return address;
    }

    public static void Free(CUdeviceptr address) => Require(MemoryManagement.cuMemFree_v2(address));

    // Calls that the engine never makes, and that our interop therefore lacks, by their symbol.

    public static CUResult Synchronize() => ((delegate* unmanaged<CUResult>)Emulator.Export("cuCtxSynchronize"))();

    public static CUResult Query(CUstream stream) => ((delegate* unmanaged<CUstream, CUResult>)Emulator.Export("cuStreamQuery"))(stream);

    public static CUResult Query(CUevent mark) => ((delegate* unmanaged<CUevent, CUResult>)Emulator.Export("cuEventQuery"))(mark);

    public static CUcontext CurrentContext()
    {
        CUcontext context = default;
        Require(((delegate* unmanaged<CUcontext*, CUResult>)Emulator.Export("cuCtxGetCurrent"))(&context));
        return context;
    }

    public static CUdeviceptr Offset(CUdeviceptr address, long bytes) => new() { Pointer = (long)address.Pointer + bytes };

    public static CUstream Stream(CUStreamFlags flags = CUStreamFlags.NonBlocking)
    {
        CUstream stream = default;
        Require(Streams.cuStreamCreate(ref stream, flags));
        return stream;
    }

    public static CUevent Event()
    {
        CUevent made = default;
        Require(Events.cuEventCreate(ref made, CUEventFlags.DisableTiming));
        return made;
    }

    public static void Upload<T>(CUdeviceptr target, T[] values, CUstream stream = default)
        where T : unmanaged
    {
        fixed (T* source = values)
        {
            Require(AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(target, (nint)source, (long)values.Length * sizeof(T), stream));
        }
    }

    public static T[] Download<T>(CUdeviceptr source, int count, CUstream stream = default)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* target = values)
        {
            Require(AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2((nint)target, source, (long)count * sizeof(T), stream));
        }

        Require(Streams.cuStreamSynchronize(stream));
        return values;
    }

    /// <summary>Launches a kernel (const float* x, float* y, int n); what comes after them is taken from <paramref name="rest"/>.</summary>
    public static CUResult Launch(
        CUfunction function, (uint X, uint Y) grid, uint block, uint shared, CUstream stream, CUdeviceptr x, CUdeviceptr y, int n, byte[]? rest = null)
    {
        fixed (byte* more = rest)
        {
            return DriverAPINativeMethods.Launch.cuLaunchKernel(
                function, grid.X, grid.Y, 1, block, 1, 1, shared, stream, [(nint)(&x), (nint)(&y), (nint)(&n), (nint)more], null);
        }
    }
}

/// <summary>Pinned host memory of floats.</summary>
internal sealed unsafe class PinnedFloats : IDisposable
{
    private nint _address;

    public PinnedFloats(int count)
    {
        Driver.Require(MemoryManagement.cuMemAllocHost_v2(ref _address, 4L * count));
        Count = count;
        Values.Clear();
    }

    public int Count { get; }

    public nint Address => _address;

    public Span<float> Values => new((void*)_address, Count);

    public void Dispose() => Driver.Require(MemoryManagement.cuMemFreeHost(_address));
}
