using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Prepares the slices of subjects of a dataset for a model: kz transform, undersampling, weights, coil maps, b, spectrum,
/// scale, target. Owns everything that it makes. Subjects with the same spokes share weights and spectrum.
/// </summary>
public sealed class SliceLoader : IDisposable
{
    private readonly DatasetFolder _data;
    private readonly TrainingConfig _config;
    private readonly EncodingSettings _settings;
    private readonly Device _device;
    private readonly TensorScope _scope; // in host memory
    private readonly List<(SpokeGeometry Geometry, int[] Spokes, EncodingSettings Settings, RadialEncoding Encoding)> _encodings = [];

    /// <summary>A loader of one dataset.</summary>
    /// <param name="data">The dataset.</param>
    /// <param name="config">Choices of the preparation.</param>
    /// <param name="device">Where to compute; the slices wait in the memory of its host.</param>
    public SliceLoader(DatasetFolder data, TrainingConfig config, Device device)
    {
        _data = data;
        _config = config;
        _settings = Settings(config);
        _device = device;
        _scope = new TensorScope(device.Host, MemoryOwner.Data);
    }

    /// <summary>The preparation that a configuration asks for.</summary>
    public static EncodingSettings Settings(TrainingConfig config) => new()
    {
        Density = config.Density,
        DensityNorm = config.DensityNorm,
        Accuracy = config.Nufft,
        Norm = config.ImageNorm,
        Target = config.Target,
    };

    /// <summary>The estimation of coil maps that a configuration asks for; without one, the default.</summary>
    public static CoilMapChoice Coils(TrainingConfig config) => new()
    {
        Method = config.Maps switch
        {
            MapsKind.Jsense => CoilMapMethod.Jsense,
            MapsKind.Espirit => CoilMapMethod.Espirit,
            _ => CoilMapMethod.Walsh,
        },
        Jsense = new JsenseSettings
        {
            Basis = config.JsenseBasis,
            Kernel = config.JsenseKernel,
            Degree = config.JsenseDegree,
            Calibration = config.JsenseCalibration,
            Rounds = config.JsenseRounds,
            Iterations = config.JsenseIterations,
            Lambda = config.JsenseLambda,
        },
        Espirit = new EspiritSettings
        {
            Calibration = config.EspiritCalibration,
            Kernel = config.EspiritKernel,
            Threshold = config.EspiritThreshold,
            Crop = config.EspiritCrop,
        },
    };

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
        DatasetSubject[] subjects = _data.Subjects(split);
        progress.Begin($"preparing {split.ToString().ToLowerInvariant()} data", subjects.Length);
        for (int i = 0; i < subjects.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            slices.AddRange(LoadSubject(subjects[i], pattern, acceleration));
            progress.Step(i + 1);
        }

        return slices;
    }

    /// <summary>Gives all slices back.</summary>
    public void Dispose()
    {
        foreach ((_, _, _, RadialEncoding encoding) in _encodings)
        {
            encoding.Dispose();
        }

        _scope.Dispose();
    }

    private IEnumerable<SliceProblem> LoadSubject(DatasetSubject subject, UndersamplingPattern pattern, int acceleration)
    {
        using var work = new TensorScope(_scope.Device, MemoryOwner.Workspace);
        StackOfStarsAcquisition acquisition = _data.Load(subject, work);
        DatasetDescription d = _data.Description;
        Tensor kSpace = PartitionFft.ToSlices(acquisition.KSpace, d.VolumeSlices, d.FirstSlice, d.Slices, work);
        SpokeGeometry geometry = SpokeGeometry.Radial(acquisition.Angles, acquisition.Radius);
        int[] keptSpokes = SpokeSubset.Select(pattern, acquisition.Angles, acceleration);

        // A gridded target and coil images need areas, whatever weights the model sees.
        EncodingSettings areas = _settings.Density == DensityRule.None ? _settings with { Density = DensityRule.Voronoi } : _settings;
        RadialEncoding full = Encoding(geometry, [.. Enumerable.Range(0, acquisition.Spokes)], d.Matrix, areas);
        RadialEncoding kept = Encoding(geometry, keptSpokes, d.Matrix, _settings);
        RadialEncoding area = Encoding(geometry, keptSpokes, d.Matrix, _settings with { Density = DensityRule.Voronoi });
        var encodings = new SliceEncodings(kept)
        {
            Plain = Encoding(geometry, keptSpokes, d.Matrix, _settings with { Density = DensityRule.None, DensityNorm = DensityNormKind.MaximumEigenvalue }),
            Area = ReferenceEquals(area, kept) ? null : area,
            Full = full,
        };
        Tensor maps = Maps(subject, kSpace, full, Encoding(geometry, keptSpokes, d.Matrix, areas), work);
        var slices = new List<SliceProblem>();
        for (int s = 0; s < d.Slices; s++)
        {
            slices.Add(EncodingBuilder.Build(subject.Name, kSpace.Slice(s), maps.Slice(s), encodings, _settings, _scope));
        }

        return slices;
    }

    private Tensor Maps(DatasetSubject subject, Tensor kSpace, RadialEncoding full, RadialEncoding kept, TensorScope work)
    {
        if (_config.Maps == MapsKind.True)
        {
            return _data.LoadOptional(subject, "maps.npy", _scope) ?? throw new InputException(
                $"maps=true: the dataset has no '{subject.Name}/maps.npy'. Simulate it with --truth, or estimate maps with maps=walsh, maps=jsense or maps=espirit.");
        }

        bool fromFull = _config.MapsFrom == MapsSourceKind.Full;
        RadialEncoding source = fromFull ? full : kept;
        Tensor data = fromFull ? kSpace : KeepAll(kSpace, kept, work);
        int matrix = _data.Description.Matrix;
        return Coils(_config).Estimate(data, source.Points, source.RawWeights, matrix, matrix, _device, _scope);
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
            if (known.Angles.AsSpan().SequenceEqual(geometry.Angles) && known.Radius.AsSpan().SequenceEqual(geometry.Radius)
                && knownSpokes.AsSpan().SequenceEqual(spokes) && knownSettings == settings)
            {
                return encoding;
            }
        }

        var made = new RadialEncoding(geometry, spokes, matrix, matrix, settings, _device);
        _encodings.Add((geometry, spokes, settings, made));
        return made;
    }
}
