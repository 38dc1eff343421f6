using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Makes dataset folders from phantoms.</summary>
public static class DatasetSimulator
{
    /// <summary>Simulates all subjects and writes the folder, whole or not at all.</summary>
    /// <param name="settings">Sizes, noise, seed.</param>
    /// <param name="path">New folder.</param>
    /// <param name="device">The processor that simulates.</param>
    /// <param name="anatomies">Measured volumes to take subjects from in turn, or empty for random ellipsoid anatomies.
    /// Each subject is then another placement of a volume and another run of its slices (see <see cref="Anatomy"/>).</param>
    /// <param name="progress">Told after each subject.</param>
    /// <param name="stop">Stops between subjects and leaves nothing.</param>
    /// <exception cref="InputException">Bad settings, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static DatasetFolder Write(
        SimulationSettings settings,
        string path,
        CpuDevice device,
        IReadOnlyList<Anatomy> anatomies,
        IProgressReport? progress = null,
        CancellationToken stop = default)
    {
        _ = WriteFolder(settings, path, device, anatomies, WriteSubject, DatasetFolder.RecordName, progress, stop);
        return DatasetFolder.Open(path);
    }

    /// <summary>Simulates all subjects and writes an ISMRMRD raw file of each, <c>NAME/NAME.h5</c>, with the record <c>simulation.json</c>.</summary>
    /// <inheritdoc cref="Write"/>
    public static DatasetDescription WriteRaw(
        SimulationSettings settings,
        string path,
        CpuDevice device,
        IReadOnlyList<Anatomy> anatomies,
        IProgressReport? progress = null,
        CancellationToken stop = default) => WriteFolder(settings, path, device, anatomies, WriteRawSubject, SimulationRecord.RawName, progress, stop);

    private static DatasetDescription WriteFolder(
        SimulationSettings settings, string path, CpuDevice device, IReadOnlyList<Anatomy> anatomies, SubjectWriter writer, string record, IProgressReport? progress, CancellationToken stop)
    {
        var simulator = new SubjectSimulator(settings, anatomies);
        DatasetDescription? description = null;
        AtomicFile.WriteFolder(path, folder =>
        {
            var subjects = new DatasetSubject[settings.Subjects];
            double fitError = 0;
            progress?.Begin("simulating", subjects.Length);
            for (int index = 0; index < subjects.Length; index++)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = new TensorScope(device, MemoryOwner.Data);
                SimulatedSubject subject = simulator.Simulate(index, scope);
                subjects[index] = writer(folder, $"subject-{index:000}", settings, settings.SplitOf(index), subject, scope);
                fitError = Math.Max(fitError, subject.CoilFitError);
                progress?.Step(index + 1);
            }

            description = SimulationRecord.Describe(settings, subjects, anatomies, fitError);
            AtomicFile.WriteText(Path.Combine(folder, record), description.ToJson());
        });
        return description!;
    }

    /// <summary>Simulates one subject without writing it.</summary>
    /// <param name="settings">Sizes, noise, seed.</param>
    /// <param name="index">Number of the subject; it alone decides, with the seed, what comes out.</param>
    /// <param name="scope">Owner of the k-space.</param>
    /// <param name="anatomies">As for <see cref="Write"/>.</param>
    public static StackOfStarsAcquisition Simulate(SimulationSettings settings, int index, TensorScope scope, IReadOnlyList<Anatomy> anatomies) =>
        new SubjectSimulator(settings, anatomies).Simulate(index, scope).Acquisition;

    private static DatasetSubject WriteSubject(string folder, string name, SimulationSettings settings, Split split, SimulatedSubject subject, TensorScope scope)
    {
        Dictionary<string, Tensor> files = Truth(settings, subject, scope);
        files["kspace.npy"] = subject.Acquisition.KSpace;
        files["angles.npy"] = scope.From([subject.Acquisition.Angles.Length], subject.Acquisition.Angles);
        files["radius.npy"] = scope.From([subject.Acquisition.Radius.Length], subject.Acquisition.Radius);
        if (subject.NoiseScan is { } noise)
        {
            files["noise.npy"] = noise;
        }

        return DatasetFolder.WriteSubject(folder, name, split, files);
    }

    private static DatasetSubject WriteRawSubject(string folder, string name, SimulationSettings settings, Split split, SimulatedSubject subject, TensorScope scope)
    {
        DatasetSubject written = DatasetFolder.WriteSubject(folder, name, split, Truth(settings, subject, scope));
        string file = $"{name}.h5", path = Path.Combine(folder, name, file);
        RawSubjectFile.Write(path, subject, settings, scope);
        written.Sha256[file] = DatasetFolder.Hash(path);
        return written;
    }

    private static Dictionary<string, Tensor> Truth(SimulationSettings settings, SimulatedSubject subject, TensorScope scope) => !settings.WriteTruth ? [] : new()
    {
        ["truth.npy"] = subject.Truth(scope),
        ["maps.npy"] = subject.Coils.Maps(settings.Matrix, settings.Partitions, settings.FirstSlice, settings.Slices, scope),
    };

    private delegate DatasetSubject SubjectWriter(string folder, string name, SimulationSettings settings, Split split, SimulatedSubject subject, TensorScope scope);
}
