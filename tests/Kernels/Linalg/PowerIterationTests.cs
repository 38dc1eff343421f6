using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class PowerIterationTests
{
    private const int Rows = SmallNormal.Rows, Columns = SmallNormal.Columns;

    [Test]
    public void Rayleigh_quotients_follow_the_recurrence_and_rise_to_the_largest_eigenvalue()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = SmallNormal.Plan(out double[] points);
        (ILinearOperator normal, Complex[,] dense) = SmallNormal.Normal(scope, plan, points);
        Complex[] v = FourierTruth.Normals(Rows * Columns, 6);
        PowerIterationResult result = PowerIteration.LargestEigenvalue(normal, scope.From(plan.Domain, v), maxIterations: 30, tolerance: 0);
        Assert.That(result.Quotients, Has.Count.EqualTo(31));
        foreach (double quotient in result.Quotients)
        {
            double size = Math.Sqrt(v.Sum(z => z.Real * z.Real + z.Imaginary * z.Imaginary));
            v = [.. v.Select(z => z / size)];
            Complex[] next = FourierTruth.Times(dense, v);
            Assert.That(quotient, Is.EqualTo(v.Zip(next, (a, b) => (Complex.Conjugate(a) * b).Real).Sum()).Within(1e-12));
            v = next;
        }

        Assert.That(result.Quotients, Is.Ordered);
        PowerIterationResult settled = PowerIteration.LargestEigenvalue(Device.Cpu, normal, DType.Complex128, seed: 1, maxIterations: 5000, tolerance: 1e-13);
        Assert.That(settled.Converged);
        Assert.That(settled.Value, Is.GreaterThanOrEqualTo(result.Value - 1e-12));
    }
}
