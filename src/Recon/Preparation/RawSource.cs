using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What the user says about raw files that the files do not say themselves. Null means: not given.</summary>
public sealed record RawSource
{
    /// <summary>Side of the square image; an ISMRMRD header has it, arrays need it.</summary>
    public int? Matrix { get; init; }

    /// <summary>Trajectory file [spoke, readout, 2] for all raw files.</summary>
    public string? Trajectory { get; init; }

    /// <summary>Unit of trajectories, in raw files and beside them; if not given, what the raw file says, else cycles per field of view.</summary>
    public TrajectoryUnit? TrajectoryUnit { get; init; }

    /// <summary>Angles of spokes, in place of a trajectory, or null.</summary>
    public SpokeAngles? Angles { get; init; }

    /// <summary>Whether k = 0 lies between two samples, with <see cref="Angles"/>.</summary>
    public bool HalfShift { get; init; }

    /// <summary>Noise scan [coil, ...] for arrays.</summary>
    public string? Noise { get; init; }

    /// <summary>Partition of arrays at kz = 0; floor(P/2) if not given.</summary>
    public int? CentrePartition { get; init; }

    /// <summary>Partitions of the whole grid, where arrays hold a part; as many as there are if not given.</summary>
    public int? Partitions { get; init; }

    /// <summary>Whether the trajectory comes from the user and not from the raw file.</summary>
    public bool GivesTrajectory => Trajectory is not null || Angles is not null;

    /// <summary>The points that the user gives.</summary>
    /// <param name="path">Raw file, for messages.</param>
    /// <param name="spokes">Spokes of a partition.</param>
    /// <param name="readout">Samples of a spoke.</param>
    /// <param name="matrix">Side of the image.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[spoke, readout, 2] float64, cycles per field of view.</returns>
    /// <exception cref="InputException">There is none, or it does not fit.</exception>
    public Tensor Points(string path, int spokes, int readout, int matrix, TensorScope scope)
    {
        if (Angles is { } angles)
        {
            double[] radius = RadialTrajectory.ReadoutPositions(readout, HalfShift);
            return RadialTrajectory.Points(angles.Create(spokes), radius, matrix, matrix, scope, DType.Float64).Reshape([spokes, readout, 2]);
        }

        if (Trajectory is null)
        {
            throw new InputException($"'{path}' has no trajectory. Give one with --trajectory, or say how the spokes were acquired with --order or --angles.");
        }

        Tensor points = TrajectoryReader.Read(Trajectory, matrix, matrix, scope, TrajectoryUnit ?? default);
        Shape expected = [spokes, readout, 2];
        return points.Shape != expected
            ? throw new InputException($"'{Trajectory}' has points {points.Shape}; '{path}' has {spokes} spokes of {readout} samples, so {expected} was expected.")
            : points.DType == DType.Float64 ? points : scope.From(points.Shape, Array.ConvertAll(points.ToArray<float>(), v => (double)v));
    }
}
