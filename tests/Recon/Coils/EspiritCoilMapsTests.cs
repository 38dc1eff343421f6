using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;
using static Stardeq.Tests.CoilMapScan;

namespace Stardeq.Tests;

/// <summary>Coil maps of simulated volumes, from k-space to unit vectors.</summary>
public sealed class EspiritCoilMapsTests
{
    [Test]
    public void Maps_of_a_simulation_are_the_true_maps_up_to_a_common_phase()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 1);
        scan.AssertTrue(scan.Estimate(new EspiritSettings(), Device.Cpu, scope));
    }

    [Test]
    public void Maps_are_unit_vectors_inside_the_support_and_zero_outside_with_one_smooth_phase_for_all_slices()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 3);
        scan.AssertUnitVectors(scan.Estimate(new EspiritSettings(), Device.Cpu, scope), least: 0.25, most: 0.75); // a rim that the calibration region cannot tell from the abdomen
    }

    [Test]
    public void The_matrix_of_a_pixel_is_the_transform_of_cutting_projecting_and_putting_back()
    {
        // Any k-space will do; the calibration region is all of a periodic k-space of the size of the image.
        const int coils = 2, width = 8, side = 3, pixels = width * width;
        Complex[] numbers = FourierTruth.Normals(coils * pixels, 3);
        Complex[][] grid = [numbers[..pixels], numbers[pixels..]];
        EspiritKernels kernels = EspiritKernels.Of(grid, width, new EspiritSettings { Calibration = width, Kernel = side, Threshold = 0.5 });
        Assert.That(kernels.Kept, Is.InRange(2, (side * side * coils) - 1), "a projection that is not the identity");

        // Π applied twice is Π: the lags with only one pair of positions are single entries of Π, whose trace is the dimension.
        Complex trace = Enumerable.Range(0, coils).Aggregate(Complex.Zero, (sum, c) => sum + kernels.Lags[((((2 * 5) + 2) * coils + c) * coils) + c]);
        Assert.That(trace.Real * side * side, Is.EqualTo(kernels.Kept).Within(1e-9));

        // At every pixel the matrix of the sum over lags is Hermitian with eigenvalues from 0 to 1.
        for (int row = 0; row < width; row++)
        {
            var pixel = new HermitianPixel(kernels.AlongRow(2 * Math.PI * (row - 4) / width), coils, kernels.Reach);
            for (int column = 0; column < width; column++)
            {
                pixel.MoveTo(2 * Math.PI * (column - 4) / width);
                double value = pixel.DominantVector([Complex.One, new Complex(0.3, 0.4)]);
                Assert.That(value, Is.InRange(0, 1 + 1e-9));
                Complex[] expected = Direct(kernels, row - 4, column - 4, pixel.Vector);
                Assert.That(expected.Zip(pixel.Vector, (a, b) => (a - (value * b)).Magnitude).Max(), Is.LessThan(1e-3), "an eigenvector, after at most 30 iterations");
            }
        }
    }

    [Test]
    public void Every_device_grids_the_same_calibration([ValueSource(typeof(TestDevices), nameof(TestDevices.All))] TestDevice on)
    {
        // Twenty conjugate-gradient steps on well-determined equations: rounding of float32, 1e-7, grows by the condition, some 100.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] points = RadialTrajectory.Points(RadialTrajectory.Angles(SpokeOrder.Golden, 14), RadialTrajectory.ReadoutPositions(16, halfShift: false), 16, 16, scope, DType.Float64).ToArray<double>();
        double[] weights = [.. Enumerable.Range(0, points.Length / 2).Select(i => 0.1 + Math.Sqrt((points[2 * i] * points[2 * i]) + (points[(2 * i) + 1] * points[(2 * i) + 1])))];
        Tensor k = scope.From([points.Length / 2, 2], points), y = Sample.Normal(scope, DType.Complex64, [1, 2, points.Length / 2], 2);
        Tensor here = GriddedCalibration.Compute(y, k, weights, 4, on.Device, scope), reference = GriddedCalibration.Compute(y, k, weights, 4, new CpuDevice(1), scope);
        Assert.That(Fixtures.RelativeError(here, reference), Is.LessThan(1e-5));
    }

    [Test]
    public void Gridded_calibration_is_k_space_on_the_grid()
    {
        // k-space of an image of 20 pixels: the samples lie on 60 spokes, the grid values are those of the definition.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int n = 20, width = 8;
        Complex[] image = FourierTruth.Normals(n * n, 4);
        double[] points = RadialTrajectory.Points(RadialTrajectory.Angles(SpokeOrder.Golden, 60), RadialTrajectory.ReadoutPositions(2 * n, halfShift: false), n, n, scope, DType.Float64).ToArray<double>();
        double[] grid = [.. Enumerable.Range(0, width * width).SelectMany(i => new double[] { (i % width) - (width / 2), (i / width) - (width / 2) })];
        Complex[] samples = FourierTruth.Times(FourierTruth.Matrix(points, n, n), image), expected = FourierTruth.Times(FourierTruth.Matrix(grid, n, n), image);
        double[] weights = RadialDensity.Voronoi(SpokeGeometry.Radial(RadialTrajectory.Angles(SpokeOrder.Golden, 60), RadialTrajectory.ReadoutPositions(2 * n, halfShift: false)), n, n);
        Tensor y = scope.From([1, 1, samples.Length], Array.ConvertAll(samples, Complex64.From));
        Tensor kept = GriddedCalibration.Compute(y, scope.From([points.Length / 2, 2], points), weights, width, Device.Cpu, scope);
        Complex[] values = Array.ConvertAll(kept.ToArray<Complex64>(), v => v.ToComplex());

        // White noise over the whole field of view is the worst image: what lies beyond the margin of 4 cycles leaks in by some per cent; a shift of one
        // grid point, a flip or a conjugate would be an error of order 1.
        Assert.That(FourierTruth.RelativeError(values, expected), Is.LessThan(0.1));
    }

    [Test]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        var runs = new List<float[]>();
        foreach (int threads in new[] { 1, 3 })
        {
            var device = new CpuDevice(threads);
            using var scope = new TensorScope(device, MemoryOwner.Data);
            var scan = new CoilMapScan(scope, slices: 2);
            runs.Add(scan.Estimate(new EspiritSettings(), device, scope).AsReal().ToArray<float>());
        }

        Assert.That(runs[1], Is.EqualTo(runs[0]));
    }

    [Test]
    public void What_cannot_be_estimated_is_refused_with_the_reason()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 1);
        void Refused(EspiritSettings settings, string reason) =>
            Assert.That(() => scan.Estimate(settings, Device.Cpu, scope), Throws.TypeOf<InputException>().With.Message.Contains(reason));
        Refused(new EspiritSettings { Calibration = 23 }, "even");
        Refused(new EspiritSettings { Calibration = N + 2 }, "width of k-space");
        Refused(new EspiritSettings { Kernel = 25 }, "kernel");
        Refused(new EspiritSettings { Threshold = 0 }, "threshold");
        Refused(new EspiritSettings { Crop = 1 }, "crop");
        scan.KSpace.Span<Complex64>()[(Spokes / 2 * 2 * N) + N] = new Complex64(float.NaN, 0);
        Refused(new EspiritSettings(), "NaN");
        scan.Points = scope.From(scan.Points.Shape, Array.ConvertAll(scan.Points.ToArray<double>(), k => k + 100));
        Refused(new EspiritSettings { Calibration = 2, Kernel = 2 }, "no sample");
    }

    /// <summary>Σ_lag exp(2πi lag·n/N) K[lag] v, from the formula.</summary>
    private static Complex[] Direct(EspiritKernels kernels, int y, int x, Complex[] v)
    {
        int coils = kernels.Coils, lags = (2 * kernels.Reach) + 1;
        var result = new Complex[coils];
        for (int i = 0; i < lags * lags; i++)
        {
            var phase = Complex.FromPolarCoordinates(1, 2 * Math.PI / 8 * ((((i / lags) - kernels.Reach) * y) + (((i % lags) - kernels.Reach) * x)));
            for (int c = 0; c < coils; c++)
            {
                for (int d = 0; d < coils; d++)
                {
                    result[c] += phase * kernels.Lags[(((i * coils) + c) * coils) + d] * v[d];
                }
            }
        }

        return result;
    }
}
