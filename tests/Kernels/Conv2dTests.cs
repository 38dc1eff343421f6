using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class Conv2dTests(TestDevice device)
{
    // batch, in, out, rows, columns, kernel: odd sizes, sizes around vector and tile widths, a single pixel, network sizes;
    // channels that end inside a tile of 16 or 64, and enough of them for the device to cut them into shares.
    private static readonly int[][] s_cases =
    [
        [2, 3, 5, 5, 7, 3], [1, 1, 1, 1, 1, 3], [2, 5, 4, 7, 5, 1], [1, 4, 2, 1, 9, 3], [1, 2, 3, 9, 1, 3],
        [3, 2, 8, 16, 16, 3], [1, 8, 8, 33, 31, 3], [1, 9, 6, 20, 20, 3], [2, 16, 2, 18, 22, 1], [1, 7, 13, 70, 65, 3],
        [3, 17, 65, 3, 33, 3], [1, 33, 18, 3, 7, 3], [1, 1, 130, 2, 129, 1], [2, 260, 3, 2, 5, 1],
    ];

    private static readonly DType[] s_types = [DType.Float32, DType.Float64];

    [Test]
    public void Double_precision_is_the_sum_in_the_definition([ValueSource(nameof(s_cases))] int[] c)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, c, DType.Float64);
        Conv2d.Forward(t.X, t.Weight, t.Bias, t.Y);
        double[] expected = BruteForce(c, Sample.Scalars(t.X), Sample.Scalars(t.Weight), Sample.Scalars(t.Bias));
        Assert.That(Sample.Scalars(t.Y), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Single_precision_agrees_with_double([ValueSource(nameof(s_cases))] int[] c)
    {
        // A sum of n products in float32 errs by about √n ε relative to its own size; ε = 6e-8 and n < 300 forward
        // (backward: n < 600; weights: n < 5000, in lanes, hence far fewer terms in sequence).
        const double Tolerance = 2e-6;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case f = Make(scope, c, DType.Float32);
        Tensor x = Sample.Widen(scope, f.X), weight = Sample.Widen(scope, f.Weight), yBar = Sample.Widen(scope, f.YBar);
        Tensor y = scope.New(DType.Float64, f.Y.Shape), xBar = scope.Like(x), weightBar = scope.Like(weight);

        Conv2d.Forward(f.X, f.Weight, f.Bias, f.Y);
        Conv2d.Forward(x, weight, Sample.Widen(scope, f.Bias), y);
        Assert.That(Sample.RelativeDistance(f.Y, y), Is.LessThan(Tolerance), "forward");

        Conv2d.BackwardInput(f.YBar, f.Weight, f.XBar, WriteMode.Overwrite);
        Conv2d.BackwardInput(yBar, weight, xBar, WriteMode.Overwrite);
        Assert.That(Sample.RelativeDistance(f.XBar, xBar), Is.LessThan(Tolerance), "backward input");

        Conv2d.BackwardWeight(f.X, f.YBar, f.WeightBar, WriteMode.Overwrite);
        Conv2d.BackwardWeight(x, yBar, weightBar, WriteMode.Overwrite);
        Assert.That(Sample.RelativeDistance(f.WeightBar, weightBar), Is.LessThan(Tolerance), "backward weight");
    }

    // 0.1 is no float: both ways must round it alike. For 2 the maximum of v and slope v is another function.
    [Test]
    public void A_rectified_convolution_has_the_bits_of_convolution_and_rectifier_in_turn(
        [ValueSource(nameof(s_cases))] int[] c, [ValueSource(nameof(s_types))] DType type, [Values(0, 0.1, 2)] double slope)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, c, type);
        Tensor expected = scope.Like(t.Y);
        Conv2d.Forward(t.X, t.Weight, t.Bias, expected);
        LeakyRelu.Forward(expected, slope, expected);
        Conv2d.Forward(t.X, t.Weight, t.Bias, t.Y, slope);
        Assert.That(Sample.Bits(t.Y), Is.EqualTo(Sample.Bits(expected)));
    }

    [Test]
    public void Both_adjoints_satisfy_their_identity([ValueSource(nameof(s_cases))] int[] c, [ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, c, type);
        Conv2d.Forward(t.X, t.Weight, null, t.Y);
        Conv2d.BackwardInput(t.YBar, t.Weight, t.XBar, WriteMode.Overwrite);
        Conv2d.BackwardWeight(t.X, t.YBar, t.WeightBar, WriteMode.Overwrite);
        // Rounding errors are independent of the other factor, so they show up relative to the product of norms.
        double allowed = (type == DType.Float32 ? 2e-6 : 1e-14) * Sample.Norm(t.Y) * Sample.Norm(t.YBar);
        double expected = Sample.Inner(t.Y, t.YBar);
        Assert.That(Sample.Inner(t.X, t.XBar), Is.EqualTo(expected).Within(allowed), "input");
        Assert.That(Sample.Inner(t.Weight, t.WeightBar), Is.EqualTo(expected).Within(allowed), "weight");
    }

    [Test]
    public void The_bias_gradient_is_the_sum_over_batch_and_pixels([ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, s_cases[0], type);
        Tensor biasBar = scope.Zeros(type, t.Bias.Shape);
        Conv2d.BackwardBias(t.YBar, biasBar, WriteMode.Overwrite);
        Conv2d.BackwardBias(t.YBar, biasBar, WriteMode.Add);
        double[] yBar = Sample.Scalars(t.YBar);
        for (int o = 0; o < 5; o++)
        {
            double expected = Enumerable.Range(0, 2).Sum(b => yBar.Skip(((b * 5) + o) * 35).Take(35).Sum());
            Assert.That(Sample.Scalars(biasBar)[o], Is.EqualTo(2 * expected).Within(type == DType.Float32 ? 1e-5 : 1e-12));
        }
    }

    [Test]
    public void Add_adds_to_the_old_content([ValueSource(nameof(s_types))] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, s_cases[0], type);
        foreach ((Tensor target, Action<Tensor, WriteMode> run) in new (Tensor, Action<Tensor, WriteMode>)[]
        {
            (t.XBar, (target, mode) => Conv2d.BackwardInput(t.YBar, t.Weight, target, mode)),
            (t.WeightBar, (target, mode) => Conv2d.BackwardWeight(t.X, t.YBar, target, mode)),
        })
        {
            Tensor old = Sample.Normal(scope, type, target.Shape, 9), sum = scope.Clone(old);
            run(target, WriteMode.Overwrite);
            run(sum, WriteMode.Add);
            Add.Run(old, target, old);
            Assert.That(Sample.RelativeDistance(sum, old), Is.LessThan(type == DType.Float32 ? 3e-7 : 1e-15));
        }
    }

    [Test]
    public void Thread_counts_do_not_change_a_bit([ValueSource(nameof(s_cases))] int[] c)
    {
        byte[][]? first = null;
        foreach (int threads in new[] { 1, 2, 8 })
        {
            var cpu = new CpuDevice(threads);
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            Case t = Make(scope, c, DType.Float32);
            Conv2d.Forward(t.X, t.Weight, t.Bias, t.Y);
            Conv2d.BackwardInput(t.YBar, t.Weight, t.XBar, WriteMode.Overwrite);
            Conv2d.BackwardWeight(t.X, t.YBar, t.WeightBar, WriteMode.Overwrite);
            byte[][] bits = [Sample.Bits(t.Y), Sample.Bits(t.XBar), Sample.Bits(t.WeightBar)];
            first ??= bits;
            Assert.That(bits, Is.EqualTo(first), $"{threads} threads");
        }
    }

    [Test]
    public void Shapes_that_do_not_fit_are_refused_by_name()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [2, 4, 5, 6]), y = scope.Zeros(DType.Float32, [2, 8, 5, 6]);
        Assert.That(() => Conv2d.Forward(x, scope.Zeros(DType.Float32, [8, 3, 3, 3]), null, y), Throws.TypeOf<ShapeException>().With.Message.Contains("channels"));
        Assert.That(() => Conv2d.Forward(x, scope.Zeros(DType.Float32, [8, 4, 5, 5]), null, y), Throws.TypeOf<ShapeException>().With.Message.Contains("3 x 3"));
        Assert.That(() => Conv2d.Forward(x, scope.Zeros(DType.Float64, [8, 4, 3, 3]), null, y), Throws.TypeOf<ShapeException>().With.Message.Contains("float32"));
        Assert.That(() => Conv2d.Forward(x, scope.Zeros(DType.Float32, [4, 4, 3, 3]), null, x), Throws.TypeOf<ShapeException>().With.Message.Contains("share memory"));
    }

    [Test]
    public void Slopes_that_would_hide_the_sign_are_refused([Values(-0.1, double.NaN, double.PositiveInfinity)] double slope)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Case t = Make(scope, s_cases[0], DType.Float32);
        Assert.That(() => Conv2d.Forward(t.X, t.Weight, t.Bias, t.Y, slope), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("zero or more"));
    }

    private static Case Make(TensorScope scope, int[] c, DType type)
    {
        Shape input = [c[0], c[1], c[3], c[4]], output = [c[0], c[2], c[3], c[4]], weight = [c[2], c[1], c[5], c[5]];
        return new Case(
            Sample.Normal(scope, type, input, 1),
            Sample.Normal(scope, type, weight, 2),
            Sample.Normal(scope, type, [c[2]], 3),
            scope.New(type, output),
            Sample.Normal(scope, type, output, 4),
            scope.New(type, input),
            scope.New(type, weight));
    }

    private static double[] BruteForce(int[] c, double[] x, double[] w, double[] bias)
    {
        (int batch, int inputs, int outputs, int rows, int columns, int k) = (c[0], c[1], c[2], c[3], c[4], c[5]);
        var y = new double[batch * outputs * rows * columns];
        for (int at = 0; at < y.Length; at++)
        {
            int column = at % columns, row = at / columns % rows, o = at / (columns * rows) % outputs, b = at / (columns * rows * outputs);
            y[at] = bias[o];
            for (int tap = 0; tap < inputs * k * k; tap++)
            {
                int v = tap % k, u = tap / k % k, i = tap / (k * k);
                int r = row + u - (k / 2), q = column + v - (k / 2);
                if (r >= 0 && r < rows && q >= 0 && q < columns)
                {
                    y[at] += w[(o * inputs * k * k) + tap] * x[(((((b * inputs) + i) * rows) + r) * columns) + q];
                }
            }
        }

        return y;
    }

    private sealed record Case(Tensor X, Tensor Weight, Tensor Bias, Tensor Y, Tensor YBar, Tensor XBar, Tensor WeightBar);
}
