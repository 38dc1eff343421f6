using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class ToeplitzTests(TestDevice device)
{
    private static double[] Weights(int count) => [.. Enumerable.Range(0, count).Select(i => new CounterRandom(21).Uniform(i, 0.1, 2))];

    private static Complex[] Definition(double[] points, double[] weights, int rows, int columns)
    {
        var spectrum = new Complex[4 * rows * columns];
        for (int my = 1 - rows; my < rows; my++)
        {
            for (int mx = 1 - columns; mx < columns; mx++)
            {
                Complex h = 0;
                for (int j = 0; j < weights.Length; j++)
                {
                    h += Complex.FromPolarCoordinates(weights[j] / (rows * columns), 2 * Math.PI * ((points[2 * j] * mx / columns) + (points[(2 * j) + 1] * my / rows)));
                }

                for (int q = 0; q < spectrum.Length; q++)
                {
                    double turns = ((double)my * (q / (2 * columns)) / (2 * rows)) + ((double)mx * (q % (2 * columns)) / (2 * columns));
                    spectrum[q] += h * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
                }
            }
        }

        return spectrum;
    }

    [TestCase(6, 5)]
    [TestCase(8, 8)]
    [TestCase(9, 7)]
    public void The_spectrum_is_the_transform_of_the_point_spread(int rows, int columns)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(40, rows, columns, 22), weights = Weights(points.Length / 2);
        Complex[] expected = Definition(points, weights, rows, columns);
        Tensor k = scope.From([points.Length / 2, 2], points), w = scope.From([weights.Length], weights);
        ToeplitzSpectrum exact = ToeplitzSpectrum.Compute(scope, device.Device, k, w, rows, columns, doublePrecision: true);
        ToeplitzSpectrum single = ToeplitzSpectrum.Compute(scope, device.Device, k, w, rows, columns, doublePrecision: false);
        Complex[] singleValues = Array.ConvertAll(single.Values.ToArray<float>(), v => new Complex(v, 0));
        Assert.That(FourierTruth.RelativeError(Array.ConvertAll(exact.Values.ToArray<double>(), v => new Complex(v, 0)), expected), Is.LessThan(1e-13));
        Assert.That(exact.LargestImaginary, Is.LessThan(1e-13));
        TestContext.Out.WriteLine($"single {FourierTruth.RelativeError(singleValues, expected):e2} imaginary {single.LargestImaginary:e2}");
        Assert.That(FourierTruth.RelativeError(singleValues, expected), Is.LessThan(1e-6)); // stated bound of the float32 spectrum
        Assert.That(single.LargestImaginary, Is.LessThan(2e-6));
    }

    [Test]
    public void The_float32_spectrum_of_a_larger_image_is_within_its_bound()
    {
        const int size = 40;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(800, size, size, 22), weights = Weights(points.Length / 2);
        Tensor k = scope.From([points.Length / 2, 2], points), w = scope.From([weights.Length], weights);
        double[] exact = ToeplitzSpectrum.Compute(scope, device.Device, k, w, size, size, doublePrecision: true).Values.ToArray<double>();
        float[] single = ToeplitzSpectrum.Compute(scope, device.Device, k, w, size, size, doublePrecision: false).Values.ToArray<float>();
        double error = Math.Sqrt(exact.Zip(single, (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(a => a * a));
        TestContext.Out.WriteLine($"{error:e2}");
        Assert.That(error, Is.LessThan(1e-6));
    }

    // 2 x 2 needs a transform shorter than a vector, 11 and 13 a grid of other than twice their size, 20 and 33 a ragged last block.
    [TestCase(6, 5)]
    [TestCase(2, 2)]
    [TestCase(1, 3)]
    [TestCase(11, 13)]
    [TestCase(20, 33)]
    public void The_normal_operator_is_AHWA(int rows, int columns)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(60, rows, columns, 23), weights = Weights(points.Length / 2);
        int pixels = rows * columns, modulations = 3;
        Complex[] maps = FourierTruth.Rounded(FourierTruth.Normals(modulations * pixels, 24)), image = FourierTruth.Rounded(FourierTruth.Normals(pixels, 25));
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        var expected = new Complex[pixels];
        for (int c = 0; c < modulations; c++)
        {
            Complex[] samples = FourierTruth.Times(matrix, Array.ConvertAll(Enumerable.Range(0, pixels).ToArray(), n => maps[(c * pixels) + n] * image[n]));
            Complex[] back = FourierTruth.AdjointTimes(matrix, [.. samples.Zip(weights, (y, w) => y * w)]);
            for (int n = 0; n < pixels; n++)
            {
                expected[n] += Complex.Conjugate(maps[(c * pixels) + n]) * back[n];
            }
        }

        Tensor k = scope.From([points.Length / 2, 2], points), w = scope.From([weights.Length], weights);
        foreach (DType type in (DType[])[DType.Complex128, DType.Complex64])
        {
            Tensor spectrum = ToeplitzSpectrum.Compute(scope, device.Device, k, w, rows, columns, type.IsDouble()).Values;
            Tensor x = FourierTruth.ToTensor(scope, type, [rows, columns], image), y = scope.Like(x);
            foreach (int chunk in (int[])[0, 1, 2, 3])
            {
                using var normal = new ToeplitzNormal(spectrum, FourierTruth.ToTensor(scope, type, [modulations, rows, columns], maps), chunk);
                normal.Forward(x, y);

                // float32: the spectrum's 1e-6 and the rounding of two transforms of doubled size.
                Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), expected), Is.LessThan(type == DType.Complex64 ? 2e-6 : 1e-12), $"{type}, chunk {chunk}");
                normal.Forward(x, y, WriteMode.Add);
                Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), [.. expected.Select(v => 2 * v)]), Is.LessThan(type == DType.Complex64 ? 2e-6 : 1e-12), $"added, {type}, chunk {chunk}");
            }
        }
    }

    [TestCase(8, 16)]
    [TestCase(11, 21)]
    [TestCase(13, 25)]
    [TestCase(255, 512)]
    [TestCase(1, 2)]
    public void Grids_of_the_normal_operator_hold_all_offsets_and_are_smooth(int pixels, int length)
    {
        Assert.That(SmoothSpectrum.Length(pixels), Is.EqualTo(length).And.GreaterThanOrEqualTo((2 * pixels) - 1));
    }

    [Test]
    public void The_normal_operator_is_symmetric_and_positive([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        const int rows = 18, columns = 20;
        double[] points = FourierTruth.Points(60, rows, columns, 23), weights = Weights(points.Length / 2);
        Tensor spectrum = ToeplitzSpectrum.Compute(scope, device.Device, scope.From([weights.Length, 2], points), scope.From([weights.Length], weights), rows, columns, type.IsDouble()).Values;
        using var normal = new ToeplitzNormal(spectrum, FourierTruth.ToTensor(scope, type, [2, 3, rows, columns], FourierTruth.Normals(6 * rows * columns, 24)));
        Assert.That(FourierTruth.AdjointError(normal, type, 7, device.Device), Is.LessThan(type == DType.Complex64 ? 1e-5 : 1e-13)); // both sides round like a transform
        Tensor x = FourierTruth.ToTensor(scope, type, normal.Domain, FourierTruth.Normals((int)normal.Domain.Count, 8)), y = scope.Like(x);
        normal.Forward(x, y);
        Assert.That(Reduce.Dot(x, y), Is.GreaterThan(0));
    }

    [TestCase(11, 13)]
    [TestCase(12, 10)]
    public void Image_n_of_a_batch_uses_set_n_modulo_the_number_of_sets(int rows, int columns)
    {
        const int sets = 2, images = 4, modulations = 3;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor spectrum = Sample.Normal(scope, DType.Float32, [2 * rows, 2 * columns], 1), maps = Sample.Normal(scope, DType.Complex64, [sets, modulations, rows, columns], 2);
        Tensor x = Sample.Normal(scope, DType.Complex64, [images / sets, sets, rows, columns], 3), y = scope.Like(x), alone = scope.New(DType.Complex64, [1, rows, columns]);
        using var normal = new ToeplitzNormal(spectrum, maps);
        normal.Forward(x, y);
        for (int image = 0; image < images; image++)
        {
            (int of, int set) = (image / sets, image % sets);
            using var ofSet = new ToeplitzNormal(spectrum, maps.Slice(set, 1));
            ofSet.Forward(x.Slice(of).Slice(set, 1), alone);

            // The same operations; a library may transform batches of other sizes in another order of roundings.
            Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y.Slice(of).Slice(set, 1)), FourierTruth.ToDoubles(alone)), Is.LessThan(1e-6), $"image {image}");
        }
    }

    [Test]
    public void Batches_and_threads_do_not_change_a_bit()
    {
        Complex64[] Run(int threads, int images)
        {
            var cpu = new CpuDevice(threads);
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            double[] values = [.. Enumerable.Range(0, 4 * 20 * 24).Select(i => new CounterRandom(3).Uniform(i))];
            Tensor spectrum = scope.From([40, 48], Array.ConvertAll(values, v => (float)v));
            using var normal = new ToeplitzNormal(spectrum, FourierTruth.ToTensor(scope, DType.Complex64, [5, 20, 24], FourierTruth.Normals(5 * 480, 4)));
            Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [images, 20, 24], FourierTruth.Normals(images * 480, 5)), y = scope.Like(x);
            normal.Forward(x, y);
            return y.Slice(0).ToArray<Complex64>();
        }

        Complex64[] one = Run(1, 1);
        Assert.That(Run(2, 1), Is.EqualTo(one));
        Assert.That(Run(8, 4), Is.EqualTo(one));
    }

    [Test]
    public void A_second_application_asks_the_system_for_nothing_and_disposal_gives_all_back()
    {
        var cpu = new CpuDevice(2);
        using (var scope = new TensorScope(cpu, MemoryOwner.Data))
        using (var normal = new ToeplitzNormal(scope.Zeros(DType.Float32, [40, 48]), scope.Zeros(DType.Complex64, [5, 20, 24])))
        using (NufftPlan plan = NufftPlan.Create(cpu, FourierTruth.Points(100, 20, 24, 1), 20, 24, NufftAccuracy.Fast))
        {
            Tensor x = scope.Zeros(DType.Complex64, plan.Domain), y = scope.Like(x), samples = scope.New(DType.Complex64, plan.Range);
            long allocations = 0;
            for (int step = 0; step < 3; step++)
            {
                normal.Forward(x, y);
                plan.Forward(y, samples);
                plan.Adjoint(samples, x);
                Assert.That(step == 0 || cpu.Pool.SystemAllocations == allocations);
                allocations = cpu.Pool.SystemAllocations;
            }
        }

        Assert.That(cpu.Ledger.CurrentBytes, Is.Zero);
    }

    [Test]
    public void The_modulated_transform_is_the_product_and_its_adjoint_the_transpose([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        const int rows = 9, columns = 7, count = 3;
        double[] points = FourierTruth.Points(30, rows, columns, 23);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, NufftAccuracy.Accurate);
        Complex[] maps = FourierTruth.Normals(count * rows * columns, 1), image = FourierTruth.Normals(rows * columns, 2);
        var map = new ModulatedNufft(plan, FourierTruth.ToTensor(scope, type, [count, rows, columns], maps), chunk: 2);
        Tensor x = FourierTruth.ToTensor(scope, type, map.Domain, image), y = scope.New(type, map.Range);
        map.Forward(x, y);
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        for (int c = 0; c < count; c++)
        {
            Complex[] expected = FourierTruth.Times(matrix, [.. image.Select((v, n) => v * maps[(c * rows * columns) + n])]);
            Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y.Slice(c)), expected), Is.LessThan(type == DType.Complex64 ? plan.PredictedError : 1e-14));
        }

        Assert.That(FourierTruth.AdjointError(map, type, 9, device.Device), Is.LessThan(type == DType.Complex64 ? 6e-8 * plan.RollOffDynamicRange * 16 : 1e-13));
    }
}
