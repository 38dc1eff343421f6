using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PrewhiteningTests
{
    [Test]
    public void Whitened_noise_has_unit_covariance()
    {
        const int coils = 6, samples = 40_000;
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Complex[,] mixing = Random(coils, 1);
        Tensor scan = Noise(mixing, samples, 2, scope), data = Noise(mixing, samples, 3, scope);
        Complex[,] whitening = Prewhitening.Matrix(Prewhitening.NoiseCovariance(scan));
        CoilMixing.Apply(whitening, data, data);
        Complex[,] covariance = CoilMixing.Covariance(data);

        // Each entry of either covariance has a standard error of 1/sqrt(samples) of its scale; five of them, from both.
        double within = 5 * Math.Sqrt(2.0 / samples);
        for (int a = 0; a < coils; a++)
        {
            for (int b = 0; b < coils; b++)
            {
                Assert.That((covariance[a, b] - (a == b ? 1 : 0)).Magnitude, Is.LessThan(within), $"{a}, {b}");
            }
        }
    }

    [Test]
    public void Noise_of_a_scan_with_another_bandwidth_is_rescaled()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor scan = Noise(new Complex[,] { { 3 } }, 1000, 4, scope);
        double plain = Prewhitening.NoiseCovariance(scan)[0, 0].Real;
        Assert.That(Prewhitening.NoiseCovariance(scan, 2.5)[0, 0].Real, Is.EqualTo(2.5 * plain).Within(1e-12));
        Assert.That(Prewhitening.Matrix(new Complex[,] { { 4 } })[0, 0], Is.EqualTo(new Complex(0.5, 0)));
    }

    [Test]
    public void The_covariance_is_the_mean_of_the_outer_products_for_any_length_and_number_of_threads()
    {
        const int coils = 3, samples = 1337; // two chunks and a rest
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor noise = Noise(Random(coils, 5), samples, 6, scope);
        Complex[,] covariance = CoilMixing.Covariance(noise);
        Complex64[] y = noise.ToArray<Complex64>();
        for (int a = 0; a < coils; a++)
        {
            for (int b = 0; b < coils; b++)
            {
                Complex expected = Complex.Zero;
                double size = 0;
                for (int s = 0; s < samples; s++)
                {
                    Complex product = y[(a * samples) + s].ToComplex() * Complex.Conjugate(y[(b * samples) + s].ToComplex());
                    (expected, size) = (expected + (product / samples), size + (product.Magnitude / samples));
                }

                // 1024 products are added in eight or more lanes of floats: at most 128 roundings of 6e-8 each.
                Assert.That((covariance[a, b] - expected).Magnitude, Is.LessThan(128 * 6e-8 * size));
            }
        }
    }

    [Test]
    public void A_dead_coil_a_copied_coil_and_a_short_scan_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Complex[,] dead = { { 1, 0 }, { 0, 0 } }, copied = { { 1, 0 }, { 1, 0 } };
        foreach (Complex[,] mixing in new[] { dead, copied })
        {
            Complex[,] covariance = Prewhitening.NoiseCovariance(Noise(mixing, 500, 7, scope));
            Assert.That(() => Prewhitening.Matrix(covariance), Throws.TypeOf<InputException>().With.Message.Contains("coil 1"));
        }

        Assert.That(() => Prewhitening.NoiseCovariance(scope.Zeros(DType.Complex64, [4, 7])), Throws.TypeOf<InputException>().With.Message.Contains("at least 8"));
        Assert.That(() => Prewhitening.NoiseCovariance(scope.Zeros(DType.Complex64, [1, 7]), 0), Throws.TypeOf<InputException>().With.Message.Contains("bandwidth"));
    }

    /// <summary>mixing · white noise, E|white|² = 1.</summary>
    internal static Tensor Noise(Complex[,] mixing, int samples, ulong seed, TensorScope scope)
    {
        Tensor noise = scope.Zeros(DType.Complex64, [mixing.GetLength(0), samples]);
        KSpaceNoise.Add(noise, 1, new CounterRandom(seed));
        CoilMixing.Apply(mixing, noise, noise);
        return noise;
    }

    internal static Complex[,] Random(int n, ulong seed)
    {
        var random = new CounterRandom(seed);
        var matrix = new Complex[n, n];
        for (int i = 0; i < n * n; i++)
        {
            (double re, double im) = random.NormalPair(i);
            matrix[i / n, i % n] = new Complex(re, im);
        }

        return matrix;
    }
}
