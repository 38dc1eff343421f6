using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>The fast path of 3 x 3 convolutions on the CPU; Conv2dTests holds what every path must do.</summary>
public class WinogradTests
{
    // batch, in, out, rows, columns: many blocks and few, channels and sizes that fill nothing, one row of tiles, several
    // images in one vector.
    private static readonly int[][] s_cases =
    [
        [1, 32, 32, 64, 66], [1, 64, 40, 36, 40], [2, 128, 128, 16, 16], [1, 8, 9, 9, 255], [3, 11, 10, 13, 29], [4, 16, 24, 12, 16], [1, 130, 8, 12, 31],
    ];

    /// <summary>The transforms are algebra: with exact inputs, one vector holds what the definition says up to a few roundings.</summary>
    [Test]
    public void Six_products_make_four_outputs_in_every_vector_width()
    {
        SixProducts<Lanes128>();
        SixProducts<Lanes256>();
        SixProducts<Lanes512>();
    }

    [Test]
    public void The_transforms_of_the_weight_gradient_are_adjoints_in_every_vector_width()
    {
        Adjoints<Lanes128>();
        Adjoints<Lanes256>();
        Adjoints<Lanes512>();
    }

    [Test]
    public void A_transpose_of_four_and_a_fold_do_what_they_say_in_every_vector_width()
    {
        TransposeAndFold<Lanes128>();
        TransposeAndFold<Lanes256>();
        TransposeAndFold<Lanes512>();
    }

    [Test]
    public void It_agrees_with_the_definition_to_a_few_rounding_errors([ValueSource(nameof(s_cases))] int[] c)
    {
        // docs/derivations/winograd.md: 0.65e-6 at 32 channels, growing with their square root to 1.2e-6 at 128; a factor of
        // two for edges and other shapes. The weight gradient adds up tiles instead, here at most 300.
        const double Tolerance = 2.5e-6;
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Case f = Make(scope, c);
        Assert.That(Conv2d.UsesWinograd(Sizes(c)), "the case is not computed by what is tested");
        f.Run();
        Tensor x = Sample.Widen(scope, f.X), weight = Sample.Widen(scope, f.Weight), yBar = Sample.Widen(scope, f.YBar);
        Tensor y = scope.New(DType.Float64, f.Y.Shape), xBar = scope.Like(x), weightBar = scope.Like(weight);
        Conv2d.Forward(x, weight, Sample.Widen(scope, f.Bias), y);
        Conv2d.BackwardInput(yBar, weight, xBar, WriteMode.Overwrite);
        Conv2d.BackwardWeight(x, yBar, weightBar, WriteMode.Overwrite);
        Assert.Multiple(() =>
        {
            Assert.That(Sample.RelativeDistance(f.Y, y), Is.LessThan(Tolerance), "forward");
            Assert.That(Sample.RelativeDistance(f.XBar, xBar), Is.LessThan(Tolerance), "backward input");
            Assert.That(Sample.RelativeDistance(f.WeightBar, weightBar), Is.LessThan(Tolerance), "backward weight");
        });
    }

