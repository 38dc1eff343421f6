using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The checks of a CUDA installation, on the software driver or, where STARDEQ_CUDA_LIBRARIES names one, a real one.</summary>
public sealed class CudaInstallationTests
{
    private const string Doubling = """
        typedef STARDEQ_REAL real;
        extern "C" __global__ void __launch_bounds__(256) doubling(real* x)
        {
            x[threadIdx.x] = 2 * x[threadIdx.x];
        }
        """;

    [Test]
    public void The_libraries_have_every_function_that_is_imported()
    {
        SoftwareDriver.Open();
        using var text = new StringWriter();
        Assert.That(new ToolkitCheck(text).Symbols(), Is.True, text.ToString());
        Assert.That(text.ToString().Split('\n').Where(line => line.StartsWith("ok", StringComparison.Ordinal)), Has.Exactly(CudaLibrary.All.Length).Items);
    }

    [Test]
    public void Each_library_has_imports_and_a_wrong_name_is_not_found()
    {
        SoftwareDriver.Open();
        Assert.That(NativeImport.All.Select(import => import.Library).Distinct(), Is.EquivalentTo(CudaLibrary.All));
        Assert.That(CudaLibraries.TryLoad(CudaLibrary.Driver, out nint driver, out _, out _), Is.True);
        Assert.That(new NativeImport(CudaLibrary.Driver, "cuLaunchKernel").IsExportedBy(driver), Is.True);
        Assert.That(new NativeImport(CudaLibrary.Driver, "cuNoSuchFunction").IsExportedBy(driver), Is.False);
    }

    [Test]
    public void The_run_time_compiler_takes_a_source_for_each_architecture_in_both_types()
    {
        SoftwareDriver.Open();
        using var text = new StringWriter();
        var architectures = RuntimeCompiler.Architectures();
        Assert.That(architectures, Is.Not.Empty.And.All.GreaterThanOrEqualTo(70));
        int[] ends = [architectures[0], architectures[^1]];
        Assert.That(new ToolkitCheck(text).Compile(Doubling, ends, ptxas: null), Is.True, text.ToString());
        Assert.That(text.ToString(), Does.Contain($"NVRTC sm_{ends[0]} float32").And.Contain($"NVRTC sm_{ends[1]} float64").And.Contain("ptxas: not found"));
        Assert.That(RuntimeCompiler.Ptx(Doubling, ends[0], DType.Float32), Is.Not.Empty);
    }

    [Test]
    public void A_source_that_does_not_compile_fails_with_the_compilers_words()
    {
        SoftwareDriver.Open();
        using var text = new StringWriter();
        Assert.That(new ToolkitCheck(text).Compile("extern \"C\" __global__ void broken() { no_such_thing(); }", [RuntimeCompiler.Architectures()[0]], ptxas: null), Is.False);
        Assert.That(text.ToString(), Does.Contain("FAIL").And.Contain("no_such_thing"));
    }

    [Test]
    public void The_report_of_ptxas_is_read()
    {
        // As CUDA 12 writes it: the second kernel spills.
        const string report = """
            ptxas info    : 0 bytes gmem
            ptxas info    : Compiling entry function 'conv2d_3x3' for 'sm_80'
            ptxas info    : Function properties for conv2d_3x3
                0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used 128 registers, used 1 barriers, 12800 bytes smem, 428 bytes cmem[0]
            ptxas info    : Compiling entry function 'scale' for 'sm_80'
            ptxas info    : Function properties for scale
                24 bytes stack frame, 16 bytes spill stores, 20 bytes spill loads
            ptxas info    : Used 32 registers, 392 bytes cmem[0]
            """;
        Assert.That(Ptxas.Parse(report), Is.EqualTo(new KernelUsage[] { new("conv2d_3x3", 128, 12800, 0, 0), new("scale", 32, 0, 24, 36) }));
    }
}
