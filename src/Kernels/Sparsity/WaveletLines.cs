using System.Numerics;
using System.Runtime.InteropServices;

namespace Stardeq.Kernels;

/// <summary>One level of a wavelet transform along one axis, in place. Polyphase: even and odd elements, or low and high parts, are filtered as
/// whole lines, with wrapped ends.</summary>
/// <param name="filter">Filters.</param>
/// <param name="columns">Complex elements of a row.</param>
/// <param name="isInverse">Whether coefficients become elements.</param>
internal sealed unsafe class WaveletLines<T>(WaveletFilter filter, int columns, bool isInverse)
    where T : unmanaged, INumberBase<T>
{
    private readonly int _taps = filter.Low.Length / 2; // of each phase
    private readonly T[] _low = Array.ConvertAll(filter.Low, T.CreateChecked), _high = Array.ConvertAll(filter.High, T.CreateChecked);

    /// <summary>Along a row of consecutive complex elements.</summary>
    public void Row(T* row)
    {
        int half = columns / 2;
        if (half == 0)
        {
            return;
        }

        // First phase (even elements or low part) and second (odd or high), each wrapped around by taps − 1 elements.
        int length = 2 * (half + _taps - 1);
        T* first = (T*)NativeMemory.Alloc((nuint)(4 * length), (nuint)sizeof(T)), second = first + length;
        T* lines = second + length;
        int highAt = (columns + 1) / 2;
        for (int i = 0; i < half + _taps - 1; i++)
        {
            int j = isInverse ? (i - _taps + 1 + (_taps * half)) % half : i % half;
            T* a = row + (2 * (isInverse ? j : 2 * j)), b = row + (2 * (isInverse ? highAt + j : (2 * j) + 1));
            (first[2 * i], first[(2 * i) + 1], second[2 * i], second[(2 * i) + 1]) = (a[0], a[1], b[0], b[1]);
        }

        (T lastRe, T lastIm) = isInverse ? (row[2 * half], row[(2 * half) + 1]) : (row[2 * (columns - 1)], row[(2 * (columns - 1)) + 1]);
        T** terms = stackalloc T*[WeightedLines.MostTerms];
        for (int k = 0; k < _taps; k++)
        {
            int offset = 2 * (isInverse ? _taps - 1 - k : k);
            terms[2 * k] = first + offset;
            terms[(2 * k) + 1] = second + offset;
        }

        if (isInverse)
        {
            Filter(terms, 0, lines, 2 * half);
            Filter(terms, 1, lines + (2 * half), 2 * half);
            for (int i = 0; i < 2 * half; i++)
            {
                T* source = lines + (i % 2 * 2 * half) + (i / 2 * 2);
                (row[2 * i], row[(2 * i) + 1]) = (source[0], source[1]);
            }
        }
        else
        {
            Filter(terms, 0, row, 2 * half);
            Filter(terms, 1, row + (2 * highAt), 2 * half);
        }

        if (columns % 2 == 1)
        {
            int at = 2 * (isInverse ? columns - 1 : half);
            (row[at], row[at + 1]) = (lastRe, lastIm);
        }

        NativeMemory.Free(first);
    }

    /// <summary>Along the columns of a strip.</summary>
    /// <param name="strip">First scalar.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Scalars of a row of the strip.</param>
    /// <param name="pitch">Scalars from row to row.</param>
    public void Columns(T* strip, int rows, int width, int pitch)
    {
        int half = rows / 2, highAt = (rows + 1) / 2;
        if (half == 0)
        {
            return;
        }

        T* copy = (T*)NativeMemory.Alloc((nuint)(rows * width), (nuint)sizeof(T));
        for (int row = 0; row < rows; row++)
        {
            new Span<T>(strip + ((long)row * pitch), width).CopyTo(new Span<T>(copy + (row * width), width));
        }

        T** terms = stackalloc T*[WeightedLines.MostTerms];
        for (int i = 0; i < half; i++)
        {
            for (int k = 0; k < _taps; k++)
            {
                int j = isInverse ? (i - k + (_taps * half)) % half : (i + k) % half;
                terms[2 * k] = copy + (width * (isInverse ? j : 2 * j));
                terms[(2 * k) + 1] = copy + (width * (isInverse ? highAt + j : (2 * j) + 1));
            }

            Filter(terms, 0, strip + ((long)(isInverse ? 2 * i : i) * pitch), width);
            Filter(terms, 1, strip + ((long)(isInverse ? (2 * i) + 1 : highAt + i) * pitch), width);
        }

        if (rows % 2 == 1)
        {
            new Span<T>(copy + (width * (isInverse ? half : rows - 1)), width).CopyTo(new Span<T>(strip + ((long)(isInverse ? rows - 1 : half) * pitch), width));
        }

        NativeMemory.Free(copy);
    }

    /// <summary>Output 0: the low part, or the even elements; output 1: the high part, or the odd ones. The terms alternate between the phases.</summary>
    private void Filter(T** terms, int output, T* y, nint count)
    {
        T* factors = stackalloc T[WeightedLines.MostTerms];
        for (int k = 0; k < _taps; k++)
        {
            (factors[2 * k], factors[(2 * k) + 1]) = isInverse
                ? (_low[(2 * k) + output], _high[(2 * k) + output])
                : output == 0 ? (_low[2 * k], _low[(2 * k) + 1]) : (_high[2 * k], _high[(2 * k) + 1]);
        }

        WeightedLines.Sum(terms, factors, 2 * _taps, y, count);
    }
}
