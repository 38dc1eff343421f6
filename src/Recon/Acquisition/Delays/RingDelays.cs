using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// Two spokes cross at r1 n1 + S n1 = r2 n2 + S n2, and there all coils measure the same signal. From the crossing,
// S (n1 − n2) = r2 n2 − r1 n1: two equations for the three numbers of S from each pair [ROS19].

/// <summary>Gradient delays from the intersections of spokes (RING), by least squares over many pairs.</summary>
public static class RingDelays
{
    private const int Spokes = 96;           // spread over the acquisition; thousands of pairs then
    private const int Reach = 4;             // samples around the nominal centre; delays are a sample or two
    private const double SmallestSine = 0.7; // of the angle between crossing spokes: flatter crossings are poorly defined
    private const int Iterations = 8;        // Gauss-Newton steps from the best table entry, 1/16 of a sample away at most

    /// <summary>Estimates delays.</summary>
    /// <param name="kSpace">[coil, spoke, readout] complex64, the partition at kz = 0, in host memory.</param>
    /// <param name="points">[spoke, readout, 2] float64, nominal, cycles per field of view.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <exception cref="InputException">Too few spokes, too few directions, or half spokes.</exception>
    public static DelayEstimate Estimate(Tensor kSpace, Tensor points, int rows, int columns)
    {
        using var scope = new TensorScope(kSpace.Device, MemoryOwner.Workspace);
        (Tensor some, Tensor theirs) = Subset(kSpace, points, scope);
        var signals = new SpokeSignals(some, theirs, rows, columns, Reach);
        int count = signals.Directions.Length;
        var found = new (double First, double Second)?[count * count];
        ((CpuDevice)kSpace.Device).For(count, i =>
        {
            for (int j = i + 1; j < count; j++)
            {
                ((double x1, double y1), (double x2, double y2)) = (signals.Directions[i], signals.Directions[j]);
                found[(i * count) + j] = Math.Abs((x1 * y2) - (y1 * x2)) > SmallestSine ? Crossing(signals, i, j) : null;
            }
        });

        var fit = new DelayFit();
        for (int pair = 0; pair < found.Length; pair++)
        {
            if (found[pair] is { } crossing)
            {
                ((double x1, double y1), (double x2, double y2)) = (signals.Directions[pair / count], signals.Directions[pair % count]);
                fit.Add([x1 - x2, 0, y1 - y2, 0, y1 - y2, x1 - x2], [(crossing.Second * x2) - (crossing.First * x1), (crossing.Second * y2) - (crossing.First * y1)]);
            }
        }

        return fit.Solve("RING needs spokes that cross at large angles, and signal near the centre of k-space. Give the delays as numbers, or none.");
    }

    /// <summary>Where two spokes carry the same signal, in samples from their nominal centres; null if not within reach.</summary>
    private static (double First, double Second)? Crossing(SpokeSignals signals, int first, int second)
    {
        double smallest = double.PositiveInfinity;
        (int a, int b) = (0, 0);
        for (int i = 0; i < signals.Steps; i++)
        {
            ReadOnlySpan<Complex> x = signals.At(first, i);
            for (int j = 0; j < signals.Steps; j++)
            {
                double distance = Distance(x, signals.At(second, j));
                (smallest, a, b) = distance < smallest ? (distance, i, j) : (smallest, a, b);
            }
        }

        return a == 0 || b == 0 || a == signals.Steps - 1 || b == signals.Steps - 1 ? null : Refined(signals, first, second, a, b);
    }

    private static double Distance(ReadOnlySpan<Complex> x, ReadOnlySpan<Complex> y)
    {
        double sum = 0;
        for (int coil = 0; coil < x.Length; coil++)
        {
            (double re, double im) = (x[coil].Real - y[coil].Real, x[coil].Imaginary - y[coil].Imaginary);
            sum += (re * re) + (im * im);
        }

        return sum;
    }

    /// <summary>Gauss-Newton for the smallest |y1(a) − y2(b)|².</summary>
    private static (double First, double Second)? Refined(SpokeSignals signals, int first, int second, double a, double b)
    {
        (double startA, double startB) = (a, b);
        var values = new Complex[4][];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = new Complex[signals.Coils];
        }

        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            signals.Interpolate(first, a, values[0], values[1]);
            signals.Interpolate(second, b, values[2], values[3]);
            double aa = 0, ab = 0, bb = 0, ra = 0, rb = 0;
            for (int coil = 0; coil < signals.Coils; coil++)
            {
                (Complex difference, Complex byA, Complex byB) = (values[0][coil] - values[2][coil], values[1][coil], -values[3][coil]);
                aa += Inner(byA, byA);
                ab += Inner(byA, byB);
                bb += Inner(byB, byB);
                ra -= Inner(byA, difference);
                rb -= Inner(byB, difference);
            }

            double determinant = (aa * bb) - (ab * ab);
            if (!(determinant > 1e-6 * aa * bb)) // parallel changes of signal: no crossing to speak of
            {
                return null;
            }

            a += ((bb * ra) - (ab * rb)) / determinant;
            b += ((aa * rb) - (ab * ra)) / determinant;
            if (!(Math.Abs(a - startA) < 2 && Math.Abs(b - startB) < 2)) // left the neighbourhood of the best entry
            {
                return null;
            }
        }

        return (signals.PositionOf(a), signals.PositionOf(b));
    }

    private static double Inner(Complex a, Complex b) => (a.Real * b.Real) + (a.Imaginary * b.Imaginary);

    private static (Tensor KSpace, Tensor Points) Subset(Tensor kSpace, Tensor points, TensorScope scope)
    {
        int spokes = kSpace.Shape[1], stride = (spokes + Spokes - 1) / Spokes;
        if (stride <= 1)
        {
            return (kSpace, points);
        }

        int[] chosen = [.. Enumerable.Range(0, spokes).Where(spoke => spoke % stride == 0)];
        Tensor some = scope.New(kSpace.DType, [kSpace.Shape[0], chosen.Length, kSpace.Shape[2]]), theirs = scope.New(points.DType, [chosen.Length, .. points.Shape[1..]]);
        for (int i = 0; i < chosen.Length; i++)
        {
            theirs.Slice(i).CopyFrom(points.Slice(chosen[i]));
            for (int coil = 0; coil < kSpace.Shape[0]; coil++)
            {
                some.Slice(coil).Slice(i).CopyFrom(kSpace.Slice(coil).Slice(chosen[i]));
            }
        }

        return (some, theirs);
    }
}
