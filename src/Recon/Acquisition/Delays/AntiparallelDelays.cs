using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// Along n a spoke measures f(r + δ), against n f(−r + δ), δ = nᵀ S n: reversed, the second is the first shifted by 2δ. The shift is
// where the correlation of both, the sum over the projections of P1(x) conj(P2(−x)) exp(2πi x τ/M), has its largest modulus [BLO11].

/// <summary>Gradient delays from spokes that were traversed in opposite directions.</summary>
/// <remarks>The sideways displacement of the two spokes is opposite too and is not seen; where delays differ between the axes,
/// it biases the shift of objects that are not symmetric. <see cref="RingDelays"/> has no such bias.</remarks>
public static class AntiparallelDelays
{
    private const double LargestAngle = 3 * Math.PI / 180; // off the opposite direction; the shift changes by its square
    private const double LargestShift = 8;                 // samples between the two: a delay of 4
    private const int PerSample = 4;                       // first search; the correlation peak is a sample wide
    private const double Golden = 0.6180339887498949;      // (√5 − 1)/2
    private const int Sections = 40;                       // golden sections: 0.618^40 of the bracket is 4e-9

    /// <summary>Estimates delays.</summary>
    /// <inheritdoc cref="RingDelays.Estimate"/>
    public static DelayEstimate Estimate(Tensor kSpace, Tensor points, int rows, int columns)
    {
        var signals = new SpokeSignals(kSpace, points, rows, columns, reach: (int)LargestShift);
        Complex[][] projections = Projections(signals, kSpace.Device);
        var fit = new DelayFit();
        foreach ((int i, int j) in Pairs(signals.Directions))
        {
            (double x, double y) = signals.Directions[i];
            fit.Add([x * x, y * y, 2 * x * y], [Shift(projections[i], projections[j], signals.Readout) / 2]);
        }

        return fit.Solve("The antiparallel method needs spokes in opposite directions at several angles, as a full circle has them. Use RING, give the delays as numbers, or none.");
    }

    /// <summary>Each spoke with the one that is nearest to its opposite, once.</summary>
    private static IEnumerable<(int First, int Second)> Pairs((double X, double Y)[] directions)
    {
        HashSet<(int, int)> seen = [];
        for (int i = 0; i < directions.Length; i++)
        {
            int best = Enumerable.Range(0, directions.Length).MinBy(j => (directions[i].X * directions[j].X) + (directions[i].Y * directions[j].Y));
            double cosine = -((directions[i].X * directions[best].X) + (directions[i].Y * directions[best].Y));
            if (cosine > Math.Cos(LargestAngle) && seen.Add((Math.Min(i, best), Math.Max(i, best))))
            {
                yield return (i, best);
            }
        }
    }

    /// <summary>[spoke][coil, pixel]: P(x) = Σ_t y_t exp(2πi (t − centre) x / M), x from −M/2.</summary>
    private static Complex[][] Projections(SpokeSignals signals, Device device)
    {
        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        int readout = signals.Readout, spokes = signals.Directions.Length;
        Tensor lines = scope.New(DType.Complex128, [spokes * signals.Coils, readout]);
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            signals.Samples[spoke].CopyTo(lines.Slice(spoke * signals.Coils, signals.Coils).Span<Complex>());
        }

        Fft.Inverse(lines, lines, axes: 1);
        return [.. Enumerable.Range(0, spokes).Select(spoke => lines.Slice(spoke * signals.Coils, signals.Coils).ToArray<Complex>()
            .Select((value, i) => value * Complex.FromPolarCoordinates(1, 2 * Math.PI * ((readout / 2) - signals.Centres[spoke]) * ((i % readout) - (readout / 2)) / readout)).ToArray())];
    }

    private static double Shift(Complex[] first, Complex[] second, int readout)
    {
        // The projection of the reversed spoke is mirrored: x of one meets −x of the other; pixel 0 of an even readout has no partner.
        var products = new Complex[readout];
        for (int i = 0; i < first.Length; i++)
        {
            int x = (i % readout) - (readout / 2), mirrored = (readout / 2) - x;
            products[i % readout] += mirrored < readout ? first[i] * Complex.Conjugate(second[i - (i % readout) + mirrored]) : Complex.Zero;
        }

        double Correlation(double shift)
        {
            Complex sum = Complex.Zero;
            for (int i = 0; i < readout; i++)
            {
                sum += products[i] * Complex.FromPolarCoordinates(1, 2 * Math.PI * (i - (readout / 2)) * shift / readout);
            }

            return sum.Magnitude;
        }

        int steps = (int)(LargestShift * PerSample);
        double best = Enumerable.Range(-steps, (2 * steps) + 1).Select(step => (double)step / PerSample).MaxBy(Correlation);
        (double low, double high) = (best - (1.0 / PerSample), best + (1.0 / PerSample));
        for (int section = 0; section < Sections; section++)
        {
            (double left, double right) = (high - (Golden * (high - low)), low + (Golden * (high - low)));
            (low, high) = Correlation(left) > Correlation(right) ? (low, right) : (left, high);
        }

        return (low + high) / 2;
    }
}
