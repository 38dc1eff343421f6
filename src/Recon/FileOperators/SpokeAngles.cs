namespace Stardeq.Recon;

/// <summary>Where the angles of spokes come from: an order, or a file. Null means: not given.</summary>
public sealed record SpokeAngles
{
    /// <summary>Order; golden if neither it nor a file is given.</summary>
    public SpokeOrder? Order { get; init; }

    /// <summary>n of the golden angle π/(φ + n − 1); 1 if not given.</summary>
    public int? GoldenNumber { get; init; }

    /// <summary>Array of angles in acquisition order, in place of an order.</summary>
    public string? File { get; init; }

    /// <summary>Unit of the file; radians if not given.</summary>
    public AngleUnit? Unit { get; init; }

    /// <summary>The angles.</summary>
    /// <param name="spokes">How many; 0 for as many as the file has.</param>
    /// <returns>Radians, the directions in which the spokes are traversed.</returns>
    /// <exception cref="InputException">The parts contradict each other, or the file cannot be used.</exception>
    public double[] Create(int spokes)
    {
        if (File is null)
        {
            Require(Unit is null, "--angle-unit is the unit of --angles; leave it out, or give the file.");
            Require(GoldenNumber is null || Order is null or SpokeOrder.Golden, "--golden-number belongs to --order golden; leave it out.");
            Require(spokes >= 1, "the number of spokes is missing; give --spokes, or --angles with a file of their angles.");
            return RadialTrajectory.Angles(Order ?? SpokeOrder.Golden, spokes, goldenNumber: GoldenNumber ?? 1);
        }

        Require(Order is null && GoldenNumber is null, "--angles gives the angles themselves; leave --order and --golden-number out.");
        double[] angles = AngleReader.Read(File, Unit ?? AngleUnit.Radians);
        Require(spokes == 0 || spokes == angles.Length, $"'{File}' has {angles.Length} angles, but there are {spokes} spokes; give one angle for each spoke of the whole acquisition.");
        return angles;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException(message);
        }
    }
}
