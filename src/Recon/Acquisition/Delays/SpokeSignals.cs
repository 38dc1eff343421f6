using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Directions of spokes and their signal near the centre of k-space, between the samples.</summary>
internal sealed class SpokeSignals
{
    private const int PerSample = 8;      // table steps; cubic interpolation between them is good to 1e-3 of the highest frequency
    private const int StrongestCoils = 8; // virtual coils; more cost time and hold little but noise
    private readonly int _reach;
    private readonly Complex[][] _table;  // [spoke][step, coil]

    /// <summary>Prepares spokes of one partition.</summary>
    /// <param name="kSpace">[coil, spoke, readout] complex64, in host memory.</param>
    /// <param name="points">[spoke, readout, 2] float64, nominal, cycles per field of view.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="reach">Largest distance from the nominal centre that is looked at, in samples.</param>
    /// <exception cref="InputException">A spoke does not pass the nominal centre, or there is no signal.</exception>
    public SpokeSignals(Tensor kSpace, Tensor points, int rows, int columns, int reach)
    {
        _reach = reach;
        (int spokes, Readout) = (kSpace.Shape[1], kSpace.Shape[2]);
        Coils = Math.Min(StrongestCoils, kSpace.Shape[0]);
        Directions = new (double, double)[spokes];
        Centres = new double[spokes];
        Samples = Strongest(kSpace, Coils);
        _table = new Complex[spokes][];
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            ReadOnlySpan<double> line = points.Slice(spoke).Span<double>();
            double x = line[0] / columns, y = line[1] / rows, stepX = ((line[^2] / columns) - x) / (Readout - 1), stepY = ((line[^1] / rows) - y) / (Readout - 1);
            double step = Math.Sqrt((stepX * stepX) + (stepY * stepY));
            Directions[spoke] = (stepX / step, stepY / step);
            Centres[spoke] = -((x * stepX) + (y * stepY)) / (step * step);
            if (!(Centres[spoke] >= reach && Centres[spoke] <= Readout - 1 - reach))
            {
                throw new InputException($"gradient delays: spoke {spoke} reaches k = 0 at sample {Centres[spoke]:0.0} of {Readout}; full diameters were expected. Give the delays as numbers, or none.");
            }
        }

        ((CpuDevice)kSpace.Device).For(spokes, spoke => _table[spoke] = Table(spoke));
    }

    /// <summary>Unit vectors of traversal.</summary>
    public (double X, double Y)[] Directions { get; }

    /// <summary>Fractional index of the nominal centre on each spoke.</summary>
    public double[] Centres { get; }

    /// <summary>Samples per spoke.</summary>
    public int Readout { get; }

    /// <summary>Virtual coils.</summary>
    public int Coils { get; }

    /// <summary>[spoke][coil, readout].</summary>
    public Complex[][] Samples { get; }

    /// <summary>Table steps from one end of the reach to the other.</summary>
    public int Steps => (2 * _reach * PerSample) + 1;

    /// <summary>Distance from the nominal centre at a step, in samples.</summary>
    public double PositionOf(double step) => (step / PerSample) - _reach;

    /// <summary>All coils at one step.</summary>
    public ReadOnlySpan<Complex> At(int spoke, int step) => _table[spoke].AsSpan(step * Coils, Coils);

    /// <summary>Value and derivative by step at a fractional step, by the cubic through four neighbours.</summary>
    public void Interpolate(int spoke, double step, Span<Complex> value, Span<Complex> slope)
    {
        int first = Math.Clamp((int)Math.Floor(step) - 1, 0, Steps - 4);
        double u = step - first;
        for (int coil = 0; coil < Coils; coil++)
        {
            Complex a = At(spoke, first)[coil], b = At(spoke, first + 1)[coil], c = At(spoke, first + 2)[coil], d = At(spoke, first + 3)[coil];
            Complex d1 = b - a, d2 = (c - (2 * b) + a) / 2, d3 = (d - (3 * c) + (3 * b) - a) / 6; // Newton's form on 0, 1, 2, 3
            value[coil] = a + (u * (d1 + ((u - 1) * (d2 + ((u - 2) * d3)))));
            slope[coil] = d1 + (((2 * u) - 1) * d2) + (((3 * u * u) - (6 * u) + 2) * d3);
        }
    }

    private Complex[] Table(int spoke)
    {
        var table = new Complex[Steps * Coils];
        double[] kernel = new double[Readout];
        for (int step = 0; step < Steps; step++)
        {
            for (int t = 0; t < Readout; t++)
            {
                kernel[t] = Dirichlet(Centres[spoke] + PositionOf(step) - t);
            }

            for (int coil = 0; coil < Coils; coil++)
            {
                Complex sum = Complex.Zero;
                for (int t = 0; t < Readout; t++)
                {
                    sum += kernel[t] * Samples[spoke][(coil * Readout) + t];
                }

                table[(step * Coils) + coil] = sum;
            }
        }

        return table;
    }

    /// <summary>The periodic sinc: trigonometric interpolation of a readout.</summary>
    private double Dirichlet(double u)
    {
        double x = Math.PI * u / Readout, sine = Math.Sin(x);
        return Math.Abs(sine) < 1e-12 ? 1 : Math.Sin(Math.PI * u) / (Readout * sine) * (Readout % 2 == 0 ? Math.Cos(x) : 1);
    }

    private static Complex[][] Strongest(Tensor kSpace, int count)
    {
        (double[] values, Complex[,] vectors) = HermitianEigen.Decompose(CoilMixing.Covariance(kSpace));
        if (!(values[0] > 0))
        {
            throw new InputException("gradient delays: the partition at kz = 0 holds no signal. Give the delays as numbers, or none.");
        }

        (int coils, int spokes, int readout) = (kSpace.Shape[0], kSpace.Shape[1], kSpace.Shape[2]);
        Complex[][] samples = [.. Enumerable.Range(0, spokes).Select(_ => new Complex[count * readout])];
        for (int coil = 0; coil < coils; coil++)
        {
            for (int spoke = 0; spoke < spokes; spoke++)
            {
                ReadOnlySpan<Complex64> line = kSpace.Slice(coil).Slice(spoke).Span<Complex64>();
                for (int virtualCoil = 0; virtualCoil < count; virtualCoil++)
                {
                    Complex weight = Complex.Conjugate(vectors[coil, virtualCoil]);
                    for (int t = 0; t < readout; t++)
                    {
                        samples[spoke][(virtualCoil * readout) + t] += weight * line[t].ToComplex();
                    }
                }
            }
        }

        return samples;
    }
}
