using System.Numerics;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Gaussian blobs that each coil sees with its own weights: k-space in closed form at any point.</summary>
internal sealed class DelayedPhantom
{
    public const int Matrix = 64, Coils = 6;
    private const double Step = 0.5; // cycles per field of view between samples: twofold oversampling

    private readonly (double X, double Y, double Width, Complex[] Weights)[] _blobs;

    public DelayedPhantom(ulong seed, int blobs = 12)
    {
        var random = new CounterRandom(seed);
        _blobs = [.. Enumerable.Range(0, blobs).Select(i => (
            random.Uniform(5 * i, -0.35, 0.35) * Matrix,
            random.Uniform((5 * i) + 1, -0.35, 0.35) * Matrix,
            random.Uniform((5 * i) + 2, 0.02, 0.08) * Matrix,
            Enumerable.Range(0, Coils).Select(c => Weight(random, (i * Coils) + c)).ToArray()))];
    }

    /// <summary>Nominal points [spoke, readout, 2], the sample readout/2 at k = 0.</summary>
    public static Tensor Nominal(double[] angles, TensorScope scope) => RadialTrajectory.Points(
        angles, RadialTrajectory.ReadoutPositions(2 * Matrix), Matrix, Matrix, scope, DType.Float64).Reshape([angles.Length, 2 * Matrix, 2]);

    /// <summary>[coil, spoke, readout] measured with delays: at k + S n.</summary>
    public Tensor KSpace(double[] angles, GradientDelays delays, TensorScope scope)
    {
        Tensor result = scope.New(DType.Complex64, [Coils, angles.Length, 2 * Matrix]);
        Span<Complex64> all = result.Span<Complex64>();
        var sums = new Complex[Coils];
        for (int spoke = 0; spoke < angles.Length; spoke++)
        {
            (double sine, double cosine) = Math.SinCos(angles[spoke]);
            for (int t = 0; t < 2 * Matrix; t++)
            {
                double r = Step * (t - Matrix);
                double kx = (r * cosine) + (Step * ((delays.X * cosine) + (delays.XY * sine))), ky = (r * sine) + (Step * ((delays.XY * cosine) + (delays.Y * sine)));
                Array.Clear(sums);
                foreach ((double x, double y, double width, Complex[] weights) in _blobs)
                {
                    Complex wave = Complex.FromPolarCoordinates(
                        Math.Exp(-2 * Math.Pow(Math.PI * width / Matrix, 2) * ((kx * kx) + (ky * ky))), -2 * Math.PI * ((kx * x) + (ky * y)) / Matrix);
                    for (int coil = 0; coil < Coils; coil++)
                    {
                        sums[coil] += weights[coil] * wave;
                    }
                }

                for (int coil = 0; coil < Coils; coil++)
                {
                    all[(((coil * angles.Length) + spoke) * 2 * Matrix) + t] = Complex64.From(sums[coil]);
                }
            }
        }

        return result;
    }

    private static Complex Weight(CounterRandom random, int index)
    {
        (double re, double im) = random.NormalPair(1000 + index);
        return new Complex(1 + re, im);
    }
}
