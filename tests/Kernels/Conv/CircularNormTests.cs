using System.Numerics;
using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class CircularNormTests
{
    // Dense singular values and ours come from float64 sums of some hundred products; squares of singular values lose half
    // the digits of the small ones only, and we compare the largest.
    private const double Rounding = 1e-12;

    private TensorScope _scope = null!;

    [SetUp]
    public void MakeScope() => _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

    [TearDown]
    public void DropScope() => _scope.Dispose();

    [TestCase(3, 2)]
    [TestCase(2, 5)]
    [TestCase(1, 1)]
    public void The_norm_is_the_largest_singular_value_of_the_dense_circular_convolution(int output, int input)
    {
        foreach ((int rows, int columns) in new[] { (6, 6), (5, 4) })
        {
            Tensor weight = Random([output, input, 3, 3]);
            double dense = DenseMatrix.Of(Device.Cpu, DType.Float64, [1, input, rows, columns], (x, scope) => Circular(x, weight, scope)).Norm();
            ConvolutionNorm norm = CircularNorm.Of(weight, rows, columns);
            Assert.That(norm.Value, Is.EqualTo(dense).Within(Rounding * dense));
            Assert.That(CircularNorm.PerFrequency(weight, rows, columns).Max(), Is.EqualTo(dense).Within(Rounding * dense));
        }
    }

    [TestCase(3, 2, 3)]
    [TestCase(2, 4, 3)]
    [TestCase(3, 4, 1)]
    public void The_bound_exceeds_dense_norms_with_circular_and_with_zero_padding_and_by_one_percent_at_most(int output, int input, int kernel)
    {
        Tensor weight = Random([output, input, kernel, kernel]);
        double bound = CircularNorm.Bound(weight).Value;
        foreach (int side in new[] { 3, 4, 5, 6, 7 })
        {
            double zero = DenseMatrix.Of(Device.Cpu, DType.Float64, [1, input, side, side], (x, scope) => ZeroPadded(x, weight, scope)).Norm();
            Assert.That(zero, Is.LessThanOrEqualTo(bound * (1 + Rounding)), $"zero padding at {side}");
            Assert.That(CircularNorm.Of(weight, side, side).Value, Is.LessThanOrEqualTo(bound * (1 + Rounding)), $"circular padding at {side}");
        }

        // 1/cos²(π/32) − 1 = 0.0097; 480 frequencies come within 5e-5 of the supremum.
        Assert.That(bound, Is.LessThanOrEqualTo(1.0098 * CircularNorm.Of(weight, 480, 480).Value));
    }

    [Test]
    public void Zero_padding_is_bounded_by_the_circular_norm_of_a_map_that_is_one_pixel_larger()
    {
        // At equal size it need not be: the extra row keeps the two borders from meeting.
        for (ulong seed = 1; seed <= 5; seed++)
        {
            Tensor weight = Random([2, 2, 3, 3], seed);
            double zero = DenseMatrix.Of(Device.Cpu, DType.Float64, [1, 2, 6, 6], (x, scope) => ZeroPadded(x, weight, scope)).Norm();
            Assert.That(zero, Is.LessThanOrEqualTo(CircularNorm.Of(weight, 7, 7).Value * (1 + Rounding)));
        }
    }

    [Test]
    public void The_norm_of_a_transposed_convolution_is_that_of_its_dense_matrix_at_every_size()
    {
        Tensor weight = Random([3, 2, 2, 2]);
        foreach (int side in new[] { 1, 3 })
        {
            double dense = DenseMatrix.Of(Device.Cpu, DType.Float64, [1, 3, side, side], (x, scope) =>
            {
                Tensor y = scope.New(DType.Float64, [1, 2, 2 * side, 2 * side]);
                ConvTranspose2d.Forward(x, weight, null, y);
                return y;
            }).Norm();
            Assert.That(CircularNorm.OfTransposed(weight).Value, Is.EqualTo(dense).Within(Rounding * dense));
        }
    }

    [TestCase(3)]
    [TestCase(1)]
    public void The_derivative_agrees_with_finite_differences_and_reproduces_the_norm(int kernel)
    {
        Tensor weight = Random([3, 2, kernel, kernel]), direction = Random(weight.Shape, 9);
        ConvolutionNorm norm = CircularNorm.Bound(weight);
        double[] w = weight.ToArray<double>(), d = direction.ToArray<double>();
        double At(double step) => CircularNorm.Bound(_scope.From(weight.Shape, w.Zip(d, (a, b) => a + (step * b)).ToArray())).Value;

        // Central differences at 1e-5: h² of a smooth function, plus 1e-15 over h.
        double difference = (At(1e-5) - At(-1e-5)) / 2e-5, derivative = norm.Gradient.Zip(d, (g, b) => g * b).Sum();
        Assert.That(derivative, Is.EqualTo(difference).Within(1e-8 * Math.Max(1, Math.Abs(difference))));
        Assert.That(norm.Gradient.Zip(w, (g, a) => g * a).Sum(), Is.EqualTo(norm.Value).Within(Rounding * norm.Value));
    }

    [Test]
    public void Singular_values_and_vectors_of_a_matrix_larger_than_a_round_of_lanczos_are_exact()
    {
        const int Rows = 40, Columns = 30;
        var random = new CounterRandom(3);
        Complex[] matrix = [.. Enumerable.Range(0, Rows * Columns).Select(i => { (double re, double im) = random.NormalPair(i); return new Complex(re, im); })];
        double dense = DenseMatrix.Of(Device.Cpu, DType.Complex128, [Columns], (x, scope) =>
        {
            double[] real = x.AsReal().ToArray<double>();
            Complex[] y = Product(matrix, [.. Enumerable.Range(0, Columns).Select(j => new Complex(real[2 * j], real[(2 * j) + 1]))], Rows);
            return scope.From([Rows, 2], y.SelectMany(e => new[] { e.Real, e.Imaginary }).ToArray());
        }).Norm();
        (double value, Complex[] left, Complex[] right) = LargestSingularValue.Of(matrix, Rows, Columns);
        double error = Math.Sqrt(Product(matrix, right, Rows).Zip(left, (a, u) => Complex.Abs(a - (value * u))).Sum(e => e * e));
        Assert.That(value, Is.EqualTo(dense).Within(Rounding * dense));
        Assert.That(LargestSingularValue.Of(Array.ConvertAll(matrix, WideComplex.Of), Rows, Columns), Is.All.EqualTo(value));
        Assert.That(error, Is.LessThan(1e-10 * dense), "A v = σ u");
    }

    [Test]
    public void A_weight_of_zero_has_the_norm_zero_and_other_kernels_are_refused()
    {
        ConvolutionNorm zero = CircularNorm.Bound(_scope.Zeros(DType.Float32, [2, 3, 3, 3]));
        Assert.That(zero.Value, Is.Zero);
        Assert.That(zero.Gradient, Has.All.Not.NaN);
        Assert.That(CircularNorm.Bound(_scope.From([1, 1, 1, 1], [double.NaN])).Value, Is.NaN);
        Assert.That(() => CircularNorm.Bound(_scope.Zeros(DType.Float32, [2, 3, 5, 5])), Throws.TypeOf<ShapeException>().With.Message.Contains("3 x 3"));
        Assert.That(() => CircularNorm.Of(_scope.Zeros(DType.Float32, [2, 3, 3, 3]), 2, 8), Throws.TypeOf<ShapeException>().With.Message.Contains("smaller"));
    }

    private static Complex[] Product(Complex[] matrix, Complex[] x, int rows) =>
        [.. Enumerable.Range(0, rows).Select(i => x.Select((e, j) => matrix[(i * x.Length) + j] * e).Aggregate(Complex.Zero, (a, b) => a + b))];

    private static Tensor ZeroPadded(Tensor x, Tensor weight, TensorScope scope)
    {
        Tensor y = scope.New(DType.Float64, [1, weight.Shape[0], x.Shape[2], x.Shape[3]]);
        Conv2d.Forward(x, weight, null, y);
        return y;
    }

    /// <summary>By the definition, indices modulo the size.</summary>
    private static Tensor Circular(Tensor x, Tensor weight, TensorScope scope)
    {
        (int output, int input, int rows, int columns) = (weight.Shape[0], weight.Shape[1], x.Shape[2], x.Shape[3]);
        double[] w = weight.ToArray<double>(), from = x.ToArray<double>(), to = new double[output * rows * columns];
        for (int at = 0; at < to.Length; at++)
        {
            (int o, int r, int c) = (at / (rows * columns), at / columns % rows, at % columns);
            for (int i = 0; i < input; i++)
            {
                for (int tap = 0; tap < 9; tap++)
                {
                    int row = (r + (tap / 3) - 1 + rows) % rows, column = (c + (tap % 3) - 1 + columns) % columns;
                    to[at] += w[(((o * input) + i) * 9) + tap] * from[(((i * rows) + row) * columns) + column];
                }
            }
        }

        return scope.From([1, output, rows, columns], to);
    }

    private Tensor Random(Shape shape, ulong seed = 1)
    {
        Tensor tensor = _scope.New(DType.Float64, shape);
        RandomFill.Normal(tensor, new CounterRandom(seed));
        return tensor;
    }
}
