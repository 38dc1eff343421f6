using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class LinalgTests
{
    private const int Rows = 5, Columns = 4;

    // Fᴴ W F of random points, and its dense matrix.
    private static (ILinearOperator Map, Complex[,] Dense) Normal(TensorScope scope, NufftPlan plan, double[] points)
    {
        int count = points.Length / 2, pixels = Rows * Columns;
        double[] weights = [.. Enumerable.Range(0, count).Select(i => new CounterRandom(8).Uniform(i, 0.2, 1))];
        Complex[,] matrix = FourierTruth.Matrix(points, Rows, Columns);
        var dense = new Complex[pixels, pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int j = 0; j < pixels; j++)
            {
                for (int m = 0; m < count; m++)
                {
                    dense[i, j] += Complex.Conjugate(matrix[m, i]) * weights[m] * matrix[m, j];
                }
            }
        }

        return (new ComposedNormal(plan, scope.From([count], weights)), dense);
    }

    private static NufftPlan Plan(out double[] points)
    {
        points = FourierTruth.Points(30, Rows, Columns, 41);
        return NufftPlan.Create(Device.Cpu, points, Rows, Columns, NufftAccuracy.Accurate);
    }

    [Test]
    public void Conjugate_gradients_solve_the_shifted_system_and_slices_do_not_meet()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = Plan(out double[] points);
        (ILinearOperator normal, Complex[,] dense) = Normal(scope, plan, points);
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
        Assert.That(result.Status, Is.EqualTo(SolveStatus.Converged));
        Assert.That(result.Iterations, Is.InRange(2, Rows * Columns + 5)); // exact after as many steps as unknowns
        Assert.That(FourierTruth.RelativeError(x.Slice(0).ToArray<Complex>(), truth[..(Rows * Columns)]), Is.LessThan(1e-10)); // 1e-12 times the condition
        Assert.That(x.Slice(0).ToArray<Complex>(), Is.EqualTo(alone.ToArray<Complex>()));
    }

    [Test]
    public void A_zero_right_hand_side_gives_zero_and_a_nan_is_reported()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = Plan(out double[] points);
        (ILinearOperator normal, _) = Normal(scope, plan, points);
        Tensor b = scope.Zeros(DType.Complex128, plan.Domain), x = scope.Zeros(DType.Complex128, plan.Domain);
        Assert.That(ConjugateGradient.Solve(normal, 0, b, x, 10, 1e-6), Is.EqualTo(new ConjugateGradientResult(0, 0, SolveStatus.Converged)));
        b.Span<Complex>()[3] = new Complex(double.NaN, 0);
        Assert.That(ConjugateGradient.Solve(normal, 0, b, x, 10, 1e-6).Status, Is.EqualTo(SolveStatus.NotFinite));
    }

    [Test]
    public void Rayleigh_quotients_follow_the_recurrence_and_rise_to_the_largest_eigenvalue()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = Plan(out double[] points);
        (ILinearOperator normal, Complex[,] dense) = Normal(scope, plan, points);
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

    private static double[] Gram(double[][] residuals) => [.. residuals.SelectMany(a => residuals.Select(b => a.Zip(b, (p, q) => p * q).Sum()))];

    [Test]
    public void Anderson_weights_solve_the_ridge_regularised_constrained_problem([Values] RidgeMode mode)
    {
        const int n = 4;
        const double ridge = 1e-3;
        var random = new CounterRandom(2);
        double[][] g = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, 9).Select(j => Math.Pow(10, -i) * random.Normal((i * 9) + j)).ToArray())];
        double[] gram = Gram(g), alpha = new double[n];
        Assert.That(AndersonLeastSquares.Weights(gram, n, ridge, mode, alpha));
        Assert.That(alpha.Sum(), Is.EqualTo(1).Within(1e-12));

        // Stationarity: all entries of (G Gᵀ + ridge D) α are the same multiplier.
        double mean = Enumerable.Range(0, n).Average(i => gram[(i * n) + i]);
        double[] multiplier = [.. Enumerable.Range(0, n).Select(i =>
            Enumerable.Range(0, n).Sum(j => gram[(i * n) + j] * alpha[j]) + (ridge * (mode == RidgeMode.Column ? gram[(i * n) + i] : mean) * alpha[i]))];
        Assert.That(multiplier, Is.All.EqualTo(multiplier[0]).Within(1e-10 * multiplier.Max(Math.Abs)));
    }

    [Test]
    public void Anderson_weights_do_not_depend_on_the_scale_of_the_residuals()
    {
        double[][] g = [[1, 2, 3], [2, 1, 0.5]];
        double[] one = new double[2], tiny = new double[2];
        Assert.That(AndersonLeastSquares.Weights(Gram(g), 2, 1e-8, RidgeMode.Column, one));
        Assert.That(AndersonLeastSquares.Weights([.. Gram(g).Select(v => v * 1e-16)], 2, 1e-8, RidgeMode.Column, tiny));
        Assert.That(tiny, Is.EqualTo(one).Within(1e-12));
    }

    [Test]
    public void A_singular_gram_matrix_gets_a_larger_ridge_and_a_hopeless_one_is_refused()
    {
        double[] alpha = new double[2];
        Assert.That(AndersonLeastSquares.Weights([1, 1, 1, 1], 2, 0, RidgeMode.Column, alpha));
        Assert.That(alpha, Is.EqualTo((double[])[0.5, 0.5]).Within(1e-3));
        Assert.That(AndersonLeastSquares.Weights([1, 2, 2, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
        Assert.That(AndersonLeastSquares.Weights([1, double.NaN, double.NaN, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
        Assert.That(AndersonLeastSquares.Weights([0, 0, 0, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
    }
}
