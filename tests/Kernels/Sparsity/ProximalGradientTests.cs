using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class ProximalGradientTests
{
    private const int Rows = SmallNormal.Rows, Columns = SmallNormal.Columns, Pixels = Rows * Columns;

    [Test]
    public void The_sparse_solution_is_that_of_coordinate_descent_on_the_dense_problem([Values] bool restarts)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = SmallNormal.Plan(out double[] points);
        (ILinearOperator normal, Complex[,] dense) = SmallNormal.Normal(scope, plan, points);
        var transform = new WaveletTransform(Wavelet.Haar, Rows, Columns, levels: 2);
        Tensor b = scope.From([Rows, Columns], FourierTruth.Normals(Pixels, 5)), x = scope.Zeros(DType.Complex128, b.Shape);
        double largest = Lanczos.LargestEigenvalue(normal, b, 40, 1e-12).Value, weight = 0.5 * Reduce.MaxAbs(b);
        ProximalResult result = ProximalGradient.Solve(normal, b, new WaveletShrinkage(transform, weight, null), x, new ProximalLimits(1 / (1.01 * largest), 20_000, 1e-14, restarts));
        Assert.That(result.Status, Is.EqualTo(LinearSolveStatus.Converged));
        Complex[] expected = CoordinateDescent(scope, transform, dense, b, weight);
        Assert.That(expected.Count(c => c == Complex.Zero), Is.InRange(2, Pixels - 2), "the penalty decides some coefficients, the data others");
        Tensor coefficients = scope.Like(x);
        transform.Forward(x, coefficients);
        Assert.That(FourierTruth.RelativeError(coefficients.ToArray<Complex>(), expected), Is.LessThan(1e-10)); // the last step, 1e-14, times the condition
    }

    [Test]
    public void Total_variation_beside_data_meets_its_optimality_condition()
    {
        // One row, H diagonal: the running sum of H x − b is Dᴴ's dual; it has modulus w where x jumps, in the direction of the jump.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const int n = 12;
        const double w = 0.8;
        double[] diagonal = [.. Enumerable.Range(0, n).Select(i => 0.4 + (i % 3 * 0.3))];
        Tensor b = Sample.Normal(scope, DType.Complex128, [1, n], 3), x = scope.Zeros(DType.Complex128, b.Shape);
        using var variation = new TotalVariation(w, iterations: 300);
        ProximalResult result = ProximalGradient.Solve(new DiagonalOperator(scope.From([1, n], diagonal)), b, variation, x, new ProximalLimits(1, 3000, 1e-13));
        (Complex[] data, Complex[] solution) = (b.ToArray<Complex>(), x.ToArray<Complex>());
        Complex sum = Complex.Zero;
        int jumps = 0;
        for (int i = 0; i + 1 < n; i++)
        {
            sum += (diagonal[i] * solution[i]) - data[i];
            Complex jump = solution[i + 1] - solution[i];
            Assert.That(sum.Magnitude, Is.LessThan(w + 1e-6));
            if (jump.Magnitude > 1e-2)
            {
                jumps++;
                Assert.That((sum - (w * jump / jump.Magnitude)).Magnitude, Is.LessThan(1e-5), $"pixel {i}, {result}");
            }
        }

        Assert.That(jumps, Is.InRange(2, n - 2));
    }

    [Test]
    public void Images_of_a_batch_do_not_meet()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using NufftPlan plan = SmallNormal.Plan(out double[] points);
        (ILinearOperator normal, _) = SmallNormal.Normal(scope, plan, points);
        var map = new WaveletShrinkage(new WaveletTransform(Wavelet.Haar, Rows, Columns, 1), 1e-2, new CounterRandom(4));
        Tensor b = Sample.Normal(scope, DType.Complex128, [2, Rows, Columns], 5), both = scope.Zeros(DType.Complex128, b.Shape), alone = scope.Zeros(DType.Complex128, [Rows, Columns]);
        Scale.Run(1e3, b.Slice(1), b.Slice(1));
        var limits = new ProximalLimits(0.05, 40, 1e-3);
        ProximalGradient.Solve(normal, b, map, both, limits);
        ProximalGradient.Solve(normal, b.Slice(0), map, alone, limits);
        Assert.That(Sample.Bits(both.Slice(0)), Is.EqualTo(Sample.Bits(alone)));
    }

    [Test]
    public void A_limit_and_a_nan_are_reported()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var identity = new DiagonalOperator(scope.From([2, 2], [1.0, 1, 1, 1]));
        var map = new WaveletShrinkage(new WaveletTransform(Wavelet.Haar, 2, 2, 1), 0.1, null);
        Tensor b = Sample.Normal(scope, DType.Complex128, [2, 2], 1), x = scope.Zeros(DType.Complex128, b.Shape);
        ProximalResult result = ProximalGradient.Solve(identity, b, map, x, new ProximalLimits(0.5, 1, 1e-6));
        Assert.That(result, Has.Property(nameof(result.Status)).EqualTo(LinearSolveStatus.IterationLimit).And.Property(nameof(result.Iterations)).EqualTo(1));
        b.Span<Complex>()[0] = new Complex(double.NaN, 0);
        Assert.That(ProximalGradient.Solve(identity, b, map, x, new ProximalLimits(0.5, 5, 1e-6)).Status, Is.EqualTo(LinearSolveStatus.NotFinite));
    }

    [Test]
    public void An_operator_on_another_device_serves_a_solver_on_the_host()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var other = new CpuDevice(1);
        using var there = new TensorScope(other, MemoryOwner.Workspace);
        var inner = new DiagonalOperator(there.From([2, 2], [1.0, 2, 3, 4]));
        var staged = new StagedOperator(inner, other);
        Tensor x = Sample.Normal(scope, DType.Complex128, [2, 2], 7), y = scope.Like(x);
        staged.Forward(x, y);
        Complex[] values = x.ToArray<Complex>();
        Assert.That(y.ToArray<Complex>(), Is.EqualTo(values.Select((value, i) => (i + 1) * value)));
    }

    /// <summary>min ½ cᴴ G c − Re⟨Ψb, c⟩ + μ Σ|c_j| over the details, G = Ψ H Ψᴴ, one coordinate after the other, exactly.</summary>
    private static Complex[] CoordinateDescent(TensorScope scope, WaveletTransform transform, Complex[,] dense, Tensor b, double weight)
    {
        Complex[] Apply(Complex[] image)
        {
            Tensor y = scope.New(DType.Complex128, [Rows, Columns]);
            transform.Forward(scope.From([Rows, Columns], image), y);
            return y.ToArray<Complex>();
        }

        Complex[][] psi = [.. Enumerable.Range(0, Pixels).Select(i => Apply([.. Enumerable.Range(0, Pixels).Select(j => (Complex)(i == j ? 1 : 0))]))]; // real columns
        Complex[] rhs = Apply(b.ToArray<Complex>()), c = new Complex[Pixels];
        Complex[,] gram = new Complex[Pixels, Pixels];
        for (int i = 0; i < Pixels; i++)
        {
            Complex[] column = Apply(FourierTruth.Times(dense, [.. psi.Select(p => p[i])]));
            for (int j = 0; j < Pixels; j++)
            {
                gram[j, i] = column[j];
            }
        }

        for (int sweep = 0; sweep < 20_000; sweep++)
        {
            for (int j = 0; j < Pixels; j++)
            {
                Complex rest = rhs[j];
                for (int i = 0; i < Pixels; i++)
                {
                    rest -= i == j ? Complex.Zero : gram[j, i] * c[i];
                }

                bool isCoarse = j / Columns < transform.CoarseRows && j % Columns < transform.CoarseColumns;
                double limit = isCoarse ? 0 : weight;
                c[j] = rest.Magnitude > limit ? rest * (1 - (limit / rest.Magnitude)) / gram[j, j].Real : Complex.Zero;
            }
        }

        return c;
    }
}
