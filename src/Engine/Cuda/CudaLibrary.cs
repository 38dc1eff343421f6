namespace Stardeq.Engine;

/// <summary>A name under which one release of a library is installed.</summary>
/// <param name="Cuda">Major version of the CUDA release; 0 if the name does not tell.</param>
/// <param name="Linux">File name on Linux.</param>
/// <param name="Windows">File name on Windows.</param>
internal readonly record struct CudaFile(int Cuda, string Linux, string Windows);

/// <summary>One of NVIDIA's shared libraries.</summary>
/// <param name="Title">Name for messages.</param>
/// <param name="ImportNames">Names under which the interop, or the package in its place, asks for it.</param>
/// <param name="Files">Its file names, newest release first, the unversioned name last.</param>
/// <param name="Stems">How its file names begin, for telling a file from a folder.</param>
/// <param name="Wheel">Folder in which Python wheels have it, below their folder "nvidia".</param>
/// <param name="Newest">The function that came last of those we cannot do without: a file that lacks it is too old.</param>
internal sealed record CudaLibrary(string Title, string[] ImportNames, CudaFile[] Files, string[] Stems, string Wheel, string Newest)
{
    public static CudaLibrary Driver { get; } = new("CUDA driver", ["nvcuda", "libcuda"],
        [new(0, "libcuda.so.1", "nvcuda.dll"), new(0, "libcuda.so", "nvcuda.dll")],
        ["libcuda.", "nvcuda."], "", "cuGraphInstantiateWithFlags"); // CUDA 11.4

    public static CudaLibrary Compiler { get; } = new("NVRTC", ["nvrtc64_120_0", "nvrtc"],
        [
            new(13, "libnvrtc.so.13", "nvrtc64_130_0.dll"),
            new(12, "libnvrtc.so.12", "nvrtc64_120_0.dll"),
            new(11, "libnvrtc.so.11.2", "nvrtc64_112_0.dll"), // of 11.2 to 11.8
            new(0, "libnvrtc.so", "nvrtc64.dll"),
        ],
        ["libnvrtc.", "nvrtc64", "nvrtc."], "cuda_nvrtc", "nvrtcGetSupportedArchs"); // CUDA 11.2

    // The numbers of cuFFT run one behind those of CUDA; CUDA 10 had 10 too, and the driver decides whether it will do.
    public static CudaLibrary Transforms { get; } = new("cuFFT", ["cufft64_11", "cufft"],
        [
            new(13, "libcufft.so.12", "cufft64_12.dll"),
            new(12, "libcufft.so.11", "cufft64_11.dll"),
            new(11, "libcufft.so.10", "cufft64_10.dll"),
            new(0, "libcufft.so", "cufft64.dll"),
        ],
        ["libcufft.", "cufft64", "cufft."], "cufft", "cufftSetAutoAllocation");

    public static CudaLibrary Algebra { get; } = new("cuBLAS", ["cublas64_12", "cublas"],
        [
            new(13, "libcublas.so.13", "cublas64_13.dll"),
            new(12, "libcublas.so.12", "cublas64_12.dll"),
            new(11, "libcublas.so.11", "cublas64_11.dll"),
            new(0, "libcublas.so", "cublas64.dll"),
        ],
        ["libcublas.", "cublas64", "cublas."], "cublas", "cublasSetWorkspace_v2");

    public static CudaLibrary[] All { get; } = [Driver, Compiler, Transforms, Algebra];

    /// <summary>File names on Linux, the unversioned one last.</summary>
    public IEnumerable<string> LinuxFiles => Files.Select(file => file.Linux);
}
