using System.Numerics;

namespace Stardeq.Recon;

/// <summary>The coils × coils matrix of <see cref="EspiritKernels"/> at one pixel after the other of a row, and its dominant eigenvector. Not for
/// several threads.</summary>
/// <param name="along">[lag x, coil, coil] of the row.</param>
/// <param name="coils">Receive coils.</param>
/// <param name="reach">Lags run from −reach to reach.</param>
internal sealed class HermitianPixel(Complex[] along, int coils, int reach)
{
    // Inside an object the second eigenvalue is far below the first, 1, and a few iterations settle; elsewhere the pixel is cropped.
    private const int MostIterations = 30;
    private const double Settled = 1e-6; // change of the unit vector

    private readonly double[] _re = new double[coils * coils], _im = new double[coils * coils];
    private Complex[] _next = new Complex[coils];

    /// <summary>The unit vector found last, [coil].</summary>
    public Complex[] Vector { get; private set; } = new Complex[coils];

    /// <summary>Takes the matrix of a pixel.</summary>
    /// <param name="turn">2π x / columns, x from the centre.</param>
    public void MoveTo(double turn)
    {
        Array.Clear(_re);
        Array.Clear(_im);
        for (int lag = -reach; lag <= reach; lag++)
        {
            (double sine, double cosine) = Math.SinCos(turn * lag);
            ReadOnlySpan<Complex> block = along.AsSpan((lag + reach) * coils * coils, coils * coils);
            for (int i = 0; i < block.Length; i++)
            {
                _re[i] += (cosine * block[i].Real) - (sine * block[i].Imaginary);
                _im[i] += (cosine * block[i].Imaginary) + (sine * block[i].Real);
            }
        }
    }

    /// <summary>The largest eigenvalue by power iteration, from the vector of the pixel before, or the gauge where there is none; leaves the vector.</summary>
    public double DominantVector(Complex[] gauge)
    {
        if (Vector.All(value => value == Complex.Zero))
        {
            gauge.CopyTo(Vector, 0);
        }

        double value = 0;
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            double square = Multiply();
            value = Math.Sqrt(square);
            if (!(value > 0))
            {
                return 0;
            }

            double change = 0;
            for (int coil = 0; coil < coils; coil++)
            {
                _next[coil] /= value;
                Complex step = _next[coil] - Vector[coil]; // eigenvalues are not negative, so the vector does not turn at its end
                change += (step.Real * step.Real) + (step.Imaginary * step.Imaginary);
            }

            (Vector, _next) = (_next, Vector);
            if (change < Settled * Settled)
            {
                break;
            }
        }

        return value;
    }

    /// <summary>next = M v; returns ‖next‖².</summary>
    private double Multiply()
    {
        double square = 0;
        for (int row = 0; row < coils; row++)
        {
            double re = 0, im = 0;
            for (int column = 0, i = row * coils; column < coils; column++, i++)
            {
                re += (_re[i] * Vector[column].Real) - (_im[i] * Vector[column].Imaginary);
                im += (_re[i] * Vector[column].Imaginary) + (_im[i] * Vector[column].Real);
            }

            _next[row] = new Complex(re, im);
            square += (re * re) + (im * im);
        }

        return square;
    }
}
