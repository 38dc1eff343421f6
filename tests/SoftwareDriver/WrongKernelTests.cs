using ManagedCuda;
using ManagedCuda.BasicTypes;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// The checks of the software driver are checked: each kernel of tests/CudaEmulator/wrong makes one mistake, which must be found
/// in every order of the threads, and its twin in tests/CudaEmulator/right does the same correctly, and nothing may be found.
/// </summary>
public sealed class WrongKernelTests
{
    private static readonly IReadOnlyList<KernelFile> Wrong = KernelFile.All("wrong"), Right = KernelFile.All("right");
    private CUmodule _wrong, _right;

    private static IEnumerable<KernelFile> Compiling => Wrong.Where(file => file.CompileError is null);

    private static IEnumerable<KernelFile> Refused => Wrong.Where(file => file.CompileError is not null);

    [OneTimeSetUp]
    public void Compile()
    {
        Emulator.Require();
        using var options = new EmulatorOptions(("check", 1));
        _wrong = KernelFile.Load(Wrong);
        _right = KernelFile.Load(Right);
    }

    [OneTimeTearDown]
    public void Unload()
    {
        if (SoftwareDriver.IsOpen)
        {
            Emulator.Require();
            DriverAPINativeMethods.ModuleManagement.cuModuleUnload(_wrong);
            DriverAPINativeMethods.ModuleManagement.cuModuleUnload(_right);
        }
    }

    [Test]
    public void Each_wrong_kernel_is_caught_in_every_order([ValueSource(nameof(Compiling))] KernelFile file, [ValueSource(typeof(Emulator), nameof(Emulator.Orders))] string order)
    {
        Emulator.Require();
        using var options = new EmulatorOptions(("check", 1), ("order", order));
        CUResult result = file.Run(_wrong);
        Assert.That(Emulator.TakeReports(), Does.Contain(file.Report).And.Contain(file.Name));
        Assert.That(result, Is.EqualTo(file.Error));
    }

    [Test]
    public void Its_correct_twin_gives_no_report_in_any_order([ValueSource(nameof(Right))] KernelFile file, [ValueSource(typeof(Emulator), nameof(Emulator.Orders))] string order)
    {
        Emulator.Require();
        using var options = new EmulatorOptions(("check", 1), ("order", order));
        CUResult result = file.Run(_right);
        Assert.That(Emulator.TakeReports(), Is.Empty);
        Assert.That(result, Is.EqualTo(CUResult.Success));
    }

    [Test]
    public void Source_that_is_no_device_code_does_not_compile([ValueSource(nameof(Refused))] KernelFile file)
    {
        Emulator.Require();
        Assert.That(() => KernelFile.Compile(file.Source), Throws.TypeOf<DeviceException>().With.Message.Contains(file.CompileError!));
    }

    [Test]
    public void Unknown_options_and_architectures_are_refused()
    {
        Emulator.Require();
        var compiler = new KernelCompiler(new Version(7, 0));
        Assert.That(() => compiler.Compile("", ["--make-it-fast"]), Throws.TypeOf<DeviceException>().With.Message.Contains("unrecognized option --make-it-fast"));
        Assert.That(() => compiler.Compile("", ["--gpu-architecture=sm_66"]), Throws.TypeOf<DeviceException>().With.Message.Contains("--gpu-architecture"));
    }

    [Test]
    public void Every_wrong_kernel_has_a_correct_twin() => Assert.That(Right.Select(file => file.Name), Is.EqualTo(Wrong.Select(file => file.Name)));
}
