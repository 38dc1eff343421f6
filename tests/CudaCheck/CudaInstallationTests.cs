using System.Runtime.Versioning;
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

    // As CUDA 12 writes it: the second kernel spills.
    private const string Report = """
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
    public void Without_a_toolkit_the_check_says_so_in_one_line()
    {
        using var text = new StringWriter();
        Assert.That(new ToolkitCheck(text).Run(toolkit: null, libraries: null), Is.EqualTo(3));
        Assert.That(text.ToString().TrimEnd(), Does.Contain("no CUDA toolkit").And.Not.Contain("\n"));
    }

    [Test]
    public void The_report_of_ptxas_is_read()
    {
        Assert.That(Ptxas.Parse(Report), Is.EqualTo(new KernelUsage[] { new("conv2d_3x3", 128, 12800, 0, 0), new("scale", 32, 0, 24, 36) }));
    }

    [Test]
    [Platform("Linux")]
    [SupportedOSPlatform("linux")]
    public void A_toolkit_is_found_by_its_assembler_which_gets_the_compiled_module()
    {
        SoftwareDriver.Open();
        string root = Fixtures.TemporaryFolder(), folder = Path.Combine(root, "bin"), program = Path.Combine(folder, "ptxas");
        Directory.CreateDirectory(folder);
        Assert.That(Toolkit.FindIn([null, root]), Is.Null);

        // In place of the assembler: it refuses an empty module and reports on any other.
        File.WriteAllText(program, $"#!/bin/sh\n[ \"$1 $2\" = '-v -arch=sm_70' ] && [ -s \"$5\" ] || exit 1\ncat >&2 <<'END'\n{Report}\nEND\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Toolkit? toolkit = Toolkit.FindIn([null, root]);
        Assert.That(toolkit?.Ptxas, Is.EqualTo(program));
        using var text = new StringWriter();
        Assert.That(new ToolkitCheck(text).Compile(Doubling, [70], toolkit!.Ptxas), Is.True, text.ToString());
        Assert.That(text.ToString(), Does.Match(@"conv2d_3x3\s+128\s+12800\s+0\s+0").And.Match(@"scale\s+32\s+0\s+24\s+36"));
        Assert.That(() => Ptxas.Assemble(program, [], "sm_70"), Throws.InvalidOperationException.With.Message.Contains("ptxas refused"));
    }
}
