using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda;

/// <summary>The CUDA driver's functions, grouped as in the ManagedCuda package. All return a result and throw nothing.</summary>
public static class DriverAPINativeMethods
{
    private const string Library = "nvcuda";

    /// <summary>Initialises the driver.</summary>
    [DllImport(Library)]
    public static extern CUResult cuInit(CUInitializationFlags Flags);

    /// <summary>Version of the driver's CUDA: 1000 major + 10 minor.</summary>
    [DllImport(Library)]
    public static extern CUResult cuDriverGetVersion(ref int driverVersion);

    /// <summary>Devices and their properties.</summary>
    public static class DeviceManagement
    {
        /// <summary>The device of a number.</summary>
        [DllImport(Library)]
        public static extern CUResult cuDeviceGet(ref CUdevice device, int ordinal);

        /// <summary>Number of devices.</summary>
        [DllImport(Library)]
        public static extern CUResult cuDeviceGetCount(ref int count);

        /// <summary>Name of a device, zero-terminated ASCII.</summary>
        [DllImport(Library)]
        public static extern CUResult cuDeviceGetName([Out] byte[] name, int len, CUdevice dev);

        /// <summary>One property of a device.</summary>
        [DllImport(Library)]
        public static extern CUResult cuDeviceGetAttribute(ref int pi, CUDeviceAttribute attrib, CUdevice dev);
    }

    /// <summary>The primary context of a device and the current context of a thread.</summary>
    public static class ContextManagement
    {
        /// <summary>Takes a share of the primary context.</summary>
        [DllImport(Library)]
        public static extern CUResult cuDevicePrimaryCtxRetain(ref CUcontext pctx, CUdevice dev);

        /// <summary>Gives the share back.</summary>
        [DllImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
        public static extern CUResult cuDevicePrimaryCtxRelease(CUdevice dev);

        /// <summary>Makes a context current on this thread.</summary>
        [DllImport(Library)]
        public static extern CUResult cuCtxSetCurrent([In] CUcontext ctx);
    }

    /// <summary>Modules.</summary>
    public static class ModuleManagement
    {
        /// <summary>Loads a cubin or PTX image.</summary>
        [DllImport(Library)]
        public static extern CUResult cuModuleLoadDataEx(
            ref CUmodule module,
            [In] byte[] image,
            uint numOptions,
            [In] CUJITOption[] options,
            [In, Out] IntPtr[] optionValues);

        /// <summary>Unloads a module.</summary>
        [DllImport(Library)]
        public static extern CUResult cuModuleUnload(CUmodule hmod);

        /// <summary>Finds a kernel.</summary>
        [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern CUResult cuModuleGetFunction(ref CUfunction hfunc, CUmodule hmod, string name);
    }

    /// <summary>Device memory and pinned host memory.</summary>
    public static class MemoryManagement
    {
        /// <summary>Free and total bytes.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemGetInfo_v2(ref SizeT free, ref SizeT total);

        /// <summary>Allocates device memory, aligned to 256 bytes.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemAlloc_v2(ref CUdeviceptr dptr, SizeT bytesize);

        /// <summary>Frees device memory.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemFree_v2(CUdeviceptr dptr);

        /// <summary>Allocates pinned host memory.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemAllocHost_v2(ref IntPtr pp, SizeT bytesize);

        /// <summary>Frees pinned host memory.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemFreeHost(IntPtr p);
    }

    /// <summary>Copies in stream order.</summary>
    public static class AsynchronousMemcpy_v2
    {
        /// <summary>Host to device.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, [In] IntPtr srcHost, SizeT ByteCount, CUstream hStream);

        /// <summary>Device to host.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemcpyDtoHAsync_v2([Out] IntPtr dstHost, CUdeviceptr srcDevice, SizeT ByteCount, CUstream hStream);

        /// <summary>Device to device.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, SizeT ByteCount, CUstream hStream);
    }

    /// <summary>Fills in stream order.</summary>
    public static class MemsetAsync
    {
        /// <summary>Fills bytes.</summary>
        [DllImport(Library)]
        public static extern CUResult cuMemsetD8Async(CUdeviceptr dstDevice, byte b, SizeT N, CUstream hStream);
    }

    /// <summary>Kernels.</summary>
    public static class FunctionManagement
    {
        /// <summary>One property of a kernel.</summary>
        [DllImport(Library)]
        public static extern CUResult cuFuncGetAttribute(ref int pi, CUFunctionAttribute attrib, CUfunction hfunc);

        /// <summary>Sets one property of a kernel.</summary>
        [DllImport(Library)]
        public static extern CUResult cuFuncSetAttribute(CUfunction hfunc, CUFunctionAttribute attrib, int value);

