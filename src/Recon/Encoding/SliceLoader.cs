using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Prepares the slices of subjects of a dataset for a model: kz transform, undersampling, weights, coil maps, b, spectrum,
/// scale, target; or reads them where the dataset holds just these. Owns everything that it makes. Subjects with the same spokes
/// share weights and spectrum.
/// </summary>
public sealed class SliceLoader : IDisposable
{
    private readonly ISliceSource _data;
    private readonly SliceChoices _choices;
    private readonly Device _device;
    private readonly TensorScope _scope; // in host memory
    private readonly List<(SpokeGeometry Geometry, int[] Spokes, EncodingSettings Settings, RadialEncoding Encoding)> _encodings = [];
    private readonly List<RadialEncoding> _released = []; // whose spectra the slices use
    private readonly Dictionary<string, Tensor> _spectra = new(StringComparer.Ordinal); // that were read, by hash
    private SpokeGeometry? _last; // of the subject that was made last

    /// <summary>A loader of one dataset.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="config">Choices of the preparation.</param>
    /// <param name="device">Where to compute; the slices wait in the memory of its host.</param>
    public SliceLoader(ISliceSource data, TrainingConfig config, Device device)
        : this(data, SliceChoices.From(config), device)
    {
    }

    /// <summary>A loader of one dataset.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="choices">Choices of the preparation.</param>
    /// <param name="device">Where to compute; the slices wait in the memory of its host.</param>
    public SliceLoader(ISliceSource data, SliceChoices choices, Device device)
    {
        _data = data;
        _choices = choices;
        _device = device;
        _scope = new TensorScope(device.Host, MemoryOwner.Data);
    }

    /// <summary>Where it computes.</summary>
    public Device Device => _device;

