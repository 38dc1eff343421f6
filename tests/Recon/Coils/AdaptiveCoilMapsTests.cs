using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class AdaptiveCoilMapsTests
{
    [Test]
    public void Maps_of_clean_images_are_the_true_maps_up_to_a_common_phase()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int n = 48, coils = 4;
        ExponentialCoils truth = ExponentialCoils.Fit(coils, new CounterRandom(2));
        Tensor maps = truth.Maps(n, 8, 4, 1, scope), images = scope.Zeros(DType.Complex64, [1, coils, n, n]);
        for (int i = 0; i < n * n; i++)
        {
            double x = ((i % n) - (n / 2)) / (double)n, y = ((i / n) - (n / 2)) / (double)n;
            float density = (x * x / 0.16) + (y * y / 0.09) < 1 ? 1 : 0;
            for (int c = 0; c < coils; c++)
            {
                Complex64 s = maps.Span<Complex64>()[(c * n * n) + i];
                images.Span<Complex64>()[(c * n * n) + i] = new Complex64(density * s.Real, density * s.Imaginary);
            }
        }

        Tensor estimated = AdaptiveCoilMaps.FromImages(images, new CoilMapSettings(), scope);
        int inside = 0;
        for (int i = 0; i < n * n; i++)
        {
            double power = Power(estimated, i, n * n, coils);
            if (power == 0)
            {
                Assert.That(Power(images, i, n * n, coils), Is.LessThan(0.1), "only dark pixels lie outside the support");
                continue;
            }

            inside++;
            Assert.That(power, Is.EqualTo(1).Within(1e-5)); // float storage of unit vectors
            if (Power(images, i, n * n, coils) > 0)
            {
                // Over a 5 x 5 window the maps turn a little; their mean direction stays within a few per cent.
                Complex overlap = Enumerable.Range(0, coils).Aggregate(Complex.Zero, (sum, c) => sum + (Complex.Conjugate(At(estimated, i, c, n)) * At(maps, i, c, n)));
                Assert.That(overlap.Magnitude / Math.Sqrt(Power(maps, i, n * n, coils)), Is.GreaterThan(0.97));
            }
        }

        Assert.That(inside, Is.EqualTo(Math.PI * 0.4 * 0.3 * n * n).Within(8).Percent);
    }

    [Test]
    public void The_phase_is_smooth_and_the_same_for_neighbouring_slices()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int n = 32, coils = 4;
        ExponentialCoils truth = ExponentialCoils.Fit(coils, new CounterRandom(2));
        Tensor images = truth.Maps(n, 16, 7, 2, scope); // a uniform object: the images are the maps, two thin slices
        Tensor estimated = AdaptiveCoilMaps.FromImages(images, new CoilMapSettings(), scope);
        for (int i = 0; i < n * n; i++)
        {
            double x = ((i % n) - (n / 2)) / (double)n, y = ((i / n) - (n / 2)) / (double)n;
            if ((x * x / 0.16) + (y * y / 0.09) < 1)
            {
                double step = Enumerable.Range(0, coils).Sum(c => Square(At(estimated, i, c, n) - At(estimated, i + 1, c, n)));
                double across = Enumerable.Range(0, coils).Sum(c => Square(At(estimated, i, c, n) - At(estimated.Slice(1), i, c, n)));
                Assert.That(step, Is.LessThan(0.35), $"pixel {i % n}, {i / n}: a jump of the phase would give 4");
                Assert.That(across, Is.LessThan(0.35));
            }
        }
    }

    [Test]
    public void A_dark_organ_inside_the_body_belongs_to_the_support()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor images = scope.Zeros(DType.Complex64, [1, 1, 16, 16]);
        for (int i = 0; i < 256; i++)
        {
            bool body = i % 16 is > 2 and < 13 && i / 16 is > 2 and < 13, organ = i % 16 is > 6 and < 9 && i / 16 is > 6 and < 9;
            images.Span<Complex64>()[i] = new Complex64(body && !organ ? 1 : 0, 0);
        }

        bool[] mask = SupportMask.Compute(images, 0.05)[0];
        Assert.That(mask.Count(m => m), Is.EqualTo(100));
        Assert.That(mask[(7 * 16) + 7], Is.True);
    }

    [TestCase(3)]
    [TestCase(11)]
    public void Maps_are_the_dominant_eigenvectors_of_the_covariance_of_their_neighbourhood(int coils)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        const int rows = 12, columns = 9, half = 2;
        var random = new CounterRandom(5);
        Tensor images = scope.Zeros(DType.Complex64, [1, coils, rows, columns]);
        for (int i = 0; i < coils * rows * columns; i++)
        {
            // Coil c sees every pixel with the strength 1 + c and up to 0.3 of something of its own.
            images.Span<Complex64>()[i] = new Complex64(1 + (i / (rows * columns)) + (float)random.Uniform(i, -0.3, 0.3), (float)random.Uniform(i + 100000, -0.3, 0.3));
        }

        Tensor estimated = AdaptiveCoilMaps.FromImages(images, new CoilMapSettings { HalfWindow = half }, scope);
        for (int pixel = 0; pixel < rows * columns; pixel++)
        {
            Complex[] expected = DominantVector(images, pixel, half);
            Complex overlap = Enumerable.Range(0, coils).Aggregate(Complex.Zero, (sum, c) =>
                sum + (Complex.Conjugate(estimated.Span<Complex64>()[(c * rows * columns) + pixel].ToComplex()) * expected[c]));
            Assert.That(overlap.Magnitude, Is.EqualTo(1).Within(1e-6), $"pixel {pixel}"); // unit vectors stored as float
        }
    }

    /// <summary>By forming Σ x xᴴ and multiplying with it until nothing changes: the second eigenvalue is below a tenth of the first.</summary>
    private static Complex[] DominantVector(Tensor images, int pixel, int half)
    {
        (int coils, int rows, int columns) = (images.Shape[1], images.Shape[2], images.Shape[3]);
        var covariance = new Complex[coils, coils];
        for (int y = Math.Max(0, (pixel / columns) - half); y <= Math.Min(rows - 1, (pixel / columns) + half); y++)
        {
            for (int x = Math.Max(0, (pixel % columns) - half); x <= Math.Min(columns - 1, (pixel % columns) + half); x++)
            {
                Complex[] seen = [.. Enumerable.Range(0, coils).Select(c => images.Span<Complex64>()[(((c * rows) + y) * columns) + x].ToComplex())];
                for (int c = 0; c < coils * coils; c++)
                {
                    covariance[c / coils, c % coils] += seen[c / coils] * Complex.Conjugate(seen[c % coils]);
                }
            }
        }

        Complex[] vector = [.. Enumerable.Repeat(Complex.One, coils)];
        for (int step = 0; step < 30; step++)
        {
            Complex[] next = [.. Enumerable.Range(0, coils).Select(r => Enumerable.Range(0, coils).Aggregate(Complex.Zero, (sum, c) => sum + (covariance[r, c] * vector[c])))];
            double norm = Math.Sqrt(next.Sum(Square));
            vector = [.. next.Select(value => value / norm)];
        }

        return vector;
    }

    private static double Power(Tensor maps, int pixel, int pixels, int coils) =>
        Enumerable.Range(0, coils).Sum(c => Square(maps.Span<Complex64>()[(c * pixels) + pixel].ToComplex()));

    private static Complex At(Tensor maps, int pixel, int coil, int n) => maps.Span<Complex64>()[(coil * n * n) + pixel].ToComplex();

    private static double Square(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}