        /// <summary>Offset and size of a parameter; drivers for CUDA 12.4 and later.</summary>
        [DllImport(Library)]
        public static extern CUResult cuFuncGetParamInfo(CUfunction func, SizeT paramIndex, ref SizeT paramOffset, ref SizeT paramSize);
    }

    /// <summary>How many blocks fit on a multiprocessor.</summary>
    public static class Occupancy
    {
        /// <summary>Blocks of a kernel that a multiprocessor holds at once.</summary>
        [DllImport(Library)]
        public static extern CUResult cuOccupancyMaxActiveBlocksPerMultiprocessor(ref int numBlocks, CUfunction func, int blockSize, SizeT dynamicSMemSize);
    }

    /// <summary>Launches.</summary>
    public static class Launch
    {
        /// <summary>Launches a kernel; the arguments are copied before it returns.</summary>
        [DllImport(Library)]
        public static extern CUResult cuLaunchKernel(
            CUfunction f,
            uint gridDimX,
            uint gridDimY,
            uint gridDimZ,
            uint blockDimX,
            uint blockDimY,
            uint blockDimZ,
            uint sharedMemBytes,
            CUstream hStream,
            IntPtr[] kernelParams,
            IntPtr[]? extra);
    }

    /// <summary>Events.</summary>
    public static class Events
    {
        /// <summary>Creates an event.</summary>
        [DllImport(Library)]
        public static extern CUResult cuEventCreate(ref CUevent phEvent, CUEventFlags Flags);

        /// <summary>Marks a point of a stream.</summary>
        [DllImport(Library)]
        public static extern CUResult cuEventRecord(CUevent hEvent, CUstream hStream);

        /// <summary>Waits for the point.</summary>
        [DllImport(Library)]
        public static extern CUResult cuEventSynchronize(CUevent hEvent);

        /// <summary>Milliseconds between two points; in every driver, unlike its second version.</summary>
        [DllImport(Library)]
        public static extern CUResult cuEventElapsedTime(ref float pMilliseconds, CUevent hStart, CUevent hEnd);

        /// <summary>Destroys an event.</summary>
        [DllImport(Library)]
        public static extern CUResult cuEventDestroy_v2(CUevent hEvent);
    }

    /// <summary>Streams and their capture as graphs.</summary>
    public static class Streams
    {
        /// <summary>Creates a stream.</summary>
        [DllImport(Library)]
        public static extern CUResult cuStreamCreate(ref CUstream phStream, CUStreamFlags Flags);

        /// <summary>Waits for all work.</summary>
        [DllImport(Library)]
        public static extern CUResult cuStreamSynchronize(CUstream hStream);

        /// <summary>Lets a stream wait for an event.</summary>
        [DllImport(Library)]
        public static extern CUResult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, uint Flags);

        /// <summary>Destroys a stream.</summary>
        [DllImport(Library)]
        public static extern CUResult cuStreamDestroy_v2(CUstream hStream);

        /// <summary>Starts to record instead of to run.</summary>
        [DllImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
        public static extern CUResult cuStreamBeginCapture(CUstream hStream, CUstreamCaptureMode mode);

        /// <summary>Ends the recording.</summary>
        [DllImport(Library)]
        public static extern CUResult cuStreamEndCapture(CUstream hStream, ref CUgraph phGraph);
    }

    /// <summary>Graphs. The name is spelled as in the package.</summary>
    public static class GraphManagment
    {
        /// <summary>Makes a graph executable.</summary>
        [DllImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
        public static extern CUResult cuGraphInstantiate(ref CUgraphExec phGraphExec, CUgraph hGraph, CUgraphInstantiate_flags flags);

        /// <summary>Runs a graph in stream order.</summary>
        [DllImport(Library)]
        public static extern CUResult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream);

        /// <summary>Destroys an executable graph.</summary>
        [DllImport(Library)]
        public static extern CUResult cuGraphExecDestroy(CUgraphExec hGraphExec);

        /// <summary>Destroys a graph.</summary>
        [DllImport(Library)]
        public static extern CUResult cuGraphDestroy(CUgraph hGraph);
    }

    /// <summary>Names and texts of results.</summary>
    public static class ErrorHandling
    {
        /// <summary>Name of a result, zero-terminated.</summary>
        [DllImport(Library)]
        public static extern CUResult cuGetErrorName(CUResult error, ref IntPtr pStr);

        /// <summary>Text of a result, zero-terminated.</summary>
        [DllImport(Library)]
        public static extern CUResult cuGetErrorString(CUResult error, ref IntPtr pStr);
    }
}
