using System.Globalization;
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
        settings.Validate();
        AtomicFile.WriteFolder(path, folder =>
        {
            var subjects = new DatasetSubject[settings.Subjects];
            progress?.Begin("simulating", subjects.Length);
            for (int index = 0; index < subjects.Length; index++)
            {
                stop.ThrowIfCancellationRequested();
                subjects[index] = WriteSubject(settings, index, folder, device, anatomies);
                progress?.Step(index + 1);
            }

            AtomicFile.WriteText(Path.Combine(folder, DatasetFolder.RecordName), Describe(settings, subjects, anatomies).ToJson());
        });
        return DatasetFolder.Open(path);
    }

    /// <summary>Simulates one subject without writing it.</summary>
    /// <param name="settings">Sizes, noise, seed.</param>
    /// <param name="index">Number of the subject; it alone decides, with the seed, what comes out.</param>
    /// <param name="scope">Owner of the k-space.</param>
    /// <param name="anatomies">As for <see cref="Write"/>.</param>
    public static StackOfStarsAcquisition Simulate(SimulationSettings settings, int index, TensorScope scope, IReadOnlyList<Anatomy> anatomies) =>
        Create(settings, index, scope, anatomies).Acquisition;

    private static (StackOfStarsAcquisition Acquisition, Func<TensorScope, Tensor> Truth, ExponentialCoils Coils) Create(SimulationSettings settings, int index, TensorScope scope, IReadOnlyList<Anatomy> anatomies)
    {
        CounterRandom random = new CounterRandom((ulong)settings.Seed).Stream("subject").Stream(index);
        double[] angles = RadialTrajectory.Angles(settings.Order, settings.SpokeCount), radius = RadialTrajectory.ReadoutPositions(settings.ReadoutLength, settings.HalfShift);
        Tensor kSpace;
        Func<TensorScope, Tensor> truth;
        ExponentialCoils coils;
        if (anatomies.Count == 0)
        {
            var phantom = new EllipsoidPhantom(settings.Coils, random);
            kSpace = phantom.KSpace(settings.Matrix, settings.Partitions, angles, radius, scope);
            (truth, coils) = (owner => phantom.Image(settings.Matrix, settings.Partitions, settings.FirstSlice, settings.Slices, owner), phantom.Coils);
        }
        else
        {
            Anatomy anatomy = anatomies[index % anatomies.Count];
            var phantom = new VolumePhantom(anatomy.Volume, settings.Coils, random);
            int first = anatomy.FirstSlice(settings, index);
            kSpace = phantom.KSpace(settings.Matrix, first, settings.Partitions, angles, radius, scope);
            (truth, coils) = (owner => phantom.Image(settings.Matrix, first + settings.FirstSlice, settings.Slices, owner), phantom.Coils);
        }

        KSpaceNoise.Add(kSpace, 1 / settings.SignalToNoise, random.Stream("noise"));
        return (new StackOfStarsAcquisition(kSpace, angles, radius, settings.Matrix), truth, coils);
    }

    private static DatasetSubject WriteSubject(SimulationSettings settings, int index, string folder, CpuDevice device, IReadOnlyList<Anatomy> anatomies)
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        (StackOfStarsAcquisition acquisition, Func<TensorScope, Tensor> truth, ExponentialCoils coils) = Create(settings, index, scope, anatomies);
        var files = new Dictionary<string, Tensor>
        {
            ["kspace.npy"] = acquisition.KSpace,
            ["angles.npy"] = scope.From([acquisition.Angles.Length], acquisition.Angles),
            ["radius.npy"] = scope.From([acquisition.Radius.Length], acquisition.Radius),
        };
        if (settings.WriteTruth)
        {
            files["truth.npy"] = truth(scope);
            files["maps.npy"] = coils.Maps(settings.Matrix, settings.Partitions, settings.FirstSlice, settings.Slices, scope);
        }

        return DatasetFolder.WriteSubject(folder, $"subject-{index:000}", settings.SplitOf(index), files);
    }

    private static DatasetDescription Describe(SimulationSettings settings, DatasetSubject[] subjects, IReadOnlyList<Anatomy> anatomies) => new()
    {
        Format = DatasetDescription.FormatName,
        Version = typeof(DatasetSimulator).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
        Matrix = settings.Matrix,
        Coils = settings.Coils,
        Partitions = settings.Partitions,
        VolumeSlices = settings.Partitions,
        FirstSlice = settings.FirstSlice,
        Slices = settings.Slices,
        Spokes = settings.SpokeCount,
        Readout = settings.ReadoutLength,
        Source = anatomies.Count == 0 ? "ellipsoid phantom" : string.Join("; ", anatomies.Select(a => a.Name)),
        Parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["seed"] = settings.Seed.ToString(CultureInfo.InvariantCulture),
            ["signalToNoise"] = settings.SignalToNoise.ToString("r", CultureInfo.InvariantCulture),
            ["order"] = settings.Order.ToString().ToLowerInvariant(),
            ["halfShift"] = settings.HalfShift ? "true" : "false",
            ["groupsShareSlices"] = anatomies.Any(a => !a.SeparatesGroups(settings)) ? "true" : "false",
        },
        Subjects = subjects,
    };
}
