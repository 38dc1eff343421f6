using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Recognises trajectories that are not in cycles per field of view.</summary>
public static class TrajectoryUnits
{
    private const double EdgeTolerance = 1e-3; // relative; readouts that end at exactly +N/2 are common
    private const double WideRange = 1.05;     // beyond the edge by this factor it is no longer a matter of the edge
    private const double LargestDelay = 3;     // sample spacings by which corrected gradient delays move spokes across the edge

    /// <summary>Throws unless the points plausibly are (kx, ky) in cycles per field of view of the image.</summary>
    /// <param name="points">[..., 2] float32 or float64.</param>
    /// <param name="rows">Image height in pixels: |ky| must not exceed rows/2.</param>
    /// <param name="columns">Image width in pixels: |kx| must not exceed columns/2.</param>
    /// <exception cref="InputException">Wrong shape, not finite, out of range, or so small that another unit is likely;
    /// the message names that unit and the factor to apply.</exception>
    public static void Check(Tensor points, int rows, int columns)
    {
        if (points.DType.IsComplex() || points.Shape.Rank < 2 || points.Shape[^1] != 2)
        {
            throw new InputException($"the trajectory is {points.Describe()}; a real array [..., 2] = (kx, ky) in cycles per field of view was expected.");
        }

        (double x, double y) = Extents(points);
        double relative = Math.Max(x / columns, y / rows); // 0.5 when the points fill k-space
        if (!double.IsFinite(relative))
        {
            throw new InputException("the trajectory holds NaN or infinite numbers; finite coordinates were expected. Repair the file.");
        }

        // The sums over pixels are periodic: a sample just beyond the edge needs no larger matrix.
        if (relative > 0.5 * Math.Min(WideRange, 1 + EdgeTolerance + (2 * LargestDelay * Spacing(points, rows, columns))))
        {
            throw new InputException($"the trajectory reaches |kx| = {x:g5} and |ky| = {y:g5}; for a {rows} x {columns} image at most {columns / 2.0:g4} and {rows / 2.0:g4} cycles per field of view were expected. "
                + (relative > 0.5 * WideRange
                    ? $"Reconstruct on a larger matrix (about {2 * Math.Max(x, y):f0}), or divide the trajectory by {relative / 0.5:g4} if it has another unit."
                    : "Scale it slightly, or enlarge the matrix."));
        }

        double largest = Math.Max(x, y), side = Math.Max(rows, columns);
        string? guess = side < 8 ? null : Unit(largest, side);
        if (guess is not null)
        {
            throw new InputException($"the trajectory reaches only |k| = {largest:g5}, which looks like {guess}; cycles per field of view up to {side / 2:g4} were expected for a {rows} x {columns} image.");
        }
    }

    /// <summary>How far the points reach, relative to the edge of k-space: 1 when they fill it.</summary>
    public static double Reach(Tensor points, int rows, int columns)
    {
        (double x, double y) = Extents(points);
        return 2 * Math.Max(x / columns, y / rows);
    }

    /// <summary>Factor from a unit to cycles per field of view, for an axis of so many pixels.</summary>
    public static double Factor(TrajectoryUnit unit, int pixels) => unit switch
    {
        TrajectoryUnit.CyclesPerPixel => pixels,
        TrajectoryUnit.RadiansPerPixel => pixels / (2 * Math.PI),
        TrajectoryUnit.Normalised => pixels / 2.0,
        _ => 1,
    };

    private static string? Unit(double largest, double side) => largest switch
    {
        0 => "an empty trajectory: all points are at k = 0",
        > 0.35 and <= 0.5001 => $"cycles per pixel: multiply it by {side:g4}, or name the unit 'cycles-per-pixel' where a verb asks for it",
        > 0.85 and <= 1.0001 when side >= 16 => $"a trajectory normalised to [-1, 1]: multiply it by {side / 2:g4}, or name the unit 'normalised' where a verb asks for it",
        > 2.8 and <= 3.1420 when side >= 24 => $"radians per pixel: multiply it by {side / (2 * Math.PI):g5}, or name the unit 'radians-per-pixel' where a verb asks for it",
        _ => null,
    };

    /// <summary>Distance of the first two samples of the first spoke, cycles per pixel; 0 if spokes are not told apart.</summary>
    private static double Spacing(Tensor points, int rows, int columns)
    {
        if (points.Shape.Rank < 3 || points.Shape[^2] < 2)
        {
            return 0;
        }

        Tensor flat = points.Reshape([(int)(points.Count / 2), 2]).Slice(0, 2);
        double[] k = flat.DType == DType.Float64 ? flat.ToArray<double>() : Array.ConvertAll(flat.ToArray<float>(), v => (double)v);
        return double.Hypot((k[2] - k[0]) / columns, (k[3] - k[1]) / rows);
    }

    private static (double X, double Y) Extents(Tensor points)
    {
        double[] magnitudes = Magnitudes.Of(points);
        double x = 0, y = 0;
        for (int i = 0; i < magnitudes.Length; i += 2)
        {
            x = Math.Max(x, magnitudes[i]); // Math.Max passes NaN on
            y = Math.Max(y, magnitudes[i + 1]);
        }

        return (x, y);
    }
}
