using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Angles and radii of straight spokes through the centre of k-space, or nearly so, recovered from points or given.</summary>
/// <param name="Angles">Direction of each spoke, radians in [0, π).</param>
/// <param name="Radius">[spokes · readout], signed distance along the spoke from the foot of the perpendicular, in cycles per pixel.</param>
/// <param name="Readout">Samples per spoke.</param>
/// <remarks>A point is Radius · (cos, sin) + Offset · (−sin, cos).</remarks>
public sealed record SpokeGeometry(double[] Angles, double[] Radius, int Readout)
{
    private const double StraightnessTolerance = 1e-3; // of half the k-space width; float32 points are good to 1e-7
    private const double LargestOffset = 3;            // sample spacings; gradient delays move spokes by less

    /// <summary>Signed distance of each spoke from the centre, in cycles per pixel: gradient delays move spokes sideways.</summary>
    public double[] Offsets { get; init; } = new double[Angles.Length];

    /// <summary>The same radii on every spoke.</summary>
    /// <param name="angles">Radians, one per spoke: the direction of growing radius.</param>
    /// <param name="radius">Cycles per pixel, one per sample.</param>
    public static SpokeGeometry Radial(ReadOnlySpan<double> angles, ReadOnlySpan<double> radius)
    {
        double[] all = new double[angles.Length * radius.Length];
        double[] diameters = Array.ConvertAll(angles.ToArray(), SpokeSubset.Diameter);
        for (int spoke = 0; spoke < angles.Length; spoke++)
        {
            bool backwards = Math.Cos(angles[spoke] - diameters[spoke]) < 0;
            for (int sample = 0; sample < radius.Length; sample++)
            {
                all[(spoke * radius.Length) + sample] = backwards ? -radius[sample] : radius[sample];
            }
        }

        return new SpokeGeometry(diameters, all, radius.Length);
    }

    /// <summary>Recovers angles, radii and offsets from the points of straight spokes that pass k = 0 within a few samples.</summary>
    /// <param name="points">[..., spokes, readout, 2] (kx, ky) in cycles per field of view. All leading axes count as
    /// spokes of one image.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <exception cref="InputException">The array has no spoke axis, or a spoke is bent, misses the centre, or turns back.</exception>
    public static SpokeGeometry FromPoints(Tensor points, int rows, int columns) =>
        Recover(points, rows, columns, out string problem) ?? throw new InputException(problem);

    /// <summary>The same, or null if the points are not such spokes.</summary>
    public static SpokeGeometry? TryFromPoints(Tensor points, int rows, int columns) => Recover(points, rows, columns, out _);

    private static SpokeGeometry? Recover(Tensor points, int rows, int columns, out string problem)
    {
        problem = "";
        if (points.Shape.Rank < 3 || points.Shape[^1] != 2 || points.Shape[^2] < 2 || points.DType.IsComplex())
        {
            problem = $"the trajectory is {points.Describe()}; radial weights need [..., spokes, readout, 2] to know which samples form a spoke. Keep that shape, or use the method 'pipe', which takes any points.";
            return null;
        }

        int readout = points.Shape[^2];
        int spokes = (int)(points.Count / (2 * readout));
        double[] angles = new double[spokes], radius = new double[spokes * readout], offsets = new double[spokes];
        double[] k = ToDouble(points);
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            ReadOnlySpan<double> line = k.AsSpan(2 * spoke * readout, 2 * readout);
            double stepX = (line[^2] - line[0]) / columns, stepY = (line[^1] - line[1]) / rows;
            double angle = Math.Atan2(stepY, stepX);
            angle -= Math.PI * Math.Floor(angle / Math.PI);
            (double sine, double cosine) = Math.SinCos(angle);
            offsets[spoke] = ((line[1] + line[^1]) / 2 / rows * cosine) - ((line[0] + line[^2]) / 2 / columns * sine);
            double spacing = Math.Sqrt((stepX * stepX) + (stepY * stepY)) / (readout - 1);
            bool passesCentre = Math.Abs(offsets[spoke]) <= LargestOffset * spacing;
            for (int sample = 0; sample < readout; sample++)
            {
                double x = line[2 * sample] / columns, y = line[(2 * sample) + 1] / rows;
                radius[(spoke * readout) + sample] = (x * cosine) + (y * sine);
                double off = Math.Abs((y * cosine) - (x * sine) - (passesCentre ? offsets[spoke] : 0));
                if (!(off < StraightnessTolerance / 2))
                {
                    problem = $"spoke {spoke} of the trajectory is not a straight line through k = 0, or within {LargestOffset:g2} samples of it: sample {sample} is {off * Math.Max(rows, columns):g3} cycles per field of view beside it. Use the method 'pipe', which takes any points.";
                    return null;
                }
            }

            if (Turn(radius.AsSpan(spoke * readout, readout)) is { } turn)
            {
                problem = $"spoke {spoke} of the trajectory does not run in one direction at sample {turn}. Use the method 'pipe', which takes any points.";
                return null;
            }

            angles[spoke] = angle;
        }

        return new SpokeGeometry(angles, radius, readout) { Offsets = offsets };
    }

    /// <summary>The spokes with the given indices.</summary>
    public SpokeGeometry Select(ReadOnlySpan<int> spokes)
    {
        double[] angles = new double[spokes.Length], radius = new double[spokes.Length * Readout];
        for (int i = 0; i < spokes.Length; i++)
        {
            angles[i] = Angles[spokes[i]];
            Radius.AsSpan(spokes[i] * Readout, Readout).CopyTo(radius.AsSpan(i * Readout));
        }

        return new SpokeGeometry(angles, radius, Readout) { Offsets = [.. spokes.ToArray().Select(spoke => Offsets[spoke])] };
    }

    /// <summary>[sample, 2] (kx, ky) in cycles per field of view, interleaved.</summary>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    public double[] Points(int rows, int columns)
    {
        double[] points = new double[2 * Radius.Length];
        for (int i = 0; i < Radius.Length; i++)
        {
            (double sine, double cosine) = Math.SinCos(Angles[i / Readout]);
            double offset = Offsets[i / Readout];
            points[2 * i] = (columns * cosine * Radius[i]) - (columns * sine * offset);
            points[(2 * i) + 1] = (rows * sine * Radius[i]) + (rows * cosine * offset);
        }

        return points;
    }

    /// <summary>Whether two geometries are equal in every number.</summary>
    public bool SameAs(SpokeGeometry other) =>
        Angles.AsSpan().SequenceEqual(other.Angles) && Radius.AsSpan().SequenceEqual(other.Radius) && Offsets.AsSpan().SequenceEqual(other.Offsets);

    /// <summary>The first sample that does not lie further along the spoke than the one before it, or null.</summary>
    private static int? Turn(ReadOnlySpan<double> radius)
    {
        double direction = Math.Sign(radius[^1] - radius[0]);
        for (int sample = 1; sample < radius.Length; sample++)
        {
            if (!((radius[sample] - radius[sample - 1]) * direction > 0))
            {
                return sample;
            }
        }

        return null;
    }

    private static double[] ToDouble(Tensor points) => points.DType == DType.Float64
        ? points.ToArray<double>()
        : Array.ConvertAll(points.ToArray<float>(), p => (double)p);
}