    [Test]
    public void Thread_counts_do_not_change_a_bit([ValueSource(nameof(s_cases))] int[] c)
    {
        byte[][]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            var cpu = new CpuDevice(threads);
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            Case t = Make(scope, c);
            t.Run();
            byte[][] bits = [Sample.Bits(t.Y), Sample.Bits(t.XBar), Sample.Bits(t.WeightBar)];
            first ??= bits;
            Assert.That(bits, Is.EqualTo(first), $"{threads} threads");
        }
    }

    [Test]
    public void An_image_in_a_batch_has_the_bits_that_it_has_alone()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Case all = Make(scope, [3, 11, 10, 13, 29]);
        all.Run();
        for (int image = 0; image < 3; image++)
        {
            Tensor y = scope.New(DType.Float32, [1, 10, 13, 29]);
            Conv2d.Forward(all.X.Slice(image, 1), all.Weight, all.Bias, y);
            Assert.That(Sample.Bits(y), Is.EqualTo(Sample.Bits(all.Y.Slice(image, 1))));
        }
    }

    private static Conv2d.Sizes Sizes(int[] c) => new(c[0], c[1], c[2], c[3], c[4], 3);

    private static unsafe void SixProducts<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int n = TLanes.Width;
        float[] d = Numbers(6 * n, 1), g = Numbers(3 * n, 2), v = new float[6 * n], u = new float[6 * n];
        fixed (float* pd = d, pg = g, pv = v, pu = u)
        {
            WinogradTransform.Input(
                TLanes.Load(pd), TLanes.Load(pd + n), TLanes.Load(pd + (2 * n)), TLanes.Load(pd + (3 * n)), TLanes.Load(pd + (4 * n)), TLanes.Load(pd + (5 * n)), pv, n);
            WinogradTransform.Filter(TLanes.Load(pg), TLanes.Load(pg + n), TLanes.Load(pg + (2 * n)), pu, n);
            for (int i = 0; i < v.Length; i++)
            {
                v[i] *= u[i];
            }

            (TLanes y0, TLanes y1, TLanes y2, TLanes y3) = WinogradTransform.Output<TLanes>(pv, n);
            float[][] y = [Values(y0), Values(y1), Values(y2), Values(y3)];
            for (int j = 0; j < 4; j++)
            {
                for (int lane = 0; lane < n; lane++)
                {
                    double expected = Enumerable.Range(0, 3).Sum(tap => (double)g[(tap * n) + lane] * d[((j + tap) * n) + lane]);
                    // Six products of numbers below 4, weights of at most 3.4, a dozen roundings of 6e-8 each.
                    Assert.That(y[j][lane], Is.EqualTo(expected).Within(1e-5), $"width {n}, output {j}, lane {lane}");
                }
            }
        }
    }

    private static unsafe void Adjoints<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int n = TLanes.Width;
        float[] m = Numbers(6 * n, 3), y = Numbers(4 * n, 4), g = Numbers(3 * n, 5), back = new float[6 * n], u = new float[6 * n];
        fixed (float* pm = m, py = y, pg = g, pb = back, pu = u)
        {
            (TLanes y0, TLanes y1, TLanes y2, TLanes y3) = WinogradTransform.Output<TLanes>(pm, n);
            WinogradTransform.OutputAdjoint(TLanes.Load(py), TLanes.Load(py + n), TLanes.Load(py + (2 * n)), TLanes.Load(py + (3 * n)), pb, n);
            // Sums of some hundred products below 10 in float32.
            Assert.That(Inner(m, back), Is.EqualTo(Inner([.. Values(y0), .. Values(y1), .. Values(y2), .. Values(y3)], y)).Within(1e-3));

            WinogradTransform.Filter(TLanes.Load(pg), TLanes.Load(pg + n), TLanes.Load(pg + (2 * n)), pu, n);
            (TLanes g0, TLanes g1, TLanes g2) = WinogradTransform.FilterAdjoint<TLanes>(pm, n);
            Assert.That(Inner(m, u), Is.EqualTo(Inner([.. Values(g0), .. Values(g1), .. Values(g2)], g)).Within(1e-3));
        }
    }

    private static unsafe void TransposeAndFold<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int n = TLanes.Width;
        float[] all = Numbers(4 * n, 6);
        fixed (float* p = all)
        {
            (TLanes a, TLanes b, TLanes c, TLanes d) = TLanes.Transpose4(TLanes.Load(p), TLanes.Load(p + n), TLanes.Load(p + (2 * n)), TLanes.Load(p + (3 * n)));
            float[][] result = [Values(a), Values(b), Values(c), Values(d)];
            System.Runtime.Intrinsics.Vector128<float> fold = TLanes.Fold(TLanes.Load(p));
            for (int e = 0; e < 4; e++)
            {
                for (int j = 0; j < 4; j++)
                {
                    for (int part = 0; part < n; part += 4)
                    {
                        Assert.That(result[j][part + e], Is.EqualTo(all[(e * n) + part + j]), $"width {n}");
                    }
                }

                double expected = Enumerable.Range(0, n / 4).Sum(part => (double)all[(4 * part) + e]);
                Assert.That(fold[e], Is.EqualTo(expected).Within(2e-6), $"width {n}"); // at most three roundings of numbers below 10
            }
        }
    }

    private static float[] Numbers(int count, ulong seed)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor tensor = scope.New(DType.Float32, [count]);
        Autodiff.RandomFill.Normal(tensor, new CounterRandom(seed));
        return [.. Sample.Scalars(tensor).Select(v => (float)v)];
    }

    private static unsafe float[] Values<TLanes>(TLanes lanes)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var values = new float[TLanes.Width];
        fixed (float* p = values)
        {
            lanes.Store(p);
        }

        return values;
    }

    private static double Inner(float[] a, float[] b) => a.Zip(b).Sum(pair => (double)pair.First * pair.Second);

    private static Case Make(TensorScope scope, int[] c)
    {
        Shape input = [c[0], c[1], c[3], c[4]], output = [c[0], c[2], c[3], c[4]], weight = [c[2], c[1], 3, 3];
        return new Case(
            Sample.Normal(scope, DType.Float32, input, 1),
            Sample.Normal(scope, DType.Float32, weight, 2),
            Sample.Normal(scope, DType.Float32, [c[2]], 3),
            Sample.Normal(scope, DType.Float32, output, 4),
            scope.New(DType.Float32, output),
            scope.New(DType.Float32, input),
            scope.New(DType.Float32, weight));
    }

    private sealed record Case(Tensor X, Tensor Weight, Tensor Bias, Tensor YBar, Tensor Y, Tensor XBar, Tensor WeightBar)
    {
        public void Run()
        {
            Conv2d.Forward(X, Weight, Bias, Y);
            Conv2d.BackwardInput(YBar, Weight, XBar, WriteMode.Overwrite);
            Conv2d.BackwardWeight(X, YBar, WeightBar, WriteMode.Overwrite);
        }
    }
}
