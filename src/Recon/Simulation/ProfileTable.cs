using System.Runtime.CompilerServices;

namespace Stardeq.Recon;

/// <summary>
/// <see cref="Blob.Profile"/> by cubic Hermite interpolation. With 128 intervals per cycle the error is below
/// h⁴/384 · max|f''''| = 2e-9 (ball) and 5e-8 (Gaussian), far below any noise that is added.
/// </summary>
internal sealed class ProfileTable
{
    private const double IntervalsPerCycle = 128;
    private readonly double[] _values; // value and slope per interval, alternating

    public ProfileTable(BlobShape shape, double largest)
    {
        int count = (int)(largest * IntervalsPerCycle) + 3;
        _values = new double[2 * count];
        const double h = 1e-4;
        for (int i = 0; i < count; i++)
        {
            double q = i / IntervalsPerCycle;
            _values[2 * i] = Blob.Profile(shape, q);

            // Central difference; the profile is even in q. Error h²/6 |f'''| per cycle, times the interval: below 1e-8.
            double slope = (Blob.Profile(shape, q + h) - Blob.Profile(shape, Math.Abs(q - h))) / (2 * h);
            _values[(2 * i) + 1] = slope / IntervalsPerCycle;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double At(double q)
    {
        double position = q * IntervalsPerCycle;
        int i = (int)position;
        double t = position - i;
        ReadOnlySpan<double> v = _values.AsSpan(2 * i, 4);
        double rise = v[2] - v[0];
        double c2 = (3 * rise) - (2 * v[1]) - v[3], c3 = v[1] + v[3] - (2 * rise);
        return v[0] + (t * (v[1] + (t * (c2 + (t * c3)))));
    }
}
