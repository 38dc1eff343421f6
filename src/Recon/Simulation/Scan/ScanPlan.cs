namespace Stardeq.Recon;

/// <summary>How a simulated acquisition visits k-space, and what goes wrong on the way.</summary>
internal sealed record ScanPlan
{
    /// <summary>N, side of the later image in pixels.</summary>
    public required int Matrix { get; init; }

    /// <summary>P, kz encodings over the slab.</summary>
    public required int Partitions { get; init; }

    /// <summary>First encoding that is measured; those before it are missing (partial kz).</summary>
    public int FirstPartition { get; init; }

    /// <summary>Nominal spoke angles in order of acquisition, radians.</summary>
    public required double[] Angles { get; init; }

    /// <summary>Nominal signed radius of the samples, cycles per pixel.</summary>
    public required double[] Radius { get; init; }

    /// <summary>Where spokes really lie.</summary>
    public GradientDelays Delays { get; init; }

    /// <summary>What the subject does.</summary>
    public Breathing Breathing { get; init; } = new(0, 1, 0);

    /// <summary>Field of view in the plane, mm.</summary>
    public required double FieldOfView { get; init; }

    /// <summary>Thickness of the slab, mm.</summary>
    public required double Slab { get; init; }

    /// <summary>Encodings that are measured.</summary>
    public int MeasuredPartitions => Partitions - FirstPartition;

    /// <summary>The line that one readout really takes.</summary>
    public KSpaceLine Line(int spoke, int partition)
    {
        (double sine, double cosine) = Math.SinCos(Angles[spoke]);
        (double x, double y) = Shift(cosine, sine);
        return new KSpaceLine(Matrix * x, Matrix * y, Matrix * cosine, Matrix * sine, partition - (Partitions / 2));
    }

    /// <summary>Slices above the slab that breathing brings into it.</summary>
    public int SlicesAbove => Breathing.SlicesAbove(Slab, Partitions);

    /// <summary>Part of a full breath during one readout.</summary>
    public double Inhaled(int spoke, int partition) => Breathing.Inhaled(spoke, partition - FirstPartition, MeasuredPartitions);

    /// <summary>Displacement of a spoke, cycles per pixel: its direction times the matrix of the delays, in sample spacings.</summary>
    public (double X, double Y) Shift(double cosine, double sine) =>
        (((Delays.X * cosine) + (Delays.XY * sine)) / Radius.Length, ((Delays.XY * cosine) + (Delays.Y * sine)) / Radius.Length);
}
