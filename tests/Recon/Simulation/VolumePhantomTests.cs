using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class VolumePhantomTests
{
    [Test]
    public void The_transform_of_projections_is_the_direct_sum()
    {
        var random = new CounterRandom(8);
        const int count = 60, batch = 3;
        double[] positions = [.. Enumerable.Range(0, count).Select(i => random.Uniform(i, -11, 11))];
        float[] values = [.. Enumerable.Range(0, count * batch * 2).Select(i => (float)random.Normal(1000 + i))];
        double[] radius = RadialTrajectory.ReadoutPositions(31);
        float[] result = new SpokeProjection(radius, batch, 11).Compute(positions, values);
        double error = 0, norm = 0;
        for (int t = 0; t < radius.Length; t++)
        {
            for (int b = 0; b < batch; b++)
            {
                Complex sum = Complex.Zero;
                for (int n = 0; n < count; n++)
                {
                    int at = 2 * ((n * batch) + b);
                    sum += new Complex(values[at], values[at + 1]) * Complex.FromPolarCoordinates(1, -2 * Math.PI * radius[t] * positions[n]);
                }

                int i = 2 * ((t * batch) + b);
                error += Math.Pow((new Complex(result[i], result[i + 1]) - sum).Magnitude, 2);
                norm += Math.Pow(sum.Magnitude, 2);
            }
        }

        // The kernel errs near 1e-10; what remains is float32 accumulation over some 60 cells: a few 1e-7.
        Assert.That(Math.Sqrt(error / norm), Is.LessThan(1e-6));
    }

    [Test]
    public void K_space_is_the_sum_over_voxels_of_map_times_image()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ScanPlan plan = Plan();
        VolumePhantom phantom = Phantom(scope);
        Tensor data = phantom.KSpace(plan.Matrix, 1, plan.Partitions, plan.Angles, plan.Radius, scope);
        Assert.That(ErrorOf(data, phantom, plan, firstSlice: 1, scope), Is.LessThan(Rounding));
    }

    [Test]
    public void Displaced_spokes_are_the_sum_at_the_displaced_points()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ScanPlan plan = Plan() with { Delays = new GradientDelays(0.6, -0.3, 0.2) };
        VolumePhantom phantom = Phantom(scope);
        Assert.That(ErrorOf(phantom.KSpace(plan, 0, scope), phantom, plan, firstSlice: 0, scope), Is.LessThan(Rounding));
    }

    [TestCase(30)]
    [TestCase(6)]
    public void A_volume_that_breathes_is_the_sum_over_moved_voxels_past_coils_and_a_slab_that_stay(double amplitude)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ScanPlan plan = Plan() with { FirstPartition = 1, Delays = new GradientDelays(0.6, -0.3, 0.2), Breathing = new Breathing(amplitude, Period: 4, RepetitionTime: 0.5) };
        Assert.That(plan.Inhaled(1, 2), Is.GreaterThan(0.7), "the volume does breathe");
        VolumePhantom phantom = Phantom(scope);
        Tensor data = phantom.KSpace(plan, 0, scope);
        Assert.That(ErrorOf(data, phantom, plan, firstSlice: 0, scope), Is.LessThan(Rounding));
        Assert.That(ErrorOf(data, phantom, plan with { Breathing = new Breathing(0, 4, 0.5) }, firstSlice: 0, scope), Is.GreaterThan(0.01), "which matters");
    }

    [Test]
    public void Any_number_of_threads_gives_the_same_bits_of_a_volume_that_breathes()
    {
        float[] Run(int threads)
        {
            using var scope = new TensorScope(new CpuDevice(threads), MemoryOwner.Data);
            return Phantom(scope).KSpace(Plan() with { Breathing = new Breathing(30, 4, 0.5) }, 0, scope).RealSpan<float>().ToArray();
        }

        Assert.That(Run(3), Is.EqualTo(Run(1)));
    }

    private const double Rounding = 3e-6; // float32 sums of 256 voxels, and of the 31 terms of a coil

    private static VolumePhantom Phantom(TensorScope scope)
    {
        var random = new CounterRandom(3);
        Tensor volume = scope.From<float>([4, 7, 9], [.. Enumerable.Range(0, 252).Select(i => (float)random.Uniform(i))]);
        return new VolumePhantom(volume, 2, random.Stream("subject"));
    }

    private static ScanPlan Plan() => new()
    {
        Matrix = 8,
        Partitions = 3,
        Angles = [0.4, 1.9],
        Radius = RadialTrajectory.ReadoutPositions(8),
        FieldOfView = 400,
        Slab = 100,
    };

    /// <summary>Relative l2 distance from the definition: voxels of a grid twice as fine as the pixels that move between readouts.</summary>
    private static double ErrorOf(Tensor data, VolumePhantom phantom, ScanPlan plan, int firstSlice, TensorScope scope)
    {
        const int side = 16;
        int above = plan.Breathing.Amplitude > 0 ? 1 : 0; // a slice is 33 mm thick
        float[] voxels = phantom.Image(side, firstSlice, plan.Partitions + above, scope).ToArray<float>();
        double[] rows = [.. Enumerable.Range(0, side).Select(y => Enumerable.Range(0, voxels.Length).Where(i => i / side % side == y).Sum(i => (double)voxels[i]))];
        double front = (Array.FindIndex(rows, sum => sum >= 0.1 * rows.Max()) - 8) / 16.0, back = (Array.FindLastIndex(rows, sum => sum >= 0.1 * rows.Max()) - 8) / 16.0;
        double error = 0, norm = 0;
        for (int i = 0; i < data.Count; i++)
        {
            (int coil, int p, int spoke, int t) = (i / 48, i / 16 % 3, i / 8 % 2, i % 8);
            Complex sum = Complex.Zero;
            if (p >= plan.FirstPartition)
            {
                double time = ((spoke * (3 - plan.FirstPartition)) + p - plan.FirstPartition) * plan.Breathing.RepetitionTime;
                double way = plan.Breathing.Amplitude * Math.Pow(Math.Sin(Math.PI * time / plan.Breathing.Period), 4), stretch = 1 + (way / 4 / (400 * (back - front)));
                (double sine, double cosine) = Math.SinCos(plan.Angles[spoke]);
                double kx = 8 * ((plan.Radius[t] * cosine) + (((plan.Delays.X * cosine) + (plan.Delays.XY * sine)) / 8));
                double ky = 8 * ((plan.Radius[t] * sine) + (((plan.Delays.XY * cosine) + (plan.Delays.Y * sine)) / 8));
                for (int voxel = 0; voxel < voxels.Length; voxel++)
                {
                    double x = ((voxel % side) - 8) / 16.0, y = back + (stretch * ((((voxel / side % side) - 8) / 16.0) - back)), slice = (voxel / side / side) - (way / (100 / 3.0));
                    double inSlab = Math.Max(0, Math.Min(slice + 0.5, 2.5) - Math.Max(slice - 0.5, -0.5)), z = (slice - 1) / 3; // slices 0 to 2, from -0.5 to 2.5
                    sum += stretch * inSlab * voxels[voxel] * phantom.Coils.At(coil, x, y, z) * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((kx * x) + (ky * y) + ((p - 1) * z)));
                }
            }

            sum /= 4 * 8 * Math.Sqrt(3); // four fine voxels per pixel, orthonormal scale
            error += Math.Pow((data.Span<Complex64>()[i].ToComplex() - sum).Magnitude, 2);
            norm += Math.Pow(sum.Magnitude, 2);
        }

        return Math.Sqrt(error / norm);
    }
}
