namespace Stardeq.Recon;

/// <summary>Which spokes retrospective undersampling keeps.</summary>
public enum UndersamplingPattern
{
    /// <summary>Every R-th spoke in acquisition order: clumped angles for a golden order.</summary>
    Temporal,

    /// <summary>Every R-th spoke in order of angle: nearly uniform angles.</summary>
    Equiangular,

    /// <summary>The first 1/R of the acquisition.</summary>
    Contiguous,
}

/// <summary>Gaps between neighbouring spokes, modulo π, relative to the mean gap.</summary>
/// <param name="Largest">Largest gap over mean gap; 1 for uniform angles.</param>
/// <param name="Variation">Standard deviation over mean.</param>
public readonly record struct AngularGaps(double Largest, double Variation)
{
    /// <summary>As words for people.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"largest angular gap {Largest:0.00} of the mean, variation {Variation:0.00}");
}

/// <summary>Retrospective undersampling of spokes. All results are ascending indices in acquisition order.</summary>
public static class SpokeSubset
{
    /// <summary>Spokes kept by a pattern.</summary>
    /// <param name="pattern">Temporal, equiangular or contiguous.</param>
    /// <param name="angles">Angles of all spokes in acquisition order, radians; directions count modulo π.</param>
    /// <param name="factor">Undersampling factor R; 1 keeps all.</param>
    /// <exception cref="InputException">The factor is below 1 or above the number of spokes.</exception>
    public static int[] Select(UndersamplingPattern pattern, ReadOnlySpan<double> angles, int factor) => pattern switch
    {
        UndersamplingPattern.Temporal => Temporal(angles, factor),
        UndersamplingPattern.Equiangular => Equiangular(angles, factor),
        _ => Contiguous(angles, factor),
    };

    /// <summary>Spokes 0, R, 2R, ... in acquisition order.</summary>
    public static int[] Temporal(ReadOnlySpan<double> angles, int factor)
    {
        CheckFactor(angles.Length, factor);
        return [.. Enumerable.Range(0, (angles.Length + factor - 1) / factor).Select(i => i * factor)];
    }

    /// <summary>Positions 0, R, 2R, ... of the spokes sorted by angle.</summary>
    public static int[] Equiangular(ReadOnlySpan<double> angles, int factor)
    {
        CheckFactor(angles.Length, factor);
        int[] order = SortedByAngle(angles);
        return [.. order.Where((_, position) => position % factor == 0).Order()];
    }

    /// <summary>The first ceil(spokes/R) spokes.</summary>
    public static int[] Contiguous(ReadOnlySpan<double> angles, int factor)
    {
        CheckFactor(angles.Length, factor);
        return [.. Enumerable.Range(0, (angles.Length + factor - 1) / factor)];
    }

    /// <summary>What a pattern keeps, in one line for people.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="factor">Undersampling factor.</param>
    /// <param name="angles">Angles of all spokes.</param>
    /// <param name="kept">Indices of the kept ones.</param>
    public static string Describe(UndersamplingPattern pattern, int factor, ReadOnlySpan<double> angles, ReadOnlySpan<int> kept)
    {
        double[] all = angles.ToArray();
        string what = factor == 1 ? $"all {all.Length} spokes" : $"{factor}x {pattern.ToString().ToLowerInvariant()}, {kept.Length} of {all.Length} spokes";
        return $"{what}, {Gaps([.. kept.ToArray().Select(spoke => all[spoke])])}";
    }

    /// <summary>Statistics of the gaps between neighbouring angles.</summary>
    public static AngularGaps Gaps(ReadOnlySpan<double> angles)
    {
        double[] gaps = GapsAfter(angles, SortedByAngle(angles));
        double mean = Math.PI / gaps.Length;
        double variance = gaps.Sum(gap => (gap - mean) * (gap - mean)) / gaps.Length;
        return new AngularGaps(gaps.Max() / mean, Math.Sqrt(variance) / mean);
    }

    /// <summary>Indices of the spokes in ascending order of angle; equal angles keep their order.</summary>
    internal static int[] SortedByAngle(ReadOnlySpan<double> angles)
    {
        double[] keys = Array.ConvertAll(angles.ToArray(), Diameter);
        return [.. Enumerable.Range(0, keys.Length).OrderBy(i => keys[i])];
    }

    /// <summary>Gap from each sorted spoke to the next, modulo π; the gaps add up to π.</summary>
    internal static double[] GapsAfter(ReadOnlySpan<double> angles, int[] order)
    {
        double[] gaps = new double[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            bool last = i == order.Length - 1;
            gaps[i] = Diameter(angles[order[last ? 0 : i + 1]]) - Diameter(angles[order[i]]) + (last ? Math.PI : 0);
        }

        return gaps;
    }

    /// <summary>The angle in [0, π) of the line that a direction lies on.</summary>
    internal static double Diameter(double angle) => angle - (Math.PI * Math.Floor(angle / Math.PI));

    private static void CheckFactor(int spokes, int factor)
    {
        if (factor < 1 || factor > spokes)
        {
            throw new InputException($"undersampling factor {factor} for {spokes} spokes; a whole number from 1 to {spokes} was expected.");
        }
    }
}
