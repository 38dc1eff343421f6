using System.Numerics;

namespace Stardeq.Recon;

// S(κ_t) = Σ_n v_n exp(−2πi κ_t s_n) for evenly spaced κ_t = κ_0 + t δ and any positions s_n (pixels):
// spread v_n on a fine axis with the kernel ψ(u) = exp(β (√(1 − u²) − 1)), sum the short axis, divide by ψ^ [BAR19].

/// <summary>One-dimensional transform of point masses at arbitrary positions, many right-hand sides at once.</summary>
internal sealed class SpokeProjection
{
    private const int Width = 12;               // cells; with spacing at 1/2 of Nyquist the kernel error is near 1e-11
    private const double Shape = 2.30 * Width;  // β of [BAR19] for twofold oversampling
    private const int QuadraturePoints = 200;

    private readonly int _cells, _batch, _readout;
    private readonly double _spacing;
    private readonly float[] _cosines, _sines; // [readout, cells] of exp(−2πi κ_t cell) / ψ^(κ_t)

    /// <param name="radius">κ_t in cycles per pixel, evenly spaced or not.</param>
    /// <param name="batch">Complex values per position.</param>
    /// <param name="reach">Largest |s_n| in pixels.</param>
    public SpokeProjection(double[] radius, int batch, double reach)
    {
        _batch = batch;
        _readout = radius.Length;
        _spacing = 1 / (4 * radius.Max(Math.Abs)); // twice as fine as the largest frequency needs
        _cells = (2 * (int)Math.Ceiling((reach / _spacing) + (Width / 2))) + 1;
        _cosines = new float[_readout * _cells];
        _sines = new float[_readout * _cells];
        for (int t = 0; t < _readout; t++)
        {
            double transform = KernelTransform(radius[t] * _spacing);
            for (int cell = 0; cell < _cells; cell++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * radius[t] * (cell - (_cells / 2)) * _spacing);
                _cosines[(t * _cells) + cell] = (float)(cosine / transform);
                _sines[(t * _cells) + cell] = (float)(sine / transform);
            }
        }
    }

    /// <summary>All frequencies of all right-hand sides.</summary>
    /// <param name="positions">s_n in pixels.</param>
    /// <param name="values">[n, batch] complex, interleaved.</param>
    /// <param name="turns">Further phase of each position, v_n exp(−2πi turns_n), or empty for none.</param>
    /// <returns>[readout, batch] complex, interleaved.</returns>
    public float[] Compute(double[] positions, ReadOnlySpan<float> values, ReadOnlySpan<double> turns = default)
    {
        int row = 2 * _batch;
        float[] axis = new float[_cells * row], turned = turns.IsEmpty ? [] : new float[_cells * row];
        for (int n = 0; n < positions.Length; n++)
        {
            double cell = (positions[n] / _spacing) + (_cells / 2);
            int first = (int)Math.Ceiling(cell - (Width / 2));
            (double sine, double cosine) = turns.IsEmpty ? (0, 1) : Math.SinCos(2 * Math.PI * turns[n]);
            for (int j = 0; j < Width; j++)
            {
                double kernel = Kernel((first + j - cell) / (Width / 2));
                AddScaled((float)(kernel * cosine), values.Slice(n * row, row), axis.AsSpan((first + j) * row, row));
                if (!turns.IsEmpty)
                {
                    AddScaled((float)(kernel * sine), values.Slice(n * row, row), turned.AsSpan((first + j) * row, row));
                }
            }
        }

        for (int i = 0; i < turned.Length; i += 2)
        {
            axis[i] += turned[i + 1]; // − i · turned
            axis[i + 1] -= turned[i];
        }

        return Sum(axis, row);
    }

    private float[] Sum(float[] axis, int row)
    {
        float[] result = new float[_readout * row];
        float[] imaginary = new float[row];
        for (int t = 0; t < _readout; t++)
        {
            Span<float> real = result.AsSpan(t * row, row);
            Array.Clear(imaginary);
            for (int cell = 0; cell < _cells; cell++)
            {
                ReadOnlySpan<float> values = axis.AsSpan(cell * row, row);
                AddScaled(_cosines[(t * _cells) + cell], values, real);
                AddScaled(_sines[(t * _cells) + cell], values, imaginary);
            }

            for (int i = 0; i < row; i += 2)
            {
                (real[i], real[i + 1]) = (real[i] - imaginary[i + 1], real[i + 1] + imaginary[i]);
            }
        }

        return result;
    }

    private static double Kernel(double u) => u is <= -1 or >= 1 ? 0 : Math.Exp(Shape * (Math.Sqrt(1 - (u * u)) - 1));

    /// <summary>∫ ψ(2s/Width) exp(−2πi ν s) ds over s in cells, by the midpoint rule in the angle (u = sin φ), which
    /// converges exponentially because the integrand is smooth and periodic.</summary>
    private static double KernelTransform(double frequency)
    {
        double sum = 0;
        for (int i = 0; i < QuadraturePoints; i++)
        {
            double phi = Math.PI * (((i + 0.5) / QuadraturePoints) - 0.5);
            sum += Math.Exp(Shape * (Math.Cos(phi) - 1)) * Math.Cos(Math.PI * frequency * Width * Math.Sin(phi)) * Math.Cos(phi);
        }

        return sum * Math.PI / QuadraturePoints * (Width / 2);
    }

    private static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> sum)
    {
        int i = 0;
        Vector<float> va = new(a);
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.FusedMultiplyAdd(va, new Vector<float>(x[i..]), new Vector<float>(sum[i..])).CopyTo(sum[i..]);
        }

        for (; i < x.Length; i++)
        {
            sum[i] = float.FusedMultiplyAdd(a, x[i], sum[i]);
        }
    }
}
