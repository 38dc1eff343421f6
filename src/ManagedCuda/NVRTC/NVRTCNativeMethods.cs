using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace ManagedCuda.NVRTC;

/// <summary>A program of the run-time compiler.</summary>
public struct nvrtcProgram
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>Result of a call of the run-time compiler.</summary>
public enum nvrtcResult
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>No memory.</summary>
    ErrorOutOfMemory = 1,

    /// <summary>The program could not be made.</summary>
    ErrorProgramCreationFailure = 2,

    /// <summary>A parameter is wrong.</summary>
    ErrorInvalidInput = 3,

    /// <summary>Not a program.</summary>
    ErrorInvalidProgram = 4,

    /// <summary>An option is unknown.</summary>
    ErrorInvalidOption = 5,

    /// <summary>The source has errors; the log names them.</summary>
    ErrorCompilation = 6,
}

/// <summary>The run-time compiler's functions.</summary>
public static class NVRTCNativeMethods
{
    private const string Library = "nvrtc64_120_0";

    /// <summary>Version of the compiler.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcVersion(ref int major, ref int minor);

    /// <summary>Number of architectures it compiles for.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetNumSupportedArchs(ref int numArchs);

    /// <summary>The architectures, as 10 major + minor, ascending.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetSupportedArchs(int[] supportedArchs);

    /// <summary>A program from source text.</summary>
    [DllImport(Library, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern nvrtcResult nvrtcCreateProgram(
        ref nvrtcProgram prog,
        [MarshalAs(UnmanagedType.LPStr)] string src,
        [MarshalAs(UnmanagedType.LPStr)] string name,
        int numHeaders,
        IntPtr[]? headers,
        IntPtr[]? includeNames);

    /// <summary>Destroys a program.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcDestroyProgram(ref nvrtcProgram prog);

    /// <summary>Compiles; the options are zero-terminated ASCII.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcCompileProgram(nvrtcProgram prog, int numOptions, IntPtr[] options);

    /// <summary>Bytes of the PTX.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetPTXSize(nvrtcProgram prog, ref SizeT ptxSizeRet);

    /// <summary>The PTX.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetPTX(nvrtcProgram prog, byte[] ptx);

    /// <summary>Bytes of the cubin; zero if compiled for a virtual architecture.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetCUBINSize(nvrtcProgram prog, ref SizeT cubinSizeRet);

    /// <summary>The cubin.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetCUBIN(nvrtcProgram prog, byte[] cubin);

    /// <summary>Bytes of the log.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram prog, ref SizeT logSizeRet);

    /// <summary>The compiler's messages.</summary>
    [DllImport(Library)]
    public static extern nvrtcResult nvrtcGetProgramLog(nvrtcProgram prog, byte[] log);
}
