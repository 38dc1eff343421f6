namespace Stardeq.Recon;

// w = rows · columns · a · sector for a sample at distance r from the centre (cycles per pixel) whose spoke owns the angle
// "sector"; a = ∫ |ρ| dρ over the dr of spoke that the sample stands for: r dr, and r² + dr²/4 where that holds the centre.
// Area of k-space per sample, in (cycles per field of view)², before any normalisation.

/// <summary>Density weights of radial trajectories: the area of k-space that each sample stands for.</summary>
public static class RadialDensity
{
    /// <summary>Ramp weights: every spoke owns the angle π/spokes, whatever its direction.</summary>
    /// <param name="geometry">Spokes.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <returns>[spokes · readout], ≥ 0, in (cycles per field of view)².</returns>
    public static double[] Ramp(SpokeGeometry geometry, int rows, int columns)
    {
        double[] sectors = new double[geometry.Angles.Length];
        Array.Fill(sectors, Math.PI / sectors.Length);
        return Weights(geometry, sectors, rows, columns);
    }

    /// <summary>Voronoi weights: every spoke owns half the gap to each neighbour, modulo π.</summary>
    /// <inheritdoc cref="Ramp"/>
    public static double[] Voronoi(SpokeGeometry geometry, int rows, int columns) =>
        Weights(geometry, Sectors(geometry.Angles), rows, columns);

    /// <summary>Angle owned by each spoke, radians; they add up to π.</summary>
    /// <param name="angles">Radians in [0, π), any order.</param>
    public static double[] Sectors(ReadOnlySpan<double> angles)
    {
        int[] order = SpokeSubset.SortedByAngle(angles);
        double[] after = SpokeSubset.GapsAfter(angles, order);
        double[] sectors = new double[angles.Length];
        for (int i = 0; i < order.Length; i++)
        {
            sectors[order[i]] = (after[i] + after[(i + order.Length - 1) % order.Length]) / 2;
        }

        return sectors;
    }

    private static double[] Weights(SpokeGeometry geometry, double[] sectors, int rows, int columns)
    {
        double[] weights = new double[geometry.Radius.Length];
        for (int spoke = 0; spoke < sectors.Length; spoke++)
        {
            ReadOnlySpan<double> radius = geometry.Radius.AsSpan(spoke * geometry.Readout, geometry.Readout);
            for (int sample = 0; sample < radius.Length; sample++)
            {
                double spacing = Spacing(radius, sample), r = Math.Sqrt((radius[sample] * radius[sample]) + (geometry.Offsets[spoke] * geometry.Offsets[spoke]));
                double area = 2 * r < spacing ? (r * r) + (spacing * spacing / 4) : r * spacing;
                weights[(spoke * geometry.Readout) + sample] = rows * (double)columns * area * sectors[spoke];
            }
        }

        return weights;
    }

    /// <summary>Length of spoke that a sample stands for: half the distance between its neighbours.</summary>
    private static double Spacing(ReadOnlySpan<double> radius, int sample)
    {
        int before = Math.Max(sample - 1, 0), after = Math.Min(sample + 1, radius.Length - 1);
        return after == before ? 1.0 : Math.Abs(radius[after] - radius[before]) / (after - before);
    }
}
