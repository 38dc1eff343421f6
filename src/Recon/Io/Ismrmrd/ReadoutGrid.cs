namespace Stardeq.Recon;

/// <summary>Where readouts go in an array [.., plane, line, sample].</summary>
internal sealed record ReadoutGrid
{
    private readonly int _planeShift, _lineShift;
    private readonly Dictionary<int, int>? _lineOfCounter;

    private ReadoutGrid(int planeShift, int lineShift, Dictionary<int, int>? lineOfCounter) =>
        (_planeShift, _lineShift, _lineOfCounter) = (planeShift, lineShift, lineOfCounter);

    /// <summary>Partitions of the grid.</summary>
    public required int Planes { get; init; }

    /// <summary>Lines or spokes.</summary>
    public required int Lines { get; init; }

    /// <summary>Samples of a line of the grid.</summary>
    public required int Samples { get; init; }

    /// <summary>Where the first sample of a readout goes.</summary>
    public int FirstSample { get; private init; }

    /// <summary>The encoded Cartesian grid, with the centre of k-space at floor(N/2) of every axis.</summary>
    /// <exception cref="InputException">A readout does not fit the width of the grid.</exception>
    public static ReadoutGrid Cartesian(string path, RawEncoding encoding, AcquisitionHeader readout)
    {
        (int x, int y, int z) = encoding.Encoded.Matrix;

        // Files of some converters leave the index of the central sample 0; a full readout has its centre in the middle.
        int centre = readout.CentreSample == 0 && readout.UsedSamples == x ? x / 2 : readout.CentreSample - readout.DiscardBefore;
        int first = (x / 2) - centre;
        return first >= 0 && first + readout.UsedSamples <= x
            ? new ReadoutGrid(Shift(encoding.Partitions, z), Shift(encoding.Lines, y), null) { Planes = z, Lines = y, Samples = x, FirstSample = first }
            : throw new InputException($"'{path}' has readouts of {readout.UsedSamples} samples with the centre at {centre}, which do not fit the {x} encoded ones. Header and readouts contradict each other.");
    }

    /// <summary>Spokes in the order of their counters, on the grid of partitions.</summary>
    public static ReadoutGrid Spokes(RawEncoding encoding, AcquisitionHeader[] readouts)
    {
        int[] counters = [.. readouts.Select(h => (int)h.Counters.Step1).Distinct().Order()];
        return new ReadoutGrid(Shift(encoding.Partitions, encoding.Encoded.Matrix.Z), 0, counters.Select((counter, line) => (counter, line)).ToDictionary(c => c.counter, c => c.line))
        {
            Planes = encoding.Encoded.Matrix.Z,
            Lines = counters.Length,
            Samples = readouts[0].UsedSamples,
        };
    }

    /// <summary>Plane and line of a readout.</summary>
    /// <exception cref="InputException">They lie off the grid.</exception>
    public (int Plane, int Line) PlaceOf(string path, AcquisitionHeader readout)
    {
        int plane = readout.Counters.Step2 + _planeShift, line = _lineOfCounter?[readout.Counters.Step1] ?? (readout.Counters.Step1 + _lineShift);
        return plane >= 0 && plane < Planes && line >= 0 && line < Lines
            ? (plane, line)
            : throw new InputException($"'{path}' has a readout at line {readout.Counters.Step1} of partition {readout.Counters.Step2}; with the centres of its header that is off the grid of {Lines} lines and {Planes} partitions. Header and readouts contradict each other.");
    }

    private static int Shift(EncodingLimit? limit, int extent) => limit is null ? 0 : (extent / 2) - limit.Centre;
}
