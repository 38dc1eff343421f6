using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A measured volume that several simulated subjects are cut from. All of them show one person, so where the volume is
/// deep enough the groups (train, validation, test) get separate runs of slices; train and test are still less
/// independent than different persons would be.
/// </summary>
/// <param name="Name">How the dataset's record names it.</param>
/// <param name="Volume">[z, y, x] float32, oriented as <see cref="NiftiVolume"/>.</param>
public sealed record Anatomy(string Name, Tensor Volume)
{
    private const double EmptyFraction = 0.3; // slices with less signal than this part of the fullest are not used

    /// <summary>Reads .nii, .nii.gz or an array file [z, y, x].</summary>
    /// <exception cref="InputException">Not readable, or not of rank 3.</exception>
    public static Anatomy Read(string path, TensorScope scope)
    {
        bool nifti = path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        Tensor volume = nifti ? Nifti.Read(path, scope).Voxels : ArrayFile.Read(path, scope);
        if (volume.Shape.Rank != 3 || volume.Count == 0)
        {
            throw new InputException($"'{path}' is {volume.Describe()}; an image volume [z, y, x] was expected.");
        }

        ArrayFile.RequireFinite(volume, path);
        return new Anatomy($"{Path.GetFileName(path)} sha256 {DatasetFolder.Hash(path)}", scope.From(volume.Shape, Array.ConvertAll(Magnitudes.Of(volume), m => (float)m)));
    }

    /// <summary>True if every group gets slices of its own.</summary>
    public bool SeparatesGroups(SimulationSettings settings) => UsableSlices().Count >= Groups(settings).Length * settings.VolumeSlices;

    /// <summary>First slice of a subject's slab.</summary>
    /// <exception cref="InputException">The volume is not deep enough for the slab.</exception>
    public int FirstSlice(SimulationSettings settings, int subject)
    {
        (int start, int count) = UsableSlices();
        if (count < settings.VolumeSlices)
        {
            throw new InputException($"the anatomy '{Name}' has {count} slices with signal; at least {settings.VolumeSlices} were expected: {Need(settings)}. Use fewer partitions{(settings.Breathing.Amplitude > 0 ? ", a smaller --breathing," : "")} or a larger volume.");
        }

        (int First, int Subjects)[] groups = Groups(settings);
        int group = Array.FindLastIndex(groups, g => g.First <= subject);
        if (SeparatesGroups(settings))
        {
            int spare = count - (groups.Length * settings.VolumeSlices); // shared out by the number of subjects
            int Length(int g) => settings.VolumeSlices + (spare * groups[g].Subjects / settings.Subjects);
            start += Enumerable.Range(0, group).Sum(Length);
            count = Length(group);
        }

        int position = subject - groups[group].First;
        return start + (int)Math.Round((count - settings.VolumeSlices) * (groups[group].Subjects > 1 ? position / (groups[group].Subjects - 1.0) : 0.5));
    }

    private static string Need(SimulationSettings settings) => settings.VolumeSlices == settings.Partitions
        ? "the number of partitions"
        : $"{settings.Partitions} partitions, and {settings.VolumeSlices - settings.Partitions} above them that breathing brings into the slab";

    private static (int First, int Subjects)[] Groups(SimulationSettings settings)
    {
        (int First, int Subjects)[] all =
        [
            (0, settings.TrainSubjects),
            (settings.TrainSubjects, settings.ValidationSubjects),
            (settings.TrainSubjects + settings.ValidationSubjects, settings.TestSubjects),
        ];
        return [.. all.Where(g => g.Subjects > 0)];
    }

    private (int Start, int Count) UsableSlices()
    {
        double[] signal = [.. Enumerable.Range(0, Volume.Shape[0]).Select(z => Magnitudes.Of(Volume.Slice(z)).Sum())];
        double least = EmptyFraction * signal.Max();
        int first = Array.FindIndex(signal, s => s >= least), last = Array.FindLastIndex(signal, s => s >= least);
        return (first, last - first + 1);
    }
}
