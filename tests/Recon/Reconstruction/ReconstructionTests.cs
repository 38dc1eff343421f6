using System.Numerics;
using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class ReconstructionTests(TestDevice device)
{
    [Test]
    public void Gridding_of_complete_data_without_noise_has_the_amplitude_of_the_object()
    {
        const int N = 32, Spokes = 64; // above the radial Nyquist number π/2 · 32 = 51
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] object2d = [.. Enumerable.Range(0, N * N).Select(i =>
        {
            double x = (i % N) - 18, y = (i / N) - 14;
            return Math.Exp(-((x * x / 18) + (y * y / 10)));
        })];
        Tensor maps = ConstantMaps(scope, N);
        (RadialEncoding encoding, Tensor data) = Acquire(scope, object2d, maps, N, N, Spokes, new EncodingSettings { Density = DensityRule.Ramp });
        using (encoding)
        {
            SliceProblem slice = EncodingBuilder.Build("a", data, maps, new SliceEncodings(encoding), new EncodingSettings(), scope);
            Reconstruction result = new GriddingReconstructor().Run([slice], device.Device, scope, NoProgress.Instance, CancellationToken.None);
            double[] image = Sample.Scalars(result.Unscaled(scope).Slice(0));

            // The trapezoid rule along a spoke misses h²/12 of the slope of |k| F at k = 0 and the disc at the centre adds
            // h²/4 of it: F is counted π h² / 12 too much at k = 0, h = 1/2 a cycle, which is a constant background of
            // that part of the mean. The next term, 2π · 3 h⁴ / 720 of the curvature of F, is 7e-4 at the corner farthest
            // from the object, and AreaScale counts the centre's disc, h² / 4R² = 2.4e-4; half as much again for the rest.
            double background = Math.PI * 0.25 / 12 * object2d.Average();
            double[] errors = [.. object2d.Select((value, i) => Math.Max(Math.Abs(image[2 * i] - value - background), Math.Abs(image[(2 * i) + 1])))];
            Assert.That(errors.Max(), Is.LessThan(1.5 * (7e-4 + 2.4e-4)));
        }
    }

    [Test]
    public void CG_SENSE_is_the_dense_solution_of_the_normal_equations()
    {
        const int Rows = 8, Columns = 8, Pixels = Rows * Columns, Coils = 2;
        const double Lambda = 0.1;
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor maps = scope.New(DType.Complex64, [Coils, Rows, Columns]);
        RandomFill.Normal(maps, new CounterRandom(4), 0.4);
        double[] object2d = [.. Enumerable.Range(0, Pixels).Select(i => new CounterRandom(5).Normal(i))];
        (RadialEncoding encoding, Tensor data) = Acquire(scope, object2d, maps, Rows, Columns, 6, new EncodingSettings());
        using (encoding)
        {
            SliceProblem slice = EncodingBuilder.Build("a", data, maps, new SliceEncodings(encoding), new EncodingSettings(), scope);
            Reconstruction result = new CgSenseReconstructor(Lambda, 100).Run([slice], device.Device, scope, NoProgress.Instance, CancellationToken.None);

            // (Σ_c S̄_c Fᴴ W F S_c + λ) x = b with the exponentials written out.
            double[] points = encoding.Points.ToArray<double>(), weights = Sample.Scalars(encoding.Weights);
            Complex[] s = Complexes(maps);
            var matrix = new Complex[Pixels, Pixels + 1];
            for (int i = 0; i < Pixels; i++)
            {
                for (int j = 0; j < Pixels; j++)
                {
                    Complex transform = 0;
                    for (int m = 0; m < weights.Length; m++)
                    {
                        double phase = 2 * Math.PI * ((points[2 * m] * ((i % Columns) - (j % Columns)) / Columns) + (points[(2 * m) + 1] * ((i / Columns) - (j / Columns)) / Rows));
                        transform += weights[m] * Complex.FromPolarCoordinates(1, phase) / Pixels;
                    }

                    Complex coils = Enumerable.Range(0, Coils).Aggregate(Complex.Zero, (sum, c) => sum + (Complex.Conjugate(s[(c * Pixels) + i]) * s[(c * Pixels) + j]));
                    matrix[i, j] = (transform * coils) + (i == j ? Lambda : 0);
                }

                matrix[i, Pixels] = Complexes(slice.B)[i];
            }

            Complex[] expected = Eliminate(matrix, Pixels);
            Complex[] actual = Complexes(result.Images);
            double error = Math.Sqrt(actual.Zip(expected, (a, b) => (a - b).Magnitude * (a - b).Magnitude).Sum());
            double size = Math.Sqrt(expected.Sum(v => v.Magnitude * v.Magnitude)), rhs = Math.Sqrt(Complexes(slice.B).Sum(v => v.Magnitude * v.Magnitude));

            // The residual of 1e-6 |b| and the operator's float32 error of some 1e-6 |x| are divided by at least λ.
            Assert.That(error, Is.LessThan(((1e-6 * rhs) + (2e-6 * size)) / Lambda));
        }
    }

    [Test]
    public void Metrics_are_those_of_each_subject_as_one_volume_weighted_by_its_slices([Values] DataRange range)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor images = Sample.Normal(scope, DType.Complex64, [3, 9, 8], 1), targets = Sample.Normal(scope, DType.Complex64, [3, 9, 8], 2);
        double[] scales = [2, 3, 5]; // a subject's slices have scales of their own
        string[] subjects = ["a", "b", "a"];
        SliceProblem[] slices = [.. Enumerable.Range(0, 3).Select(s => new SliceProblem
        {
            Subject = subjects[s],
            Maps = images,
            Support = images,
            Spectrum = images,
            B = images.Slice(s),
            Target = targets.Slice(s),
            Scale = scales[s],
            AreaScale = 1,
        })];
        ImageMetrics actual = new Reconstruction(slices, images, [], 0).Compare(range);
        ImageMetrics a = Metrics.Compare(Volume(scope, images, scales, 0, 2), Volume(scope, targets, scales, 0, 2), range);
        ImageMetrics b = Metrics.Compare(Volume(scope, images, scales, 1), Volume(scope, targets, scales, 1), range);
        foreach (Func<ImageMetrics, double> metric in new Func<ImageMetrics, double>[] { m => m.Mse, m => m.Nmse, m => m.Psnr, m => m.Ssim })
        {
            Assert.That(metric(actual), Is.EqualTo(((2 * metric(a)) + metric(b)) / 3).Within(1e-14 * Math.Abs(metric(a)) + 1e-14));
        }
    }

    [Test]
    public void The_tuned_regularisation_is_the_best_of_its_candidates()
    {
        using var tiny = new TinyTraining(device: device.Device);
        CgSenseReconstructor tuned = CgSenseReconstructor.Tuned(tiny.Training, device.Device, 10, DataRange.VolumeMaximum, NoProgress.Instance, CancellationToken.None);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double Psnr(double lambda) => (tuned with { Regularisation = lambda }).Run(tiny.Training, device.Device, scope, NoProgress.Instance, CancellationToken.None).Compare(DataRange.VolumeMaximum).Psnr;
        Assert.That(Psnr(tuned.Regularisation), Is.EqualTo(CgSenseReconstructor.Candidates.Max(Psnr)));
    }

    [Test]
    public void A_stopped_reconstruction_throws_between_slices()
    {
        using var tiny = new TinyTraining(device: device.Device);
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.That(() => new GriddingReconstructor().Run(tiny.Training, device.Device, scope, NoProgress.Instance, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Two coils of 0.6 and 0.8 i everywhere: Σ|S|² = 1.</summary>
    private static Tensor ConstantMaps(TensorScope scope, int side)
    {
        Tensor maps = scope.New(DType.Complex64, [2, side, side]);
        maps.Slice(0).Span<Complex64>().Fill(new Complex64(0.6f, 0));
        maps.Slice(1).Span<Complex64>().Fill(new Complex64(0, 0.8f));
        return maps;
    }

    /// <summary>The sampling of uniform spokes and A x of a real object.</summary>
    private (RadialEncoding Encoding, Tensor Data) Acquire(
        TensorScope scope, double[] object2d, Tensor maps, int rows, int columns, int spokes, EncodingSettings settings)
    {
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Uniform, spokes), radius = RadialTrajectory.ReadoutPositions(2 * columns);
        var encoding = new RadialEncoding(SpokeGeometry.Radial(angles, radius), [.. Enumerable.Range(0, spokes)], rows, columns, settings, device.Device);
        using var work = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor image = work.From([rows, columns], object2d.Select(v => new Complex64((float)v, 0)).ToArray());
        var forward = new ModulatedNufft(encoding.Plan, work.Bring(maps));
        Tensor data = work.New(DType.Complex64, forward.Range);
        forward.Forward(image, data);
        return (encoding, scope.Clone(data));
    }

    private static Complex[] Complexes(Tensor tensor) => [.. Sample.Scalars(tensor).Chunk(2).Select(pair => new Complex(pair[0], pair[1]))];

    private static Tensor Volume(TensorScope scope, Tensor images, double[] scales, params int[] members)
    {
        Tensor volume = scope.New(images.DType, [members.Length, .. images.Shape[1..]]);
        for (int i = 0; i < members.Length; i++)
        {
            Scale.Run(scales[members[i]], images.Slice(members[i]), volume.Slice(i));
        }

        return volume;
    }

    /// <summary>Gaussian elimination of a positive definite system with its right-hand side as the last column.</summary>
    private static Complex[] Eliminate(Complex[,] a, int n)
    {
        for (int pivot = 0; pivot < n; pivot++)
        {
            for (int row = 0; row < n; row++)
            {
                Complex factor = row == pivot ? 0 : a[row, pivot] / a[pivot, pivot];
                for (int column = pivot; column <= n; column++)
                {
                    a[row, column] -= factor * a[pivot, column];
                }
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i])];
    }
}
