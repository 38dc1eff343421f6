using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Stores what a training asks for with the subjects of a dataset, as a <see cref="SliceLoader"/> would make it: the same bits on the same device.</summary>
internal static class ProblemPreparation
{
    /// <summary>Makes the problems of all subjects; each appears whole or not at all, and what an interrupted preparation has finished stays.</summary>
    /// <param name="path">Folder of the dataset, whose record is not written yet.</param>
    /// <param name="description">Its record so far.</param>
    /// <param name="settings">The problems.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told after each subject.</param>
    /// <param name="stop">Stops between subjects.</param>
    /// <returns>The record with the hashes of the files.</returns>
    /// <exception cref="InputException">A slice holds no signal, or a file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what is finished stays.</exception>
    public static DatasetDescription Write(
        string path, DatasetDescription description, ProblemSettings settings, Device device, IProgressReport progress, CancellationToken stop)
    {
        var data = new DatasetFolder(path, description);
        using var loader = new SliceLoader(data, settings.Train.Slices, device); // test subjects differ in their spokes alone
        var subjects = new List<DatasetSubject>();
        progress.Begin("making problems", description.Subjects.Length);
        foreach (DatasetSubject subject in description.Subjects)
        {
            stop.ThrowIfCancellationRequested();
            string folder = Path.Combine(path, subject.Name);
            SortedDictionary<string, string> hashes = StoredProblems.HashesOf(folder) ?? Make(loader, data, folder, subject, settings.Of(subject.Split));
            subjects.Add(subject with { Sha256 = new(subject.Sha256.Concat(hashes).ToDictionary(), StringComparer.Ordinal) });
            progress.Step(subjects.Count);
        }

        return description with { Subjects = [.. subjects] };
    }

    private static SortedDictionary<string, string> Make(SliceLoader loader, DatasetFolder data, string folder, DatasetSubject subject, ProblemChoices choices)
    {
        string target = Path.Combine(folder, StoredProblems.FolderName);
        if (Directory.Exists(target))
        {
            AtomicFile.Remove(target); // left over, and damaged since
        }

        SubjectProblems made = loader.Make(subject, choices.Pattern, choices.Acceleration);
        loader.DropOtherEncodings(); // spokes may differ from subject to subject
        ProblemFolder.Write(folder, choices, made, storesMaps: !(choices.Slices.MapsFromFull && data.HoldsMaps(choices.Slices.Maps)));
        return StoredProblems.HashesOf(folder)!;
    }
}
