using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class NufftPlanTests(TestDevice device)
{
    private static NufftAccuracy Preset(bool fast) => fast ? NufftAccuracy.Fast : NufftAccuracy.Accurate;

    [Test]
    public void Gridding_stays_below_the_predicted_error([Values] bool fast, [Values(6, 16, 33)] int rows, [Values(5, 16, 42)] int columns)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(200, rows, columns, 11);
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, Preset(fast));
        Complex[] image = FourierTruth.Rounded(FourierTruth.Normals(2 * rows * columns, 1));
        Complex[] samples = FourierTruth.Rounded(FourierTruth.Normals(2 * points.Length / 2, 2));
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [2, rows, columns], image), ahy = scope.Like(x);
        Tensor y = FourierTruth.ToTensor(scope, DType.Complex64, [2, points.Length / 2], samples), ax = scope.Like(y);
        plan.Forward(x, ax);
        plan.Adjoint(y, ahy);
        for (int b = 0; b < 2; b++)
        {
            int n = rows * columns, m = points.Length / 2;
            Complex[] forward = FourierTruth.Times(matrix, image.AsSpan(b * n, n)), adjoint = FourierTruth.AdjointTimes(matrix, samples.AsSpan(b * m, m));
            double forwardError = FourierTruth.RelativeError(FourierTruth.ToDoubles(ax.Slice(b)), forward);
            double adjointError = FourierTruth.RelativeError(FourierTruth.ToDoubles(ahy.Slice(b)), adjoint);
            TestContext.Out.WriteLine($"predicted {plan.PredictedError:e2} forward {forwardError:e2} adjoint {adjointError:e2}");
            Assert.That(forwardError, Is.LessThan(plan.PredictedError));
            Assert.That(adjointError, Is.LessThan(plan.PredictedError));
        }

        Assert.That(plan.PredictedError, Is.LessThan(fast ? 1.5e-4 : 2.5e-5)); // method A2.3: 4.5e-5 and 7.8e-6 in the mean
    }

    [Test]
    public void Many_points_in_one_cell_and_any_number_of_images_are_the_sum([Values(1, 3, 4, 5)] int images, [Values(20, 11)] int rows)
    {
        const int columns = 9, crowded = 700; // in one cell: several segments of one tile on a GPU
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] crowd = [.. Enumerable.Range(0, crowded).SelectMany(i => (double[])[0.6 + (0.3 * i / crowded), -0.9 + (0.3 * i / crowded)])];
        double[] points = [.. crowd, .. FourierTruth.Points(60, rows, columns, 15)];
        (int n, int m) = (rows * columns, points.Length / 2);
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, NufftAccuracy.Accurate);
        Complex[] samples = FourierTruth.Rounded(FourierTruth.Normals(images * m, 2)), image = FourierTruth.Rounded(FourierTruth.Normals(images * n, 3));
        Tensor y = FourierTruth.ToTensor(scope, DType.Complex64, [images, m], samples), ahy = scope.New(DType.Complex64, [images, rows, columns]);
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [images, rows, columns], image), ax = scope.Like(y);
        foreach ((int times, WriteMode mode) in ((int, WriteMode)[])[(1, WriteMode.Overwrite), (2, WriteMode.Add)])
        {
            plan.Adjoint(y, ahy, mode);
            plan.Forward(x, ax, mode);
            for (int b = 0; b < images; b++)
            {
                Complex[] adjoint = [.. FourierTruth.AdjointTimes(matrix, samples.AsSpan(b * m, m)).Select(v => times * v)];
                Complex[] forward = [.. FourierTruth.Times(matrix, image.AsSpan(b * n, n)).Select(v => times * v)];

                // The prediction is a mean over positions between cells; points of one place may all have twice its error. A lost segment of the sum is an error of the order of one.
                Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(ahy.Slice(b)), adjoint), Is.LessThan(2 * plan.PredictedError), $"adjoint {b}");
                Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(ax.Slice(b)), forward), Is.LessThan(2 * plan.PredictedError), $"forward {b}");
            }
        }
    }

    [Test]
    public void A_grid_of_fewer_cells_than_the_window_is_gone_round([Values(1, 2, 3, 9)] int rows, [Values(1, 2, 4)] int columns, [Values(6, 9)] int width)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(40, rows, columns, 16);
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, new NufftAccuracy(2, width));
        Complex[] image = FourierTruth.Rounded(FourierTruth.Normals(rows * columns, 1)), samples = FourierTruth.Rounded(FourierTruth.Normals(points.Length / 2, 2));
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [rows, columns], image), ahy = scope.Like(x);
        Tensor y = FourierTruth.ToTensor(scope, DType.Complex64, [points.Length / 2], samples), ax = scope.Like(y);
        plan.Forward(x, ax);
        plan.Adjoint(y, ahy);

        // The prediction is a mean over positions; with few pixels and points the error may be twice as large.
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(ax), FourierTruth.Times(matrix, image)), Is.LessThan(2 * plan.PredictedError));
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(ahy), FourierTruth.AdjointTimes(matrix, samples)), Is.LessThan(2 * plan.PredictedError));
    }

    [Test]
    public void The_double_path_is_the_direct_sum([Values(6, 9)] int rows, [Values(5, 8)] int columns)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(300, rows, columns, 12);
        Complex[,] matrix = FourierTruth.Matrix(points, rows, columns);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, NufftAccuracy.Accurate);
        Complex[] image = FourierTruth.Normals(rows * columns, 1), samples = FourierTruth.Normals(points.Length / 2, 2);
        Tensor x = scope.From([rows, columns], image), y = scope.From([points.Length / 2], samples);
        Tensor ax = scope.Like(y), ahy = scope.Like(x);
        plan.Forward(x, ax);
        plan.Adjoint(y, ahy);

        // Same sums in another order: a few roundings of 1e-16, and phases of up to 10 turns.
        Assert.That(FourierTruth.RelativeError(ax.ToArray<Complex>(), FourierTruth.Times(matrix, image)), Is.LessThan(1e-14));
        Assert.That(FourierTruth.RelativeError(ahy.ToArray<Complex>(), FourierTruth.AdjointTimes(matrix, samples)), Is.LessThan(1e-14));
    }

    [Test]
    public void Grid_points_give_the_fft([Values] bool fast)
    {
        const int rows = 18, columns = 15;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = [.. Enumerable.Range(0, rows * columns).SelectMany(n => (double[])[(n % columns) - (columns / 2), (n / columns) - (rows / 2)])];
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, Preset(fast));
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [rows, columns], FourierTruth.Normals(rows * columns, 4));
        Tensor y = scope.New(DType.Complex64, plan.Range);
        plan.Forward(x, y);
        Fft.Forward(x, x);
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), FourierTruth.ToDoubles(x)), Is.LessThan(plan.PredictedError));
    }

    [Test]
    public void A_single_pixel_becomes_a_plane_wave([Values(0, 1, 77)] int pixel)
    {
        const int rows = 12, columns = 10;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = FourierTruth.Points(100, rows, columns, 13);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, NufftAccuracy.Accurate);
        var image = new Complex[rows * columns];
        image[pixel] = 1;
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [rows, columns], image), y = scope.New(DType.Complex64, plan.Range);
        plan.Forward(x, y);
        Complex[] wave = FourierTruth.Times(FourierTruth.Matrix(points, rows, columns), image);
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), wave), Is.LessThan(plan.PredictedError));
    }

    [Test]
    public void Coordinates_are_periodic_in_the_image_size()
    {
        const int rows = 8, columns = 9;
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        double[] points = [1.25, -3.5, -4.5, 4, 0.125, 2], shifted = [10.25, 4.5, 4.5, -4, -17.875, 18];
        using NufftPlan plan = NufftPlan.Create(device.Device, points, rows, columns, NufftAccuracy.Fast);
        using NufftPlan other = NufftPlan.Create(device.Device, shifted, rows, columns, NufftAccuracy.Fast);
        Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [rows, columns], FourierTruth.Normals(rows * columns, 4));
        Tensor a = scope.New(DType.Complex64, plan.Range), b = scope.Like(a);
        plan.Forward(x, a);
        other.Forward(x, b);
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(a), FourierTruth.ToDoubles(b)), Is.LessThan(1e-6));
    }

    [Test]
    public void The_adjoint_is_the_conjugate_transpose([Values] bool fast, [Values(7, 64)] int size, [Values(DType.Complex64, DType.Complex128)] DType type)
    {
        double[] points = FourierTruth.Points(150, size, size + 3, 14);
        using NufftPlan plan = NufftPlan.Create(device.Device, points, size, size + 3, Preset(fast));

        // Both sides use the same window values, so only rounding differs, amplified by the roll-off correction.
        double rounding = type == DType.Complex64 ? 6e-8 * plan.RollOffDynamicRange * 16 : 1e-13;
        Assert.That(FourierTruth.AdjointError(plan, type, seed: 5, device.Device), Is.LessThan(rounding));
    }

    [Test]
    public void The_threads_do_not_change_a_bit()
    {
        (Complex64[], Complex64[]) Run(int threads, int batch)
        {
            var cpu = new CpuDevice(threads);
            using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
            using NufftPlan plan = NufftPlan.Create(cpu, FourierTruth.Points(3000, 48, 56, 6), 48, 56, NufftAccuracy.Accurate);
            int points = plan.Range[0];
            Tensor x = FourierTruth.ToTensor(scope, DType.Complex64, [batch, 48, 56], FourierTruth.Normals(batch * 48 * 56, 1));
            Tensor y = FourierTruth.ToTensor(scope, DType.Complex64, [batch, points], FourierTruth.Normals(batch * points, 2));
            Tensor ax = scope.Like(y), ahy = scope.Like(x);
            plan.Forward(x, ax);
            plan.Adjoint(y, ahy);
            return (ax.Slice(0).ToArray<Complex64>(), ahy.Slice(0).ToArray<Complex64>());
        }

        (Complex64[] forward, Complex64[] adjoint) = Run(1, 1);
        foreach ((int threads, int batch) in ((int, int)[])[(2, 1), (8, 1), (8, 3)])
        {
            (Complex64[] otherForward, Complex64[] otherAdjoint) = Run(threads, batch);
            Assert.That(otherForward, Is.EqualTo(forward), $"forward, {threads} threads, batch {batch}");
            Assert.That(otherAdjoint, Is.EqualTo(adjoint), $"adjoint, {threads} threads, batch {batch}");
        }
    }

    [Test]
    public void Add_mode_adds_to_what_is_there([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        using NufftPlan plan = NufftPlan.Create(device.Device, FourierTruth.Points(20, 8, 8, 6), 8, 8, NufftAccuracy.Accurate);
        Tensor x = FourierTruth.ToTensor(scope, type, plan.Domain, FourierTruth.Normals(64, 1)), y = scope.New(type, plan.Range);
        plan.Forward(x, y);
        Complex[] once = FourierTruth.ToDoubles(y);
        plan.Forward(x, y, WriteMode.Add);
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(y), [.. once.Select(v => 2 * v)]), Is.LessThan(1e-7));
        Tensor back = scope.New(type, plan.Domain);
        plan.Adjoint(y, back);
        once = FourierTruth.ToDoubles(back);
        plan.Adjoint(y, back, WriteMode.Add);
        Assert.That(FourierTruth.RelativeError(FourierTruth.ToDoubles(back), [.. once.Select(v => 2 * v)]), Is.LessThan(1e-7));
    }
}
