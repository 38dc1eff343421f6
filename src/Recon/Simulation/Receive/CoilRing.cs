using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A ring of loops around a thin slab, their fields kept to the 31 lowest exponentials: smooth maps for training data that
/// take little time. <see cref="LoopArray"/> has arrays as scanners have them.
/// </summary>
internal static class CoilRing
{
    private const double SlabPerFieldOfView = 0.25; // thickness of the slab relative to the in-plane field of view
    private const double LoopDistance = 0.80, LoopRadius = 0.34; // of the receive loops, in fields of view
    private const double RegionX = 0.47, RegionY = 0.38; // semi-axes of the region where the fit matters
    private const double Ridge = 1e-7; // relative; the half-cycle lattice is overcomplete on the region

    /// <summary>Fits the fields of loops around the body, times a common smooth random phase.</summary>
    /// <param name="coils">Number of loops, evenly around the body and alternately above and below its middle.</param>
    /// <param name="random">Small displacements of the loops, and the phase.</param>
    public static ExponentialCoils Fit(int coils, CounterRandom random)
    {
        Vector3D[] frequencies = Lattice(), points = [.. RegionPoints()];
        var fit = new ExponentialFit(frequencies, points, Ridge);
        Complex[][] fields = [.. Enumerable.Range(0, coils).Select(c => LoopField(c, coils, random.Stream("loops"), points))];
        return new ExponentialCoils(frequencies, [.. SmoothPhase.Apply(fields, points, random.Stream("phase")).Select(fit.Solve)]);
    }

    private static Vector3D[] Lattice()
    {
        var frequencies = new List<Vector3D>();
        for (int c = -1; c <= 1; c++)
        {
            int reach = c == 0 ? 5 : 1; // squared radius in half cycles: 21 in-plane terms, 5 for each sign of z
            for (int b = -2; b <= 2; b++)
            {
                for (int a = -2; a <= 2; a++)
                {
                    if ((a * a) + (b * b) <= reach)
                    {
                        frequencies.Add(new Vector3D(a / 2.0, b / 2.0, c / 2.0));
                    }
                }
            }
        }

        return [.. frequencies];
    }

    private static IEnumerable<Vector3D> RegionPoints()
    {
        const int across = 25;
        for (int z = -1; z <= 1; z++)
        {
            for (int i = 0; i < across * across; i++)
            {
                double x = (i % across * 1.0 / across) - 0.48, y = (i / across * 1.0 / across) - 0.48;
                if ((x * x / (RegionX * RegionX)) + (y * y / (RegionY * RegionY)) <= 1)
                {
                    yield return new Vector3D(x, y, z * 0.4);
                }
            }
        }
    }

    /// <summary>Bx − i By of a circular current loop that faces the axis of the body (Biot-Savart, 24 segments).</summary>
    private static Complex[] LoopField(int coil, int coils, CounterRandom random, Vector3D[] points)
    {
        const int segments = 24;
        double around = 2 * Math.PI * (coil + random.Uniform(2 * coil, -0.15, 0.15)) / coils;
        (double sine, double cosine) = Math.SinCos(around);
        var centre = new Vector3D(LoopDistance * cosine, LoopDistance * 0.85 * sine, (((coil % 2) - 0.5) * 0.1) + random.Uniform((2 * coil) + 1, -0.03, 0.03));
        var field = new Complex[points.Length];
        for (int segment = 0; segment < segments; segment++)
        {
            (double s, double c) = Math.SinCos(2 * Math.PI * segment / segments);
            var wire = new Vector3D(centre.X - (LoopRadius * c * sine), centre.Y + (LoopRadius * c * cosine), centre.Z + (LoopRadius * s));
            var current = new Vector3D(s * sine, -s * cosine, c);
            for (int p = 0; p < points.Length; p++)
            {
                var d = new Vector3D(points[p].X - wire.X, points[p].Y - wire.Y, (points[p].Z * SlabPerFieldOfView) - wire.Z);
                double cube = Math.Pow(d.Dot(d), -1.5);
                field[p] += new Complex(((current.Y * d.Z) - (current.Z * d.Y)) * cube, -((current.Z * d.X) - (current.X * d.Z)) * cube);
            }
        }

        return field;
    }
}
