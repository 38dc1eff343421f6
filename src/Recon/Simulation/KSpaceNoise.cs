using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Receiver noise: complex Gaussian numbers, the same for any number of threads.</summary>
public static class KSpaceNoise
{
    private const int Grain = 4096;

    /// <summary>Adds noise n with E|n|² = deviation² to every sample.</summary>
    /// <param name="kSpace">Any shape, complex64.</param>
    /// <param name="deviation">Standard deviation of the complex noise, in the unit of the data. Under an orthonormal
    /// transform of fully sampled Cartesian data, an image pixel has the same deviation.</param>
    /// <param name="random">Sequence to draw from; sample i uses draw i.</param>
    public static void Add(Tensor kSpace, double deviation, CounterRandom random)
    {
        double component = deviation / Math.Sqrt(2);
        int row = kSpace.Shape.Rank == 0 ? 1 : kSpace.Shape[^1], rows = (int)(kSpace.Count / Math.Max(1, row));
        Tensor lines = kSpace.Reshape([rows, row]);
        ((CpuDevice)kSpace.Device).For(rows, Math.Max(1, Grain / Math.Max(1, row)), (start, end) =>
        {
            for (long line = start; line < end; line++)
            {
                Span<Complex64> samples = lines.Slice((int)line).Span<Complex64>();
                for (int i = 0; i < samples.Length; i++)
                {
                    (double re, double im) = random.NormalPair((line * row) + i);
                    samples[i] = new Complex64((float)(samples[i].Real + (component * re)), (float)(samples[i].Imaginary + (component * im)));
                }
            }
        });
    }

    /// <summary>Adds noise n with E n nᴴ = deviation² Ψ to the coils of every sample, independent from sample to sample.</summary>
    /// <param name="kSpace">[coil, ...], complex64.</param>
    /// <param name="deviation">Root mean square over coils, in the unit of the data.</param>
    /// <param name="noise">Covariance.</param>
    /// <param name="random">Sequence to draw from.</param>
    internal static void AddCorrelated(Tensor kSpace, double deviation, ReceiverNoise noise, CounterRandom random)
    {
        int coils = kSpace.Shape[0];
        long samples = kSpace.Count / coils;
        Complex[,] factor = noise.Factor;
        ((CpuDevice)kSpace.Device).For(samples, Grain / 8, (start, end) =>
        {
            int count = (int)(end - start);
            var white = new Complex[coils * count];
            for (int i = 0; i < white.Length; i++)
            {
                (double re, double im) = random.NormalPair(((start + (i % count)) * coils) + (i / count));
                white[i] = new Complex(re, im) * (deviation / Math.Sqrt(2));
            }

            for (int coil = 0; coil < coils; coil++)
            {
                Span<Complex64> line = kSpace.Slice(coil).Reshape([(int)samples]).Slice((int)start, count).Span<Complex64>();
                for (int other = 0; other <= coil; other++)
                {
                    Complex weight = factor[coil, other];
                    for (int i = 0; i < count; i++)
                    {
                        line[i] = Complex64.From(line[i].ToComplex() + (weight * white[(other * count) + i]));
                    }
                }
            }
        });
    }
}
