using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class LanczosTests
{
    [Test]
    public void The_largest_eigenvalue_is_found_where_power_iteration_is_still_on_its_way()
    {
        // A diagonal operator with eigenvalues 1, 0.999, 0.998, ...: power iteration gains 0.2 % per step.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int n = 300;
        Tensor weights = scope.From<double>([n], [.. Enumerable.Range(0, n).Select(i => 1 - (0.001 * i))]);
        Tensor start = scope.From<Complex>([n], [.. Enumerable.Range(0, n).Select(i => new Complex(Math.Sin(i + 1), 1))]);
        var diagonal = new ComposedNormal(new FftOperator([n], axes: 1), weights); // unitary, so the eigenvalues are the weights
        (double value, bool converged) = Lanczos.LargestEigenvalue(diagonal, start, 120, 1e-12);
        Assert.That(value, Is.EqualTo(1).Within(1e-9));
        Assert.That(converged, Is.True);
        Assert.That(PowerIteration.LargestEigenvalue(diagonal, start, 120, 0).Value, Is.LessThan(0.9995));
    }

    [Test]
    public void An_invariant_space_ends_the_iteration_and_a_zero_start_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor weights = scope.From<double>([4], [2.0, 2.0, 2.0, 2.0]), start = scope.From<Complex>([4], [1, 2, 3, 4]);
        var twice = new ComposedNormal(new FftOperator([4], axes: 1), weights);
        Assert.That(Lanczos.LargestEigenvalue(twice, start, 10, 0), Is.EqualTo((2.0, true)).Using<(double Value, bool Done)>((a, b) => Math.Abs(a.Value - b.Value) < 1e-12 && a.Done == b.Done));
        start.Clear();
        Assert.That(() => Lanczos.LargestEigenvalue(twice, start, 10, 0), Throws.ArgumentException);
    }
}
