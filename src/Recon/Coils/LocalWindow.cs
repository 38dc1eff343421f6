using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The coil vectors of the pixels around one pixel, and their dominant direction.</summary>
internal sealed class LocalWindow(int coils, int capacity)
{
    private readonly double[] _re = new double[coils * capacity], _im = new double[coils * capacity];
    private readonly double[] _vRe = new double[coils], _vIm = new double[coils], _nextRe = new double[coils], _nextIm = new double[coils];
    private int _count;

    /// <summary>Copies the window around (row, column), cut at the border.</summary>
    public void Gather(ReadOnlySpan<Complex64> image, int row, int column, int rows, int columns, int half)
    {
        _count = 0;
        for (int y = Math.Max(0, row - half); y <= Math.Min(rows - 1, row + half); y++)
        {
            for (int x = Math.Max(0, column - half); x <= Math.Min(columns - 1, column + half); x++, _count++)
            {
                for (int coil = 0; coil < coils; coil++)
                {
                    Complex64 value = image[(((coil * rows) + y) * columns) + x];
                    _re[(_count * coils) + coil] = value.Real;
                    _im[(_count * coils) + coil] = value.Imaginary;
                }
            }
        }
    }

    /// <summary>Unit dominant eigenvector v of Σ x xᴴ with gaugeᴴ v real and positive; zero if the window is empty.</summary>
    public Complex[] DominantVector(int iterations, Complex[] gauge)
    {
        for (int coil = 0; coil < coils; coil++)
        {
            (_vRe[coil], _vIm[coil]) = (gauge[coil].Real, gauge[coil].Imaginary);
        }

        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Step();
        }

        Complex projection = Complex.Zero;
        for (int coil = 0; coil < coils; coil++)
        {
            projection += Complex.Conjugate(gauge[coil]) * new Complex(_vRe[coil], _vIm[coil]);
        }

        Complex turn = projection.Magnitude > 0 ? Complex.Conjugate(projection) / projection.Magnitude : Complex.One;
        var vector = new Complex[coils];
        for (int coil = 0; coil < coils; coil++)
        {
            vector[coil] = new Complex(_vRe[coil], _vIm[coil]) * turn;
        }

        return vector;
    }

    /// <summary>v ← Σ x (xᴴ v), normalised.</summary>
    private void Step()
    {
        Array.Clear(_nextRe);
        Array.Clear(_nextIm);
        for (int pixel = 0; pixel < _count; pixel++)
        {
            double re = 0, im = 0;
            for (int coil = 0, i = pixel * coils; coil < coils; coil++, i++)
            {
                re += (_re[i] * _vRe[coil]) + (_im[i] * _vIm[coil]);
                im += (_re[i] * _vIm[coil]) - (_im[i] * _vRe[coil]);
            }

            for (int coil = 0, i = pixel * coils; coil < coils; coil++, i++)
            {
                _nextRe[coil] += (_re[i] * re) - (_im[i] * im);
                _nextIm[coil] += (_re[i] * im) + (_im[i] * re);
            }
        }

        double square = 0;
        for (int coil = 0; coil < coils; coil++)
        {
            square += (_nextRe[coil] * _nextRe[coil]) + (_nextIm[coil] * _nextIm[coil]);
        }

        double scale = square > 0 ? 1 / Math.Sqrt(square) : 0;
        for (int coil = 0; coil < coils; coil++)
        {
            (_vRe[coil], _vIm[coil]) = (_nextRe[coil] * scale, _nextIm[coil] * scale);
        }
    }
}
