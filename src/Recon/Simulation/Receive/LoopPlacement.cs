using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Shape of a receive array.</summary>
public enum CoilLayout
{
    /// <summary>A ring around a thin slab whose maps are kept very smooth: the array of the small training sets.</summary>
    Ring,

    /// <summary>Rows of overlapping loops on an elliptic cylinder around the body.</summary>
    Cylinder,

    /// <summary>Two flat panels of overlapping loops, in front of and behind the body.</summary>
    Panels,
}

/// <summary>
/// Where the loops of an array sit, in fields of view from the centre of the slab. Loops are as far apart as critically
/// overlapping neighbours are [ROE90], 1.5 radii, so that more loops are smaller loops.
/// </summary>
internal static class LoopPlacement
{
    private const double Length = 0.75;       // of the array along z
    private const double CriticalOverlap = 1.5; // distance of neighbours in radii
    private const double LargestRadius = 0.25;
    private const double Displacement = 0.01; // nobody lays an array twice in the same place

    /// <summary>Loops of one array.</summary>
    /// <param name="layout">Cylinder or panels.</param>
    /// <param name="count">Number of loops.</param>
    /// <param name="semiX">Semi-axis from left to right of the surface that carries the loops.</param>
    /// <param name="semiY">From front to back.</param>
    /// <param name="random">Small displacements.</param>
    public static CurrentLoop[] Create(CoilLayout layout, int count, double semiX, double semiY, CounterRandom random)
    {
        CurrentLoop[] loops = layout == CoilLayout.Cylinder
            ? [.. OnCylinder(count, semiX, semiY)]
            : [.. OnPanel(count - (count / 2), semiX, -semiY), .. OnPanel(count / 2, semiX, semiY)];
        return [.. loops.Select((loop, i) => loop with { Centre = loop.Centre.Plus(Shift(random, 3 * i)) })];
    }

    private static IEnumerable<CurrentLoop> OnCylinder(int count, double semiX, double semiY)
    {
        const int steps = 720;
        double[] arc = new double[steps + 1]; // length of the ellipse from angle 0
        for (int i = 0; i < steps; i++)
        {
            double angle = 2 * Math.PI * (i + 0.5) / steps;
            arc[i + 1] = arc[i] + (2 * Math.PI / steps * Math.Sqrt(Math.Pow(semiX * Math.Sin(angle), 2) + Math.Pow(semiY * Math.Cos(angle), 2)));
        }

        foreach ((double across, double z, double radius) in Grid(count, arc[steps], closed: true))
        {
            double angle = 2 * Math.PI * AngleIndex(across + (arc[steps] / 2)) / steps;
            (double sine, double cosine) = Math.SinCos(angle);
            double nx = -cosine / semiX, ny = -sine / semiY, norm = Math.Sqrt((nx * nx) + (ny * ny));
            yield return new CurrentLoop(new Vector3D(semiX * cosine, semiY * sine, z), new Vector3D(nx / norm, ny / norm, 0), radius);
        }

        double AngleIndex(double length)
        {
            int i = Math.Clamp(Array.FindLastIndex(arc, a => a <= length), 0, steps - 1);
            return i + ((length - arc[i]) / (arc[i + 1] - arc[i]));
        }
    }

    private static IEnumerable<CurrentLoop> OnPanel(int count, double semiX, double y) => count == 0 ? [] :
        Grid(count, 2 * semiX, closed: false).Select(place => new CurrentLoop(new Vector3D(place.Across, y, place.Z), new Vector3D(0, -Math.Sign(y), 0), place.Radius));

    /// <summary>Rows of loops on a rectangle of <see cref="Length"/>; every second row is shifted by half a loop.</summary>
    private static IEnumerable<(double Across, double Z, double Radius)> Grid(int count, double width, bool closed)
    {
        double spacing = Math.Sqrt(width * Length / count);
        int rows = Math.Clamp((int)Math.Round(Length / spacing), 1, count);
        for (int row = 0; row < rows; row++)
        {
            int first = count * row / rows, inRow = (count * (row + 1) / rows) - first;
            for (int i = 0; i < inRow; i++)
            {
                double stagger = closed && row % 2 == 1 ? 0.5 : 0;
                yield return (width * (((i + 0.5 + stagger) / inRow % 1) - 0.5), Length * (((row + 0.5) / rows) - 0.5), Math.Min(LargestRadius, spacing / CriticalOverlap));
            }
        }
    }

    private static Vector3D Shift(CounterRandom random, int draw) =>
        new Vector3D(random.Uniform(draw, -1, 1), random.Uniform(draw + 1, -1, 1), random.Uniform(draw + 2, -1, 1)).Times(Displacement);
}
