using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A dataset of which only the sizes are known: arrays without meaning where a <see cref="DatasetFolder"/> reads files, held as long.</summary>
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

    /// <summary>The same with the first subject of each group alone.</summary>
    public PlannedDataset OneOfEach() => new(Description with { Subjects = [.. Description.Subjects.DistinctBy(subject => subject.Split)] });

    /// <inheritdoc/>
    public (Tensor Slices, SpokeGeometry Geometry) LoadSlices(DatasetSubject subject, TensorScope scope)
    {
        DatasetDescription d = Description;
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, d.Spokes), radius = RadialTrajectory.ReadoutPositions(d.Readout);
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor kSpace = work.New(DType.Complex64, [d.Coils, d.Partitions, d.Spokes, d.Readout]);
        return (PartitionFft.ToSlices(kSpace, d.VolumeSlices, d.FirstSlice, d.Slices, scope), SpokeGeometry.Radial(angles, radius));
    }

    /// <inheritdoc/>
    public Tensor? LoadCoilMaps(DatasetSubject subject, CoilMapChoice? choice, TensorScope scope) => null;

    /// <inheritdoc/>
    public Tensor? LoadTrueMaps(DatasetSubject subject, TensorScope scope) =>
        scope.New(DType.Complex64, [Description.Slices, Description.Coils, Description.Matrix, Description.Matrix]);

    /// <inheritdoc/>
    public ProblemFolder? OpenProblems(DatasetSubject subject) => null;
}
