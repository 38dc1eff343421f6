using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How gradient delays are estimated from the data themselves.</summary>
public enum DelayMethod
{
    /// <summary>Intersections of spokes, RING [ROS19].</summary>
    Ring,

    /// <summary>Shifts between spokes in opposite directions [BLO11].</summary>
    Antiparallel,
}

// A spoke in the direction n = (cos θ, sin θ) of traversal is measured at k + h S n, S = [[x, xy], [xy, y]], h the sample spacing.
// derivation: docs/derivations/acquisition.md

/// <summary>Displacement of spokes by delays of the gradients, in readout samples.</summary>
/// <param name="X">Shift along kx of a spoke in the direction kx.</param>
/// <param name="Y">Shift along ky of a spoke in the direction ky.</param>
/// <param name="XY">Shift along ky of a spoke in the direction kx, and the other way round: oblique slices.</param>
public readonly record struct GradientDelays(double X, double Y, double XY)
{
    /// <summary>Moves the points of spokes to where they were measured.</summary>
    /// <param name="points">[spoke, readout, 2] float64, (kx, ky) in cycles per field of view; replaced.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    public void Apply(Tensor points, int rows, int columns)
    {
        (int spokes, int readout) = (points.Shape[0], points.Shape[1]);
        for (int spoke = 0; spoke < spokes; spoke++)
        {
            Span<double> line = points.Slice(spoke).Span<double>();
            double stepX = (line[^2] - line[0]) / columns / (readout - 1), stepY = (line[^1] - line[1]) / rows / (readout - 1);
            double shiftX = columns * ((X * stepX) + (XY * stepY)), shiftY = rows * ((XY * stepX) + (Y * stepY));
            for (int t = 0; t < readout; t++)
            {
                line[2 * t] += shiftX;
                line[(2 * t) + 1] += shiftY;
            }
        }
    }

    /// <summary>Delays as they are typed: <c>X,Y,XY</c>.</summary>
    /// <param name="option">Name of the option, for the message.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="others">What else would have been legal, for the message.</param>
    /// <exception cref="InputException">It is something else.</exception>
    public static GradientDelays Parse(string option, string text, string others = "")
    {
        double[] numbers = [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        return numbers.Length == 3 && numbers.All(double.IsFinite)
            ? new GradientDelays(numbers[0], numbers[1], numbers[2])
            : throw new InputException($"{option}: got '{text}', expected {others}three numbers X,Y,XY in samples such as 0.3,-0.1,0.");
    }

    /// <summary>The three numbers, in samples.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"x {X:0.000}, y {Y:0.000}, xy {XY:0.000} samples");
}

/// <summary>Delays with what the fit says about them.</summary>
/// <param name="Delays">The estimate.</param>
/// <param name="StandardError">Largest standard error of the three, in samples, from the scatter of the pairs.</param>
/// <param name="Pairs">Pairs of spokes that the estimate rests on.</param>
/// <param name="Rejected">Pairs that contradict the others.</param>
public sealed record DelayEstimate(GradientDelays Delays, double StandardError, int Pairs, int Rejected)
{
    /// <summary>In words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Delays} (standard error {StandardError:0.0000}, {Pairs} pairs of spokes, {Rejected} left out)");
}
