using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;
using ManagedCuda.NVRTC;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>NVRTC, asked for what the engine asks for and for what only a check needs.</summary>
internal static class RuntimeCompiler
{
    /// <summary>The architectures that both NVRTC and the engine know, as 10 major + minor.</summary>
    public static IReadOnlyList<int> Architectures()
    {
        CudaLibraries.Require(CudaLibrary.Compiler);
        int count = 0;
        Require(NVRTCNativeMethods.nvrtcGetNumSupportedArchs(ref count));
        int[] known = new int[count];
        Require(NVRTCNativeMethods.nvrtcGetSupportedArchs(known));
        return [.. known.Where(architecture => architecture >= 70)];
    }

    /// <summary>The engine's compilation for a device of an architecture.</summary>
    /// <returns>Machine code.</returns>
    /// <exception cref="DeviceException">The source does not compile.</exception>
    public static byte[] Cubin(string source, int architecture, DType real)
    {
        KernelCompiler compiler = For(architecture);
        return compiler.Compile(source, compiler.Options(real));
    }

    /// <summary>The PTX from which the machine code comes, for ptxas. The engine has no use for it.</summary>
    public static byte[] Ptx(string source, int architecture, DType real)
    {
        nvrtcProgram program = default;
        nint[] options = [.. For(architecture).Options(real).Select(Marshal.StringToHGlobalAnsi)];
        try
        {
            Require(NVRTCNativeMethods.nvrtcCreateProgram(ref program, source, "kernels.cu", 0, null, null));
            Require(NVRTCNativeMethods.nvrtcCompileProgram(program, options.Length, options));
            SizeT size = 0L;
            Require(NVRTCNativeMethods.nvrtcGetPTXSize(program, ref size));
            byte[] ptx = new byte[(long)size];
            Require(NVRTCNativeMethods.nvrtcGetPTX(program, ptx));
            return ptx[..^1]; // without the zero at its end
        }
        finally
        {
            NVRTCNativeMethods.nvrtcDestroyProgram(ref program);
            Array.ForEach(options, Marshal.FreeHGlobal);
        }
    }

    private static KernelCompiler For(int architecture) => new(new Version(architecture / 10, architecture % 10));

    private static void Require(nvrtcResult result)
    {
        if (result != nvrtcResult.Success)
        {
            throw new DeviceException($"cuda: NVRTC answered {result} ({(int)result}).");
        }
    }
}
