using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Prepares the slices of subjects of a dataset for a model: kz transform, undersampling, weights, coil maps, b, spectrum,
/// scale, target; or reads them where the dataset holds just these. Owns everything that it makes, in memory or, where there is no more
/// <see cref="SliceRoom"/>, in files. Subjects with the same spokes share weights and spectrum.
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
    private SliceFiles? _files; // of slices that were made and have no room
    private SpokeGeometry? _last; // of the subject that was made last

    /// <summary>A loader of one dataset.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="choices">Choices of the preparation.</param>
    /// <param name="device">Where to compute; the slices wait in the memory of its host.</param>
    /// <param name="room">How many of them; null for all.</param>
    public SliceLoader(ISliceSource data, SliceChoices choices, Device device, SliceRoom? room = null)
    {
        _data = data;
        _choices = choices;
        _device = device;
        Room = room ?? SliceRoom.ForAll();
        _scope = new TensorScope(device.Host, MemoryOwner.Data);
    }

    /// <summary>Bytes of slices that are in files which go with this loader.</summary>
    public long WrittenBytes => _files?.Bytes ?? 0;

    /// <summary>The room in memory that slices have taken.</summary>
    public SliceRoom Room { get; }

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
    public IReadOnlyList<IWaitingSlice> Load(
        Split split, UndersamplingPattern pattern, int acceleration, IProgressReport progress, CancellationToken stop)
    {
        using Ledger.PhaseScope phase = _device.Ledger.Enter("data");
        var slices = new List<IWaitingSlice>();
        HashSet<string> notes = [];
        DatasetSubject[] subjects = _data.Description.Of(split);
        progress.Begin($"preparing {split.ToString().ToLowerInvariant()} data", subjects.Length);
        for (int i = 0; i < subjects.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            string what = LoadSubject(subjects[i], new ProblemChoices(_choices, pattern, acceleration), slices);
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

        _files?.Dispose();
        _scope.Dispose();
    }

    /// <summary>Adds the slices of a subject and says where they come from.</summary>
    private string LoadSubject(DatasetSubject subject, ProblemChoices choices, List<IWaitingSlice> slices)
    {
        ProblemFolder? stored = _data.OpenProblems(subject);
        string difference = stored is null ? "" : choices.Difference(stored.Record.Choices);
        if (stored is not null && difference.Length == 0)
        {
            slices.AddRange(stored.Open(subject.Name, _spectra, _scope).Select(Kept));
            return $"{stored.Record.Undersampling}; as prepared";
        }

        // Stored problems are those of a training; a classical reconstruction has no use for them, and that is no news.
        SubjectProblems made = Make(subject, choices.Pattern, choices.Acceleration);
        slices.AddRange(made.Slices.Select(Kept));
        return stored is null || !_choices.Yardsticks ? made.Undersampling : $"{made.Undersampling}; made anew, because prepared were others: {difference}";
    }

    /// <summary>A slice of prepared files, in memory if there is room.</summary>
    private IWaitingSlice Kept(StoredSlice slice)
    {
        if (!Room.Take(slice.OwnBytes))
        {
            return slice.Sealed(_scope.Device);
        }

        SliceProblem read = slice.Place(_scope);
        slice.ReadInto(read);
        return read;
    }

    /// <summary>A slice that was made, in memory if there is room.</summary>
    private IWaitingSlice Kept(MadeSlice made)
    {
        if (!Room.Take(made.Slice.OwnBytes))
        {
            return (_files ??= new SliceFiles(Room.Folder!)).Add(made.Slice);
        }

        foreach (Tensor array in made.Slice.OwnArrays)
        {
            _scope.Adopt(array, made.Owner);
        }

        return made.Slice;
    }

    /// <summary>Makes the problems of one subject, whatever the dataset holds ready.</summary>
    /// <param name="subject">Subject.</param>
    /// <param name="pattern">Spokes to keep.</param>
    /// <param name="acceleration">Undersampling factor.</param>
    /// <exception cref="InputException">The data are damaged, or lack what the choices ask for.</exception>
    public SubjectProblems Make(DatasetSubject subject, UndersamplingPattern pattern, int acceleration)
    {
        DatasetDescription d = _data.Description;
        ISubjectSlices data = _data.OpenSlices(subject);
        SpokeGeometry geometry = _last = data.Geometry;
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

        SubjectMaps maps = Maps(subject, data, source => Encoding(geometry, source ? all : keptSpokes, d.Matrix, areas));
        return new SubjectProblems(d.Slices, Slices(subject.Name, data, maps, encodings), SpokeSubset.Describe(pattern, acceleration, geometry.Angles, keptSpokes), kept);
    }

    /// <summary>The slices of a subject: read and given maps a few at a time, and handed on one at a time.</summary>
    private IEnumerable<MadeSlice> Slices(string subject, ISubjectSlices data, SubjectMaps maps, SliceEncodings encodings)
    {
        DatasetDescription d = _data.Description;
        int mapped = CoilMapChoice.SlicesTogether(d.Coils, d.Matrix, d.Matrix);
        foreach ((int first, Tensor kSpace) in data.InTurn(d.Slices, mapped, _scope.Device))
        {
            using var work = new TensorScope(_scope.Device, MemoryOwner.Workspace);
            Tensor ofThem = maps.Of(kSpace, first, work);
            for (int slice = 0; slice < kSpace.Shape[0]; slice++)
            {
                using var own = new TensorScope(_scope.Device, MemoryOwner.Data);
                yield return new MadeSlice(EncodingBuilder.Build(subject, kSpace.Slice(slice), own.Clone(ofThem.Slice(slice)), encodings, _choices.Encoding, own), own);
            }
        }
    }

    /// <summary>Maps of a subject: the true ones, those in the dataset if they are what is asked for, or estimates.</summary>
    private SubjectMaps Maps(DatasetSubject subject, ISubjectSlices data, Func<bool, RadialEncoding> encoding)
    {
        if (_choices.TrueMaps)
        {
            return SubjectMaps.True(_data.TrueMaps(subject) ?? throw new InputException(
                $"maps=true: the dataset has no '{subject.Name}/maps.npy'. Simulate it with --truth, or estimate maps with maps=walsh or maps=jsense."));
        }

        return (_choices.Maps is null || _choices.MapsFromFull) && _data.CoilMaps(subject, _choices.Maps) is { } stored
            ? SubjectMaps.Stored(stored)
            : SubjectMaps.Estimated(data, _data.Description, _choices, encoding(_choices.MapsFromFull), _scope.Device);
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
