using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(DeviceTypes), nameof(DeviceTypes.Real))]
public sealed class WeightedMapTests(TestDevice device, DType dtype)
{
    private static readonly (Shape Weight, IWeightedMap Map)[] s_maps =
    [
        ([4, 3, 3, 3], new ConvolutionMap([4, 3, 3, 3], 5, 6)),
        ([4, 3, 3, 3], ConvolutionMap.Reshaped([4, 3, 3, 3])),
        ([3, 2, 2, 2], new TransposedKernelMap([3, 2, 2, 2])),
    ];

    [Test]
    public void The_adjoint_and_the_outer_product_belong_to_the_map([Range(0, 2)] int index)
    {
        (Shape shape, IWeightedMap map) = s_maps[index];
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor weight = Random(shape, 1), x = Random(map.Domain, 2), y = Random(map.Range, 3);
        Tensor ax = scope.Like(y), aty = scope.Like(x), outer = scope.Like(weight);
        map.Forward(weight, x, ax);
        map.Adjoint(weight, y, aty);
        map.Outer(y, x, outer);

        // The same products, at most some 1e3 of them, in three orders; quotients by norms are of order 0.1.
        double scale = Math.Sqrt(Reduce.SumOfSquares(ax) * Reduce.SumOfSquares(y)), epsilon = Math.ScaleB(1, dtype == DType.Float64 ? -52 : -23);
        Assert.That(Reduce.Dot(aty, x), Is.EqualTo(Reduce.Dot(ax, y)).Within(16 * epsilon * scale));
        Assert.That(Reduce.Dot(outer, weight), Is.EqualTo(Reduce.Dot(ax, y)).Within(16 * epsilon * scale));

        Tensor Random(Shape of, ulong seed)
        {
            Tensor tensor = scope.New(dtype, of);
            RandomFill.Normal(tensor, new CounterRandom(seed));
            return tensor;
        }
    }

    [Test]
    public void A_reshaped_kernel_is_the_matrix_of_its_output_channels()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        double[] w = [.. Enumerable.Range(0, 2 * 3 * 4).Select(i => (i * i % 11) - 5.0)]; // small whole numbers: sums are exact
        Tensor plain = From([2, 3, 2, 2], w), swapped = From([3, 2, 2, 2], w), ones = From([3, 1, 2, 2], [.. Enumerable.Repeat(1.0, 12)]);
        Tensor sums = scope.New(dtype, [1, 2, 1, 1]);
        ConvolutionMap.Reshaped(plain.Shape).Forward(plain, ones.Reshape([1, 12, 1, 1]), sums);
        Assert.That(Values(sums), Is.EqualTo(new[] { w[..12].Sum(), w[12..].Sum() }));
        new TransposedKernelMap(swapped.Shape).Forward(swapped, ones, sums);
        Assert.That(Values(sums), Is.EqualTo(new[] { 0, 1 }.Select(o => w.Where((_, i) => i / 4 % 2 == o).Sum())));

        Tensor From(Shape shape, double[] values) => dtype == DType.Float64 ? scope.From(shape, values) : scope.From(shape, Array.ConvertAll(values, v => (float)v));
        double[] Values(Tensor t) => dtype == DType.Float64 ? t.ToArray<double>() : Array.ConvertAll(t.ToArray<float>(), v => (double)v);
    }
}
