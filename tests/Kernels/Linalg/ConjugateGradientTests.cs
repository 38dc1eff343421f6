using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class ConjugateGradientTests
{
    private const int Rows = SmallNormal.Rows, Columns = SmallNormal.Columns;

    [Test]
    public void Conjugate_gradients_solve_the_shifted_system_and_slices_do_not_meet()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = SmallNormal.Plan(out double[] points);
        (ILinearOperator normal, Complex[,] dense) = SmallNormal.Normal(scope, plan, points);
        const double shift = 0.3;
        Complex[] truth = FourierTruth.Normals(2 * Rows * Columns, 3), rhs = new Complex[truth.Length];
        for (int slice = 0; slice < 2; slice++)
        {
            Complex[] part = truth[(slice * Rows * Columns)..((slice + 1) * Rows * Columns)], image = FourierTruth.Times(dense, part);
            for (int n = 0; n < part.Length; n++)
            {
                rhs[(slice * part.Length) + n] = (slice == 0 ? 1 : 1e6) * (image[n] + (shift * part[n]));
            }
        }

        Tensor b = scope.From([2, Rows, Columns], rhs), x = scope.Zeros(DType.Complex128, [2, Rows, Columns]), alone = scope.Zeros(DType.Complex128, [Rows, Columns]);
        ConjugateGradientResult result = ConjugateGradient.Solve(normal, shift, b, x, 100, 1e-12);
        ConjugateGradient.Solve(normal, shift, b.Slice(0), alone, 100, 1e-12);
        Assert.That(result.Status, Is.EqualTo(LinearSolveStatus.Converged));
        Assert.That(result.Iterations, Is.InRange(2, Rows * Columns + 5)); // exact after as many steps as unknowns
        Assert.That(FourierTruth.RelativeError(x.Slice(0).ToArray<Complex>(), truth[..(Rows * Columns)]), Is.LessThan(1e-10)); // 1e-12 times the condition
        Assert.That(x.Slice(0).ToArray<Complex>(), Is.EqualTo(alone.ToArray<Complex>()));
    }

    [Test]
    public void A_zero_right_hand_side_gives_zero_and_a_nan_is_reported()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = SmallNormal.Plan(out double[] points);
        (ILinearOperator normal, _) = SmallNormal.Normal(scope, plan, points);
        Tensor b = scope.Zeros(DType.Complex128, plan.Domain), x = scope.Zeros(DType.Complex128, plan.Domain);
        Assert.That(ConjugateGradient.Solve(normal, 0, b, x, 10, 1e-6), Is.EqualTo(new ConjugateGradientResult(0, 0, LinearSolveStatus.Converged)));
        b.Span<Complex>()[3] = new Complex(double.NaN, 0);
        Assert.That(ConjugateGradient.Solve(normal, 0, b, x, 10, 1e-6).Status, Is.EqualTo(LinearSolveStatus.NotFinite));
    }
}
