using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CoilCompressionTests
{
    private const int Coils = 8, Samples = 700;

    [TestCase(CompressionKind.Svd)]
    [TestCase(CompressionKind.Geometric)]
    public void Data_of_three_sources_keep_all_their_energy_in_three_virtual_coils(CompressionKind kind)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor slices = Sources(4, 3, turning: 0, scope);
        CompressedCoils compressed = CoilCompression.Run(slices, kind, 0, 1 - 1e-6, scope);
        Assert.That(compressed.Data.Shape, Is.EqualTo(Shape.Create([4, 3, Samples])));
        Assert.That(compressed.LeastKept, Is.EqualTo(1).Within(1e-5)); // single-precision covariances of 700 samples

        // Orthonormal combinations that keep all energy keep every sample's sum of squares.
        Assert.That(Energies(compressed.Data), Is.EqualTo(Energies(slices)).Within(1e-4));
    }

    [Test]
    public void Geometric_compression_follows_coils_that_turn_from_slice_to_slice()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor slices = Sources(6, 2, turning: 0.15, scope);
        CompressedCoils fixedCoils = CoilCompression.Run(slices, CompressionKind.Svd, 2, 1, scope);
        CompressedCoils turned = CoilCompression.Run(slices, CompressionKind.Geometric, 2, 1, scope);
        Assert.That(fixedCoils.LeastKept, Is.LessThan(0.99));
        Assert.That(turned.LeastKept, Is.GreaterThan(1 - 1e-5));
    }

    [Test]
    public void Neighbouring_slices_get_the_nearest_of_all_bases_of_their_span()
    {
        // A basis times any unitary matrix is aligned back to the basis: the Procrustes problem has that exact solution.
        Complex[,] orthonormal = Stardeq.Kernels.HermitianEigen.Decompose(Hermitian(5)).Vectors, turn = Stardeq.Kernels.HermitianEigen.Decompose(Hermitian(5, 9)).Vectors;
        Complex[,] aligned = CoilCompression.Aligned(CoilMixing.Product(orthonormal, turn), orthonormal);
        for (int i = 0; i < 25; i++)
        {
            Assert.That((aligned[i / 5, i % 5] - orthonormal[i / 5, i % 5]).Magnitude, Is.LessThan(1e-13));
        }
    }

    [Test]
    public void Numbers_that_make_no_sense_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor slices = Sources(1, 2, 0, scope);
        Assert.That(() => CoilCompression.Run(slices, CompressionKind.Svd, Coils + 1, 1, scope), Throws.TypeOf<InputException>().With.Message.Contains("1 to 8"));
        Assert.That(() => CoilCompression.Run(slices, CompressionKind.Svd, 0, 1.5, scope), Throws.TypeOf<InputException>());
    }

    /// <summary>Random signals of a few sources, seen by coils whose weights turn by an angle per slice.</summary>
    private static Tensor Sources(int volume, int sources, double turning, TensorScope scope)
    {
        var random = new CounterRandom(8);
        Tensor slices = scope.New(DType.Complex64, [volume, Coils, Samples]);
        for (int z = 0; z < volume; z++)
        {
            Tensor signals = PrewhiteningTests.Noise(Identity(sources), Samples, (ulong)(20 + z), scope);
            var weights = new Complex[Coils, sources];
            for (int i = 0; i < weights.Length; i++)
            {
                (double re, double im) = random.NormalPair(i);
                (double otherRe, double otherIm) = random.NormalPair(1000 + i);
                weights[i / sources, i % sources] = (Math.Cos(z * turning) * new Complex(re, im)) + (Math.Sin(z * turning) * new Complex(otherRe, otherIm));
            }

            CoilMixing.Apply(weights, signals, slices.Slice(z));
        }

        return slices;
    }

    private static double[] Energies(Tensor slices)
    {
        double[] energies = new double[slices.Shape[0] * Samples];
        Complex64[] all = slices.ToArray<Complex64>();
        for (int i = 0; i < all.Length; i++)
        {
            double size = all[i].ToComplex().Magnitude;
            energies[(i / Samples / slices.Shape[1] * Samples) + (i % Samples)] += size * size;
        }

        double largest = energies.Max();
        return Array.ConvertAll(energies, e => e / largest);
    }

    private static Complex[,] Identity(int n)
    {
        var one = new Complex[n, n];
        for (int i = 0; i < n; i++)
        {
            one[i, i] = 1;
        }

        return one;
    }

    private static Complex[,] Hermitian(int n, ulong seed = 4)
    {
        Complex[,] random = PrewhiteningTests.Random(n, seed);
        return CoilMixing.Product(random, CoilMixing.Adjoint(random));
    }
}
