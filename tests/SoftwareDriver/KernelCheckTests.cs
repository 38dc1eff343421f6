using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// Every kernel of kernels.cu with every access checked: inside its allocation, aligned, initialised before it is read, and
/// without races, whatever the order of the threads, which must not change a bit of any result.
/// </summary>
public sealed class KernelCheckTests
{
    private static readonly DType[] Types = [DType.Float32, DType.Float64];
    private EmulatorOptions? _options;
    private CudaDevice? _device;

    [OneTimeSetUp]
    public void OpenChecked()
    {
        Emulator.Require();
        _options = new EmulatorOptions(("check", 1));
        _device = new CudaDevice(); // compiles kernels.cu with checks, kept apart from other modules by the device's name
    }

    [OneTimeTearDown]
    public void Close()
    {
        _device?.Dispose();
        _options?.Dispose();
    }

    [Test]
    public void No_kernel_is_reported_and_no_bit_depends_on_the_order_of_threads([ValueSource(nameof(Types))] DType type)
    {
        IReadOnlyList<(string Name, byte[] Bits)>[] runs = [.. Emulator.Orders.Select(order =>
        {
            Emulator.Set("order", order);
            using var suite = new KernelSuite(_device!, type, even: false);
            IReadOnlyList<(string Name, byte[] Bits)> results = suite.Run();
            Assert.That(Emulator.TakeReports(), Is.Empty, order);
            return results;
        })];
        for (int run = 1; run < runs.Length; run++)
        {
            string[] different = [.. runs[0].Zip(runs[run]).Where(pair => !pair.First.Bits.AsSpan().SequenceEqual(pair.Second.Bits)).Select(pair => pair.First.Name)];
            Assert.That(different, Is.Empty, $"{Emulator.Orders[0]} and {Emulator.Orders[run]} order differ");
        }
    }

    [Test]
    public void The_suite_launches_every_kernel_of_the_source()
    {
        Emulator.Set("order", "forward");
        Emulator.TakeLaunched();
        foreach (DType type in Types)
        {
            using var suite = new KernelSuite(_device!, type, even: false);
            suite.Run();
        }

        Assert.That(Emulator.TakeLaunched(), Is.EquivalentTo(KernelSource.Signatures.Keys));
    }
}
