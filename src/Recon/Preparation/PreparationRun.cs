using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Makes a dataset folder of raw files: what the verb <c>prepare</c> does.</summary>
public static class PreparationRun
{
    /// <summary>Prepares all subjects. Each appears whole or not at all, and the dataset's record comes last: the same call goes on where an earlier one was stopped.</summary>
    /// <param name="path">Folder of the dataset: new, or left by the same preparation.</param>
    /// <param name="request">Raw files and what to do with them.</param>
    /// <param name="device">Where coil maps are estimated.</param>
    /// <param name="progress">Told of each subject.</param>
    /// <param name="stop">Stops between subjects.</param>
    /// <returns>What was done, in lines.</returns>
    /// <exception cref="InputException">A raw file cannot be used, subjects do not fit together, or the folder holds something else.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what is finished stays.</exception>
    public static IReadOnlyList<string> Write(string path, PreparationRequest request, Device device, IProgressReport progress, CancellationToken stop)
    {
        request.Validate();
        PreparationPlan plan = PreparationPlan.Of(request);
        bool isNew = Open(path, plan.ToJson());
        try
        {
            return Write(path, request, plan, device, progress, stop);
        }
        catch (InputException) when (isNew && !plan.Subjects.Any(subject => Directory.Exists(Path.Combine(path, subject.Name))))
        {
            AtomicFile.Remove(path); // nothing is finished that would be worth going on from
            throw;
        }
    }

    private static IReadOnlyList<string> Write(string path, PreparationRequest request, PreparationPlan plan, Device device, IProgressReport progress, CancellationToken stop)
    {
        var subjects = new List<PreparedSubject>();
        var lines = new List<string>();
        progress.Begin("preparing", plan.Subjects.Length);
        for (int i = 0; i < plan.Subjects.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            string folder = Path.Combine(path, plan.Subjects[i].Name);
            PreparedSubject? finished = PreparedSubject.ReadFinished(folder);
            subjects.Add(finished ?? Prepare(folder, request.Inputs[i], plan.Subjects[i].Raw, request, device));
            lines.Add($"{plan.Subjects[i].Name}: {(finished is null ? "" : "finished before; ")}{string.Join("; ", subjects[^1].Steps.Select(step => $"{step.Step}: {step.Result}"))}");
            if (subjects[^1].Sizes != subjects[0].Sizes)
            {
                throw new InputException($"the subjects of a dataset have equal sizes. '{plan.Subjects[0].Name}' has {subjects[0].Sizes}; '{plan.Subjects[i].Name}' has {subjects[i].Sizes}. Choose --size, --slices and --virtual-coils so that they agree, or prepare two datasets.");
            }

            progress.Step(i + 1);
        }

        DatasetDescription description = Describe(path, plan, subjects);
        if (request.Settings.Problems is { } problems)
        {
            description = ProblemPreparation.Write(path, description, problems, device, progress, stop);
        }

        AtomicFile.WriteText(Path.Combine(path, DatasetFolder.RecordName), description.ToJson());
        return [$"{Counts(plan)}; {subjects[0].Sizes}", .. lines, .. Advice(request.Settings)];
    }

    private static PreparedSubject Prepare(string folder, RawInput input, InputRecord[] raw, PreparationRequest request, Device device)
    {
        if (Directory.Exists(folder))
        {
            AtomicFile.Remove(folder); // left over, and damaged since
        }

        using TensorScope rawScope = new(device.Host, MemoryOwner.Data), scope = new(device.Host, MemoryOwner.Data);
        RawVolume volume = RawVolumeReader.Read(input.Path, request.Source, rawScope);
        return PreparedSubject.Write(folder, raw, VolumePreparation.Run(volume, rawScope, request.Settings, device, scope), volume.Matrix);
    }

    /// <summary>Makes the folder, or checks that the one that is there can be gone on with; true if it is new.</summary>
    private static bool Open(string path, string plan)
    {
        string record = Path.Combine(path, PreparationPlan.RecordName);
        bool resumes = File.Exists(record) && !File.Exists(Path.Combine(path, DatasetFolder.RecordName));
        if (!resumes)
        {
            AtomicFile.RequireAbsent(path);
            AtomicFile.WriteText(record, plan);
        }
        else if (File.ReadAllText(record) != plan)
        {
            throw new InputException($"'{path}' holds an unfinished preparation with other raw files, options or version. Repeat that call to finish it, choose another folder, or remove it.");
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(path).Where(AtomicFile.IsTemporary).ToList())
        {
            AtomicFile.Remove(entry);
        }

        return !resumes;
    }

    private static DatasetDescription Describe(string path, PreparationPlan plan, List<PreparedSubject> subjects)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (plan.Settings.Maps is { } maps)
        {
            parameters[DatasetFolder.CoilMapsKey] = PreparationPlan.Key(maps);
        }

        PreparedSubject first = subjects[0];
        return new DatasetDescription
        {
            Format = DatasetDescription.FormatName,
            Version = plan.Version,
            Matrix = first.Matrix,
            Coils = first.Coils,
            Partitions = first.Partitions,
            VolumeSlices = first.VolumeSlices,
            FirstSlice = first.FirstSlice,
            Slices = first.Slices,
            Spokes = first.Spokes,
            Readout = first.Readout,
            Source = $"raw files; see {PreparationPlan.RecordName}, and {PreparedSubject.RecordName} of each subject",
            Parameters = parameters,
            Subjects = [.. plan.Subjects.Zip(subjects, (planned, made) => new DatasetSubject(planned.Name, planned.Split, made.AllHashes(Path.Combine(path, planned.Name))))],
        };
    }

    private static string Counts(PreparationPlan plan) => string.Join(", ", Enum.GetValues<Split>().Select(split => string.Create(
        CultureInfo.InvariantCulture, $"{plan.Subjects.Count(subject => subject.Split == split)} {split.ToString().ToLowerInvariant()}"))) + " subjects";

    private static IEnumerable<string> Advice(PreparationSettings settings)
    {
        if (settings.Maps is { } maps)
        {
            yield return $"stored {Name(maps)} maps are used where maps={Name(maps)} and maps_from=full ask for them with the same settings";
        }

        if (settings.Problems is { Train: { } train, Test: { } test })
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"stored inputs and targets are used where a training asks for acceleration={train.Acceleration}, train_pattern={Name(train.Pattern)}, test_pattern={Name(test.Pattern)}, maps={Name(train.Slices.Maps!)} and the same settings otherwise; with others they are made anew");
        }
    }

    private static string Name(CoilMapChoice maps) => maps.Method.ToString().ToLowerInvariant();

    private static string Name(UndersamplingPattern pattern) => pattern.ToString().ToLowerInvariant();
}
