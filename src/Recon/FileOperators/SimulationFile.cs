using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Simulated datasets from settings and files of anatomies.</summary>
public static class SimulationFile
{
    /// <summary>Reads the anatomies, simulates and writes the folder, whole or not at all.</summary>
    /// <param name="path">New folder.</param>
    /// <param name="settings">Sizes, noise, seed.</param>
    /// <param name="anatomyFiles">NIfTI or array volumes that subjects are cut from in turn; none for random analytic abdomens.</param>
    /// <param name="isRaw">Writes ISMRMRD raw files instead of a dataset.</param>
    /// <param name="device">The processor that simulates.</param>
    /// <param name="progress">Told after each subject.</param>
    /// <param name="stop">Stops between subjects and leaves nothing.</param>
    /// <returns>What was written, in one line.</returns>
    /// <exception cref="InputException">Bad settings, an unusable volume, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static string Write(
        string path, SimulationSettings settings, IReadOnlyList<string> anatomyFiles, bool isRaw, CpuDevice device, IProgressReport progress, CancellationToken stop)
    {
        settings.Validate();
        AtomicFile.RequireAbsent(path);
        using var scope = new TensorScope(device, MemoryOwner.Data);
        Anatomy[] anatomies = [.. anatomyFiles.Select(file => Anatomy.Read(file, scope))];
        if (anatomies.Any(anatomy => !anatomy.SeparatesGroups(settings)))
        {
            progress.Line($"note: an anatomy is not deep enough to give training, validation and test {settings.VolumeSlices} slices of their own; they share slices.");
        }

        DatasetDescription d = isRaw
            ? DatasetSimulator.WriteRaw(settings, path, device, anatomies, progress, stop)
            : DatasetSimulator.Write(settings, path, device, anatomies, progress, stop).Description;
        return $"{settings.TrainSubjects} training, {settings.ValidationSubjects} validation and {settings.TestSubjects} test subjects of {d.Slices} slices; {d.Matrix} x {d.Matrix}, {d.Coils} coils, {d.Partitions} partitions of {d.Spokes} spokes with {d.Readout} samples; from {d.Source}";
    }
}
