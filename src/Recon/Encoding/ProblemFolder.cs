using System.Text.Json;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The problems of a subject as arrays in its folder: b, target, plain-b and gridded [slice, y, x], spectra [2y, 2x], scales
/// [slice, 2] = (s, factor of the gridded image), weights [spoke, sample] and indices of the kept spokes, and maps [slice, coil, y, x]
/// unless they are those of the dataset.</summary>
public sealed class ProblemFolder
{
    private const string B = "b.npy", Target = "target.npy", Spectrum = "spectrum.npy", Scales = "scales.npy", Weights = "weights.npy", Spokes = "spokes.npy";
    private const string PlainB = "plain-b.npy", PlainSpectrum = "plain-spectrum.npy", Gridded = "gridded.npy", Maps = "maps.npy";

    private readonly Func<string, FileArray> _file;
    private readonly Func<FileArray> _maps;

    /// <summary>The folder of one subject.</summary>
    /// <param name="record">Its record.</param>
    /// <param name="file">Checks an array of the folder and says where it is.</param>
    /// <param name="maps">The same for the maps of the dataset.</param>
    internal ProblemFolder(StoredProblems record, Func<string, FileArray> file, Func<FileArray> maps) => (Record, _file, _maps) = (record, file, maps);

    /// <summary>What is stored, and what decided it.</summary>
    public StoredProblems Record { get; }

    /// <summary>Writes the folder, whole or not at all; the slices are made meanwhile, and none is kept.</summary>
    /// <param name="folder">The subject's folder.</param>
    /// <param name="choices">What decides the problems.</param>
    /// <param name="made">The problems of all its slices.</param>
    /// <param name="storesMaps">False where the dataset holds the same maps.</param>
    public static void Write(string folder, ProblemChoices choices, SubjectProblems made, bool storesMaps) =>
        AtomicFile.WriteFolder(Path.Combine(folder, StoredProblems.FolderName), temporary =>
        {
            SortedDictionary<string, string> hashes = WriteArrays(temporary, made, storesMaps);
            var record = new StoredProblems(choices, made.Undersampling, hashes);
            AtomicFile.WriteText(Path.Combine(temporary, StoredProblems.RecordName), JsonSerializer.Serialize(record, PreparationPlan.Json) + "\n");
        });

    /// <summary>All slices, as they wait in the folder.</summary>
    /// <param name="subject">Name of the subject.</param>
    /// <param name="spectra">Spectra that were read before, by hash: subjects with equal ones share them.</param>
    /// <param name="scope">Owner of the spectra, in host memory.</param>
    /// <exception cref="InputException">An array is missing or damaged.</exception>
    internal IReadOnlyList<StoredSlice> Open(string subject, Dictionary<string, Tensor> spectra, TensorScope scope)
    {
        FileArray? Optional(string name) => Record.Sha256.ContainsKey(name) ? _file(name) : null;
        Tensor Shared(string name)
        {
            string hash = Record.Sha256[name];
            return spectra.TryGetValue(hash, out Tensor? known) ? known : spectra[hash] = _file(name).Read(scope);
        }

        FileArray b = _file(B), maps = Optional(Maps) ?? _maps();
        Tensor spectrum = Shared(Spectrum);
        FileArray? target = Optional(Target), gridded = Optional(Gridded), plain = Optional(PlainB);
        Tensor? plainSpectrum = plain is null ? null : Shared(PlainSpectrum);
        double[] scales = ReadScales(scope.Device);
        return [.. Enumerable.Range(0, b.Shape[0]).Select(s => new StoredSlice
        {
            Subject = subject,
            Maps = new StoredArray(maps.Slice(s)),
            Spectrum = spectrum,
            B = new StoredArray(b.Slice(s)),
            Target = target is null ? null : new StoredArray(target.Slice(s)),
            PlainB = plain is null ? null : new StoredArray(plain.Slice(s)),
            PlainSpectrum = plainSpectrum,
            Gridded = gridded is null ? null : new StoredArray(gridded.Slice(s)),
            Scale = scales[2 * s],
            AreaScale = scales[(2 * s) + 1],
        })];
    }

    private static SortedDictionary<string, string> WriteArrays(string folder, SubjectProblems made, bool storesMaps)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        using var rows = new NpyRows(folder, made.Count);
        var whole = new SortedDictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [Spectrum] = made.Kept.Spectrum,
            [Weights] = scope.Bring(made.Kept.Weights).Reshape([made.Kept.Spokes.Length, made.Kept.Readout]),
            [Spokes] = scope.From([made.Kept.Spokes.Length], made.Kept.Spokes),
        };
        var scales = new List<double>();
        foreach ((SliceProblem slice, _) in made.Slices)
        {
            rows.Add(B, slice.B);
            scales.AddRange([slice.Scale, slice.AreaScale]);
            if (slice.Target is { } target)
            {
                rows.Add(Target, target);
            }

            if (slice.Gridded is { } gridded)
            {
                rows.Add(Gridded, gridded);
            }

            if (slice.Plain is { } plain)
            {
                rows.Add(PlainB, plain.B);
                whole[PlainSpectrum] = plain.Spectrum;
            }

            if (storesMaps)
            {
                rows.Add(Maps, slice.Maps);
            }
        }

        whole[Scales] = scope.From([made.Count, 2], scales.ToArray());
        SortedDictionary<string, string> hashes = DatasetFolder.WriteArrays(folder, whole);
        foreach (string name in rows.Finish())
        {
            hashes[name] = DatasetFolder.Hash(Path.Combine(folder, name));
        }

        return hashes;
    }

    private double[] ReadScales(Device host)
    {
        using var scope = new TensorScope(host, MemoryOwner.Workspace);
        return _file(Scales).Read(scope).ToArray<double>();
    }
}