    /// <summary>All used slices of the subjects of a group.</summary>
    /// <param name="split">Group.</param>
    /// <param name="pattern">Spokes to keep.</param>
    /// <param name="acceleration">Undersampling factor.</param>
    /// <param name="progress">Told after each subject.</param>
    /// <param name="stop">Stops between subjects.</param>
    /// <exception cref="InputException">The data are damaged, or lack what the configuration asks for.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public IReadOnlyList<SliceProblem> Load(
        Split split, UndersamplingPattern pattern, int acceleration, IProgressReport progress, CancellationToken stop)
    {
        using Ledger.PhaseScope phase = _device.Ledger.Enter("data");
        var slices = new List<SliceProblem>();
        HashSet<string> notes = [];
        DatasetSubject[] subjects = _data.Description.Of(split);
        progress.Begin($"preparing {split.ToString().ToLowerInvariant()} data", subjects.Length);
        for (int i = 0; i < subjects.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            (IReadOnlyList<SliceProblem> loaded, string what) = LoadSubject(subjects[i], new ProblemChoices(_choices, pattern, acceleration));
            slices.AddRange(loaded);
            if (notes.Add(what))
            {
                progress.Line($"{split.ToString().ToLowerInvariant()}: {what}");
            }

            progress.Step(i + 1);
        }

        return slices;
    }

    /// <summary>
    /// Gives back what only serves to make slices, memory that is idle since then included: call it when all are loaded. Slices
    /// stay; further ones can be loaded, and begin anew.
    /// </summary>
    public void ReleaseTransforms()
    {
        foreach ((_, _, _, RadialEncoding encoding) in _encodings)
        {
            encoding.ReleaseTransform();
            _released.Add(encoding);
        }

        _encodings.Clear();
        _device.Trim();
        _device.Host.Pool.Trim();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive); // tables of points and weights, hashes and file buffers
    }

    /// <summary>Gives back weights and spectra of all spokes but those of the subject that was made last, for callers that have done with the others.</summary>
    public void DropOtherEncodings()
    {
        for (int i = _encodings.Count - 1; i >= 0; i--)
        {
            if (!_encodings[i].Geometry.SameAs(_last!))
            {
                _encodings[i].Encoding.Dispose();
                _encodings.RemoveAt(i);
            }
        }
    }

    /// <summary>Gives all slices back.</summary>
    public void Dispose()
    {
        foreach (RadialEncoding encoding in _released.Concat(_encodings.Select(entry => entry.Encoding)))
        {
            encoding.Dispose();
        }

        _scope.Dispose();
    }

    private (IReadOnlyList<SliceProblem> Slices, string What) LoadSubject(DatasetSubject subject, ProblemChoices choices)
    {
        ProblemFolder? stored = _data.OpenProblems(subject);
        string difference = stored is null ? "" : choices.Difference(stored.Record.Choices);
        if (stored is not null && difference.Length == 0)
        {
            return (stored.Read(subject.Name, _spectra, _scope), $"{stored.Record.Undersampling}; as prepared");
        }

        // Stored problems are those of a training; a classical reconstruction has no use for them, and that is no news.
        SubjectProblems made = Make(subject, choices.Pattern, choices.Acceleration, _scope);
        return (made.Slices, stored is null || !_choices.Yardsticks ? made.Undersampling : $"{made.Undersampling}; made anew, because prepared were others: {difference}");
    }

    /// <summary>Makes the problems of one subject, whatever the dataset holds ready.</summary>
    /// <param name="subject">Subject.</param>
    /// <param name="pattern">Spokes to keep.</param>
    /// <param name="acceleration">Undersampling factor.</param>
    /// <param name="scope">Owner of what belongs to this subject alone, in host memory; spectra stay the loader's.</param>
    /// <exception cref="InputException">The data are damaged, or lack what the choices ask for.</exception>
    public SubjectProblems Make(DatasetSubject subject, UndersamplingPattern pattern, int acceleration, TensorScope scope)
    {
        using var work = new TensorScope(_scope.Device, MemoryOwner.Workspace);
        DatasetDescription d = _data.Description;
        (Tensor kSpace, SpokeGeometry geometry) = _data.LoadSlices(subject, work);
        _last = geometry;
        int[] keptSpokes = SpokeSubset.Select(pattern, geometry.Angles, acceleration), all = [.. Enumerable.Range(0, geometry.Angles.Length)];

        // A gridded target and coil images need areas, whatever weights the model sees.
        EncodingSettings settings = _choices.Encoding, areas = settings.Density == DensityRule.None ? settings with { Density = DensityRule.Voronoi } : settings;
        RadialEncoding kept = Encoding(geometry, keptSpokes, d.Matrix, settings);
        var encodings = new SliceEncodings(kept);
        if (_choices.Yardsticks)
        {
            RadialEncoding area = Encoding(geometry, keptSpokes, d.Matrix, settings with { Density = DensityRule.Voronoi });
            encodings = encodings with
            {
                Plain = Encoding(geometry, keptSpokes, d.Matrix, settings with { Density = DensityRule.None, DensityNorm = DensityNormKind.MaximumEigenvalue }),
                Area = ReferenceEquals(area, kept) ? null : area,
                Full = Encoding(geometry, all, d.Matrix, areas),
            };
        }

        Tensor maps = Maps(subject, kSpace, source => Encoding(geometry, source ? all : keptSpokes, d.Matrix, areas), scope, work);
        var slices = new List<SliceProblem>();
        for (int s = 0; s < d.Slices; s++)
        {
            slices.Add(EncodingBuilder.Build(subject.Name, kSpace.Slice(s), maps.Slice(s), encodings, settings, scope));
        }

        return new SubjectProblems(slices, SpokeSubset.Describe(pattern, acceleration, geometry.Angles, keptSpokes), kept);
    }

    /// <summary>Maps of a subject: the true ones, those in the dataset if they are what is asked for, or estimates.</summary>
    private Tensor Maps(DatasetSubject subject, Tensor kSpace, Func<bool, RadialEncoding> encoding, TensorScope scope, TensorScope work)
    {
        if (_choices.TrueMaps)
        {
            return _data.LoadTrueMaps(subject, scope) ?? throw new InputException(
                $"maps=true: the dataset has no '{subject.Name}/maps.npy'. Simulate it with --truth, or estimate maps with maps=walsh or maps=jsense.");
        }

        if ((_choices.Maps is null || _choices.MapsFromFull) && _data.LoadCoilMaps(subject, _choices.Maps, scope) is { } stored)
        {
            return stored;
        }

        RadialEncoding source = encoding(_choices.MapsFromFull);
        Tensor data = _choices.MapsFromFull ? kSpace : KeepAll(kSpace, source, work);
        int matrix = _data.Description.Matrix;
        return (_choices.Maps ?? new CoilMapChoice()).Estimate(data, source.Points, source.RawWeights, matrix, matrix, _device, scope);
    }

    private static Tensor KeepAll(Tensor kSpace, RadialEncoding kept, TensorScope work)
    {
        Tensor first = kept.Keep(kSpace.Slice(0), work);
        Tensor all = work.New(first.DType, [kSpace.Shape[0], .. first.Shape]);
        for (int s = 0; s < kSpace.Shape[0]; s++)
        {
            all.Slice(s).CopyFrom(kept.Keep(kSpace.Slice(s), work));
        }

        return all;
    }

    private RadialEncoding Encoding(SpokeGeometry geometry, int[] spokes, int matrix, EncodingSettings settings)
    {
        foreach ((SpokeGeometry known, int[] knownSpokes, EncodingSettings knownSettings, RadialEncoding encoding) in _encodings)
        {
            if (known.SameAs(geometry) && knownSpokes.AsSpan().SequenceEqual(spokes) && knownSettings == settings)
            {
                return encoding;
            }
        }

        var made = new RadialEncoding(geometry, spokes, matrix, matrix, settings, _device);
        _encodings.Add((geometry, spokes, settings, made));
        return made;
    }
}
