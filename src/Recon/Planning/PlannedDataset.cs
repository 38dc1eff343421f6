using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A dataset of which only the sizes are known: arrays without meaning where a <see cref="DatasetFolder"/> has files.</summary>
/// <param name="description">Sizes and subjects.</param>
public sealed class PlannedDataset(DatasetDescription description) : ISliceSource
{
    /// <inheritdoc/>
    public DatasetDescription Description { get; } = description;

    /// <summary>The dataset that a simulation with these settings would make.</summary>
    public static PlannedDataset Of(SimulationSettings settings)
    {
        DatasetSubject[] subjects = [.. Enumerable.Range(0, settings.Subjects).Select(i => new DatasetSubject($"subject-{i:000}", settings.SplitOf(i), []))];
        return new PlannedDataset(SimulationRecord.Describe(settings, subjects, [], fitError: 0));
    }

    /// <inheritdoc/>
    public ISubjectSlices OpenSlices(DatasetSubject subject)
    {
        DatasetDescription d = Description;
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, d.Spokes), radius = RadialTrajectory.ReadoutPositions(d.Readout);
        return new PartitionFile(Planned([d.Coils, d.Partitions, d.Spokes, d.Readout]), SpokeGeometry.Radial(angles, radius), d);
    }

    /// <inheritdoc/>
    public FileArray? CoilMaps(DatasetSubject subject, CoilMapChoice? choice) => null;

    /// <inheritdoc/>
    public FileArray? TrueMaps(DatasetSubject subject) => Planned([Description.Slices, Description.Coils, Description.Matrix, Description.Matrix]);

    /// <inheritdoc/>
    public ProblemFolder? OpenProblems(DatasetSubject subject) => null;

    private static FileArray Planned(Shape shape) => new("", DType.Complex64, shape, 0); // which a rehearsal does not read
}
