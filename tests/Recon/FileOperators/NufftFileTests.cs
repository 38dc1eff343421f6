using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class NufftFileTests
{
    private readonly string _folder = Fixtures.TemporaryFolder();

    [SetUp]
    public void WriteTrajectoryAndImage()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(5);
        ArrayFile.Write(At("t.npy"), scope.From([3, 8, 2], Enumerable.Range(0, 48).Select(i => (float)random.Uniform(i, -4, 4)).ToArray()));
        ArrayFile.Write(At("x.npy"), scope.From([2, 8, 8], Enumerable.Range(48, 128).Select(i => new Complex64((float)random.Uniform(i), 1)).ToArray()));
    }

    [Test]
    public void The_exact_sum_is_rounded_once_where_the_format_has_no_double_precision()
    {
        Run(image: "x.npy", output: "y.npy", isDouble: true);
        Run(image: "x.npy", output: "y.cfl", isDouble: true);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor exact = ArrayFile.Read(At("y.npy"), scope), rounded = ArrayFile.Read(At("y.cfl"), scope);
        Assert.That(exact.DType, Is.EqualTo(DType.Complex128));
        Assert.That(rounded.ToArray<Complex64>(), Is.EqualTo(exact.ToArray<Complex>().Select(Complex64.From)));
    }

    [Test]
    public void Samples_with_the_first_dimension_of_BART_are_those_without()
    {
        Run(image: "x.npy", output: "y.npy");
        using (var scope = new TensorScope(Device.Cpu, MemoryOwner.Data))
        {
            ArrayFile.Write(At("bart.cfl"), ArrayFile.Read(At("y.npy"), scope).Reshape([2, 3, 8, 1]));
        }

        Run(samples: "y.npy", output: "a.npy");
        Run(samples: "bart.cfl", output: "b.npy");
        Assert.That(File.ReadAllBytes(At("b.npy")), Is.EqualTo(File.ReadAllBytes(At("a.npy"))));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private void Run(string output, string? image = null, string? samples = null, bool isDouble = false) => NufftFile.Run(
        new NufftRequest
        {
            Trajectory = At("t.npy"),
            Input = At(image ?? samples!),
            Output = At(output),
            AdjointSize = image is null ? (8, 8) : null,
            IsDouble = isDouble,
        },
        Device.Cpu);
}
