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

    private readonly Func<string, TensorScope, Tensor> _read;
    private readonly Func<TensorScope, Tensor> _maps;

    /// <summary>The folder of one subject.</summary>
    /// <param name="record">Its record.</param>
    /// <param name="read">Reads and checks an array of the folder.</param>
    /// <param name="maps">Reads the maps of the dataset.</param>
    internal ProblemFolder(StoredProblems record, Func<string, TensorScope, Tensor> read, Func<TensorScope, Tensor> maps) => (Record, _read, _maps) = (record, read, maps);

    /// <summary>What is stored, and what decided it.</summary>
    public StoredProblems Record { get; }

    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="folder">The subject's folder.</param>
    /// <param name="choices">What decides the problems.</param>
    /// <param name="made">The problems of all its slices.</param>
    /// <param name="storesMaps">False where the dataset holds the same maps.</param>
    public static void Write(string folder, ProblemChoices choices, SubjectProblems made, bool storesMaps)
    {
        using var scope = new TensorScope(made.Slices[0].B.Device, MemoryOwner.Workspace);
        SliceProblem first = made.Slices[0];
        Tensor Stacked(Func<SliceProblem, Tensor> part)
        {
            Tensor all = scope.New(part(first).DType, [made.Slices.Count, .. part(first).Shape]);
            for (int s = 0; s < made.Slices.Count; s++)
            {
                all.Slice(s).CopyFrom(part(made.Slices[s]));
            }

            return all;
        }

        var arrays = new SortedDictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [B] = Stacked(slice => slice.B),
            [Spectrum] = first.Spectrum,
            [Scales] = scope.From([made.Slices.Count, 2], [.. made.Slices.SelectMany(slice => new[] { slice.Scale, slice.AreaScale })]),
            [Weights] = scope.Bring(made.Kept.Weights).Reshape([made.Kept.Spokes.Length, made.Kept.Readout]),
            [Spokes] = scope.From([made.Kept.Spokes.Length], made.Kept.Spokes),
        };
        if (first.Target is not null)
        {
            arrays[Target] = Stacked(slice => slice.RequireTarget());
        }

        if (first.Gridded is not null)
        {
            arrays[Gridded] = Stacked(slice => slice.Gridded!);
        }

        if (first.Plain is { } plain)
        {
            (arrays[PlainB], arrays[PlainSpectrum]) = (Stacked(slice => slice.Plain!.B), plain.Spectrum);
        }

        if (storesMaps)
        {
            arrays[Maps] = Stacked(slice => slice.Maps);
        }

        AtomicFile.WriteFolder(Path.Combine(folder, StoredProblems.FolderName), temporary =>
        {
            SortedDictionary<string, string> hashes = DatasetFolder.WriteArrays(temporary, arrays);
            var record = new StoredProblems(choices, made.Undersampling, hashes);
            AtomicFile.WriteText(Path.Combine(temporary, StoredProblems.RecordName), JsonSerializer.Serialize(record, PreparationPlan.Json) + "\n");
        });
    }

    /// <summary>Reads all problems.</summary>
    /// <param name="subject">Name of the subject.</param>
    /// <param name="spectra">Spectra that were read before, by hash: subjects with equal ones share them.</param>
    /// <param name="scope">Owner of the arrays, in host memory.</param>
    /// <exception cref="InputException">An array is missing or damaged.</exception>
    public IReadOnlyList<SliceProblem> Read(string subject, Dictionary<string, Tensor> spectra, TensorScope scope)
    {
        Tensor? Optional(string name) => Record.Sha256.ContainsKey(name) ? _read(name, scope) : null;
        Tensor Shared(string name)
        {
            string hash = Record.Sha256[name];
            return spectra.TryGetValue(hash, out Tensor? known) ? known : spectra[hash] = _read(name, scope);
        }

        Tensor b = _read(B, scope), spectrum = Shared(Spectrum), maps = Optional(Maps) ?? _maps(scope);
        Tensor? target = Optional(Target), gridded = Optional(Gridded), plain = Optional(PlainB), plainSpectrum = plain is null ? null : Shared(PlainSpectrum);
        double[] scales = _read(Scales, scope).ToArray<double>();
        return [.. Enumerable.Range(0, b.Shape[0]).Select(s => new SliceProblem
        {
            Subject = subject,
            Maps = maps.Slice(s),
            Support = SliceProblem.SupportOf(maps.Slice(s), scope),
            Spectrum = spectrum,
            B = b.Slice(s),
            Target = target?.Slice(s),
            Plain = plain is null ? null : new LeastSquaresProblem(plain.Slice(s), plainSpectrum!),
            Gridded = gridded?.Slice(s),
            Scale = scales[2 * s],
            AreaScale = scales[(2 * s) + 1],
        })];
    }
}
