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
    public void K_space_is_the_direct_sum_over_the_fine_grid_of_map_times_image()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(3);
        const int matrix = 8, partitions = 3, side = 16;
        Tensor volume = scope.From<float>([4, 7, 9], [.. Enumerable.Range(0, 252).Select(i => (float)random.Uniform(i))]);
        var phantom = new VolumePhantom(volume, 2, random.Stream("subject"));
        double[] angles = [0.4, 1.9], radius = RadialTrajectory.ReadoutPositions(8);
        Tensor data = phantom.KSpace(matrix, 1, partitions, angles, radius, scope);
        Tensor image = phantom.Image(side, 1, partitions, scope), maps = phantom.Coils.Maps(side, partitions, 0, partitions, scope);
        double error = 0, norm = 0;
        for (int i = 0; i < data.Count; i++)
        {
            (int coil, int p, int spoke, int t) = (i / 48, i / 16 % 3, i / 8 % 2, i % 8);
            Complex sum = Complex.Zero;
            for (int pixel = 0; pixel < side * side * partitions; pixel++)
            {
                int z = pixel / side / side;
                double x = ((pixel % side) - 8) / 16.0, y = ((pixel / side % side) - 8) / 16.0;
                double turns = (matrix * radius[t] * ((x * Math.Cos(angles[spoke])) + (y * Math.Sin(angles[spoke])))) + ((p - 1) * (z - 1) / 3.0);
                Complex map = maps.Span<Complex64>()[((((z * 2) + coil) * side * side) + (pixel % (side * side)))].ToComplex();
                sum += map * image.Span<float>()[pixel] * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
            }

            sum /= 4 * matrix * Math.Sqrt(3); // four fine voxels per pixel, orthonormal scale
            error += Math.Pow((data.Span<Complex64>()[i].ToComplex() - sum).Magnitude, 2);
            norm += Math.Pow(sum.Magnitude, 2);
        }

        Assert.That(Math.Sqrt(error / norm), Is.LessThan(2e-6)); // float32 sums of 256 terms
    }
}
