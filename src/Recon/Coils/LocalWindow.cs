using System.Numerics;
using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The coil vectors of the pixels around one pixel, and their dominant direction. Moves along a row: a column of pixels enters where one leaves.</summary>
/// <param name="coils">Receive coils.</param>
/// <param name="half">Half side of the window.</param>
internal sealed class LocalWindow(int coils, int half)
{
    private readonly int _side = (2 * half) + 1, _groups = (coils + Vector<double>.Count - 1) / Vector<double>.Count;

    // [column modulo side, pixel, coil]: coils fill vectors; what is beyond the last coil or the border of the image is zero and adds nothing.
    private readonly Vector<double>[] _re = Vectors(coils, ((2 * half) + 1) * ((2 * half) + 1)), _im = Vectors(coils, ((2 * half) + 1) * ((2 * half) + 1));
    private readonly Vector<double>[] _vRe = Vectors(coils, 1), _vIm = Vectors(coils, 1), _nextRe = Vectors(coils, 1), _nextIm = Vectors(coils, 1);

    /// <summary>Takes the pixels (row − half to row + half, column) in place of those of the column that is one window before.</summary>
    /// <param name="image">[coil, y, x].</param>
    /// <param name="row">Row of the middle.</param>
    /// <param name="column">Column; beyond the image nothing enters.</param>
    /// <param name="rows">Image height.</param>
    /// <param name="columns">Image width.</param>
    public void Enter(ReadOnlySpan<Complex64> image, int row, int column, int rows, int columns)
    {
        int size = _side * _groups, padded = _groups * Vector<double>.Count;
        Span<double> re = MemoryMarshal.Cast<Vector<double>, double>(_re.AsSpan(column % _side * size, size));
        Span<double> im = MemoryMarshal.Cast<Vector<double>, double>(_im.AsSpan(column % _side * size, size));
        re.Clear();
        im.Clear();
        (int first, int last) = (Math.Max(0, row - half), Math.Min(rows - 1, row + half));
        for (int coil = 0; coil < coils && column < columns; coil++)
        {
            for (int y = first; y <= last; y++)
            {
                Complex64 value = image[(((coil * rows) + y) * columns) + column];
                re[((y - first) * padded) + coil] = value.Real;
                im[((y - first) * padded) + coil] = value.Imaginary;
            }
        }
    }

    /// <summary>Unit dominant eigenvector v of Σ x xᴴ with gaugeᴴ v real and positive; zero if the window is empty.</summary>
    public Complex[] DominantVector(int iterations, Complex[] gauge)
    {
        Span<double> re = MemoryMarshal.Cast<Vector<double>, double>(_vRe.AsSpan()), im = MemoryMarshal.Cast<Vector<double>, double>(_vIm.AsSpan());
        for (int coil = 0; coil < coils; coil++)
        {
            (re[coil], im[coil]) = (gauge[coil].Real, gauge[coil].Imaginary);
        }

        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Step();
        }

        Complex projection = Complex.Zero;
        for (int coil = 0; coil < coils; coil++)
        {
            projection += Complex.Conjugate(gauge[coil]) * new Complex(re[coil], im[coil]);
        }

        Complex turn = projection.Magnitude > 0 ? Complex.Conjugate(projection) / projection.Magnitude : Complex.One;
        var vector = new Complex[coils];
        for (int coil = 0; coil < coils; coil++)
        {
            vector[coil] = new Complex(re[coil], im[coil]) * turn;
        }

        return vector;
    }

    /// <summary>v ← Σ x (xᴴ v), normalised.</summary>
    private void Step()
    {
        Array.Clear(_nextRe);
        Array.Clear(_nextIm);
        for (int at = 0; at < _re.Length; at += _groups)
        {
            ReadOnlySpan<Vector<double>> xRe = _re.AsSpan(at, _groups), xIm = _im.AsSpan(at, _groups);
            Vector<double> sumRe = Vector<double>.Zero, sumIm = Vector<double>.Zero;
            for (int g = 0; g < xRe.Length; g++)
            {
                sumRe += (xRe[g] * _vRe[g]) + (xIm[g] * _vIm[g]);
                sumIm += (xRe[g] * _vIm[g]) - (xIm[g] * _vRe[g]);
            }

            double re = Vector.Sum(sumRe), im = Vector.Sum(sumIm);
            for (int g = 0; g < xRe.Length; g++)
            {
                _nextRe[g] += (xRe[g] * re) - (xIm[g] * im);
                _nextIm[g] += (xRe[g] * im) + (xIm[g] * re);
            }
        }

        double square = 0;
        for (int g = 0; g < _groups; g++)
        {
            square += Vector.Sum((_nextRe[g] * _nextRe[g]) + (_nextIm[g] * _nextIm[g]));
        }

        double scale = square > 0 ? 1 / Math.Sqrt(square) : 0;
        for (int g = 0; g < _groups; g++)
        {
            (_vRe[g], _vIm[g]) = (_nextRe[g] * scale, _nextIm[g] * scale);
        }
    }

    private static Vector<double>[] Vectors(int coils, int count) => new Vector<double>[(coils + Vector<double>.Count - 1) / Vector<double>.Count * count];
}
