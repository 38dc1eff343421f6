using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Order in which spoke angles are acquired.</summary>
public enum SpokeOrder
{
    /// <summary>Steps of π/φ = 111.246 degrees, φ the golden ratio, or of a tiny golden angle.</summary>
    Golden,

    /// <summary>Steps of π/spokes: half a circle.</summary>
    Uniform,

    /// <summary>Steps of 2π/spokes: a full circle. With an even number every diameter comes twice, in opposite directions.</summary>
    FullCircle,
}

/// <summary>
/// Two-dimensional radial trajectories of full diameters. Angles are in radians, the direction in which a spoke is
/// traversed; the signed radius along a spoke is in cycles per pixel; points (kx, ky) are in cycles per field of view.
/// </summary>
public static class RadialTrajectory
{
    /// <summary>π/φ = π (√5 − 1)/2 radians, 111.246 degrees.</summary>
    public static double GoldenStep { get; } = TinyGoldenStep(1);

    /// <summary>The tiny golden angle ψ_n = π/(φ + n − 1) [WUN15]: 111.25 degrees for n = 1, 23.63 for n = 7.</summary>
    /// <param name="number">n, at least 1.</param>
    /// <exception cref="InputException">n is below 1.</exception>
    public static double TinyGoldenStep(int number) => number >= 1
        ? Math.PI / (((1 + Math.Sqrt(5)) / 2) + number - 1)
        : throw new InputException($"golden angle number {number}; a whole number of at least 1 was expected, 1 for 111.25 degrees.");

    /// <summary>Angles of spokes in acquisition order: first + i · step, modulo π, and modulo 2π for a full circle.</summary>
    /// <param name="order">Golden, half circle or full circle.</param>
    /// <param name="spokes">How many.</param>
    /// <param name="first">Angle of spoke 0, radians.</param>
    /// <param name="goldenNumber">n of a tiny golden angle; 1 for the golden angle.</param>
    public static double[] Angles(SpokeOrder order, int spokes, double first = 0, int goldenNumber = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spokes, 1);
        double period = order == SpokeOrder.FullCircle ? 2 * Math.PI : Math.PI;
        double step = order == SpokeOrder.Golden ? TinyGoldenStep(goldenNumber) : period / spokes;
        double[] angles = new double[spokes];
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            double angle = first + (step * spoke);
            angles[spoke] = angle - (period * Math.Floor(angle / period));
        }

        return angles;
    }

    /// <summary>Signed radius of each sample, cycles per pixel, spacing 1/readout, in [−1/2, 1/2).</summary>
    /// <param name="readout">Samples along a spoke.</param>
    /// <param name="halfShift">False: sample floor(readout/2) lies at k = 0. True (even readouts): k = 0 lies between
    /// two samples.</param>
    /// <exception cref="InputException">An odd readout cannot be half-shifted.</exception>
    public static double[] ReadoutPositions(int readout, bool halfShift = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(readout, 1);
        if (halfShift && readout % 2 == 1)
        {
            throw new InputException($"a readout of {readout} samples cannot be half-shifted; an even number was expected.");
        }

        double[] radius = new double[readout];
        for (int sample = 0; sample < readout; sample++)
        {
            radius[sample] = (sample - (readout / 2) + (halfShift ? 0.5 : 0)) / readout;
        }

        return radius;
    }

    /// <summary>Points of all spokes, sample index = spoke · readout + read.</summary>
    /// <param name="angles">Radians, one per spoke.</param>
    /// <param name="radius">Cycles per pixel, one per sample of a spoke.</param>
    /// <param name="rows">Image height in (isotropic) pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <param name="dtype">float32 or float64.</param>
    /// <returns>[spokes · readout, 2] = (kx, ky) in cycles per field of view.</returns>
    public static Tensor Points(ReadOnlySpan<double> angles, ReadOnlySpan<double> radius, int rows, int columns, TensorScope scope, DType dtype = DType.Float32)
    {
        double[] points = new double[2 * angles.Length * radius.Length];
        int next = 0;
        foreach (double angle in angles)
        {
            (double sine, double cosine) = Math.SinCos(angle);
            foreach (double r in radius)
            {
                points[next++] = columns * cosine * r;
                points[next++] = rows * sine * r;
            }
        }

        Shape shape = [angles.Length * radius.Length, 2];
        return dtype == DType.Float64
            ? scope.From(shape, points)
            : scope.From(shape, Array.ConvertAll(points, p => (float)p));
    }
}
