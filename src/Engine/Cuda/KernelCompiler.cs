using System.Runtime.InteropServices;
using System.Text;
using ManagedCuda.BasicTypes;
using ManagedCuda.NVRTC;

namespace Stardeq.Engine;

/// <summary>Compiles source text with NVRTC for one device.</summary>
internal sealed class KernelCompiler
{
    private readonly int _architecture;
    private readonly bool _binary;

    /// <summary>A compiler for a compute capability.</summary>
    /// <exception cref="DeviceException">NVRTC is missing, too old or too new for the device, or too new for the driver.</exception>
    public KernelCompiler(Version capability)
    {
        CudaLibraries.Require(CudaLibrary.Compiler);
        int major = 0, minor = 0;
        Require(NVRTCNativeMethods.nvrtcVersion(ref major, ref minor), "tell its version");
        Version = new Version(major, minor);
        CudaLibraries.RequireFit("NVRTC", Version, CudaLibraries.DriverVersion() ?? Version);
        int wanted = (10 * capability.Major) + capability.Minor;
        int[] known = Architectures();
        _binary = known.Contains(wanted);
        _architecture = known.Where(a => a <= wanted).DefaultIfEmpty(0).Max();
        if (_architecture == 0)
        {
            throw new DeviceException($"cuda: NVRTC {Version} compiles for compute capability {known.Min() / 10.0:0.0} and later, the device has {capability}. "
                + "Install the libraries of an older CUDA release.");
        }
    }

    /// <summary>Version of NVRTC.</summary>
    public Version Version { get; }

    /// <summary>Machine code if NVRTC knows the device, otherwise PTX of the newest architecture before it.</summary>
    public string Architecture => _binary ? $"sm_{_architecture}" : $"compute_{_architecture}";

    /// <summary>Options for a scalar type.</summary>
    public string[] Options(DType real) =>
    [
        $"--gpu-architecture={Architecture}",
        "--std=c++17",
        "--fmad=true",
        "--generate-line-info",
        $"-DSTARDEQ_REAL={(real.IsDouble() ? "double" : "float")}",
    ];

    /// <summary>The module image.</summary>
    /// <exception cref="DeviceException">The source does not compile; the message holds the compiler's log.</exception>
    public byte[] Compile(string source, string[] options)
    {
        nvrtcProgram program = default;
        nint[] native = [.. options.Select(Marshal.StringToHGlobalAnsi)];
        try
        {
            Require(NVRTCNativeMethods.nvrtcCreateProgram(ref program, source, "kernels.cu", 0, null, null), "make a program");
            nvrtcResult result = NVRTCNativeMethods.nvrtcCompileProgram(program, native.Length, native);
            return result == nvrtcResult.Success
                ? Image(program)
                : throw new DeviceException($"cuda: NVRTC {Version} could not compile kernels.cu for {Architecture}: {result}\n{Log(program)}");
        }
        finally
        {
            if (program.Pointer != 0)
            {
                NVRTCNativeMethods.nvrtcDestroyProgram(ref program);
            }

            foreach (nint option in native)
            {
                Marshal.FreeHGlobal(option);
            }
        }
    }

    private byte[] Image(nvrtcProgram program)
    {
        SizeT size = 0L;
        if (_binary)
        {
            Require(NVRTCNativeMethods.nvrtcGetCUBINSize(program, ref size), "give the size of the cubin");
            byte[] cubin = new byte[(long)size];
            Require(NVRTCNativeMethods.nvrtcGetCUBIN(program, cubin), "give the cubin");
            return cubin;
        }

        Require(NVRTCNativeMethods.nvrtcGetPTXSize(program, ref size), "give the size of the PTX");
        byte[] ptx = new byte[(long)size];
        Require(NVRTCNativeMethods.nvrtcGetPTX(program, ptx), "give the PTX");
        return ptx;
    }

    private static string Log(nvrtcProgram program)
    {
        SizeT size = 0L;
        if (NVRTCNativeMethods.nvrtcGetProgramLogSize(program, ref size) != nvrtcResult.Success)
        {
            return "(no log)";
        }

        byte[] log = new byte[(long)size];
        return NVRTCNativeMethods.nvrtcGetProgramLog(program, log) == nvrtcResult.Success ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n') : "(no log)";
    }

    private static int[] Architectures()
    {
        int count = 0;
        Require(NVRTCNativeMethods.nvrtcGetNumSupportedArchs(ref count), "count its architectures");
        int[] architectures = new int[count];
        Require(NVRTCNativeMethods.nvrtcGetSupportedArchs(architectures), "list its architectures");
        return architectures;
    }

    private static void Require(nvrtcResult result, string operation)
    {
        if (result != nvrtcResult.Success)
        {
            throw new DeviceException($"cuda: NVRTC could not {operation}: {result} ({(int)result}).");
        }
    }
}
