using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Simulates the subjects of a dataset one by one; each depends on the settings and its number alone.</summary>
internal sealed class SubjectSimulator
{
    private const int NoiseSamples = 4096; // per coil of a noise scan
    private const double GainSpread = 0.2; // of the channels' amplitudes

    private readonly SimulationSettings _settings;
    private readonly IReadOnlyList<Anatomy> _anatomies;
    private readonly ReceiveRegion _region;
    private readonly Lazy<LoopArray> _array;
    private readonly double[] _angles, _radius;

    /// <summary>Prepares what all subjects share.</summary>
    /// <exception cref="InputException">The settings contradict the anatomies.</exception>
    public SubjectSimulator(SimulationSettings settings, IReadOnlyList<Anatomy> anatomies)
    {
        settings.Validate();
        if (anatomies.Count > 0 && settings.Body != BodyKind.Simple)
        {
            throw new InputException("simulation: --body chooses an analytic subject, and --anatomy a volume; leave one of them out.");
        }

        (_settings, _anatomies) = (settings, anatomies);
        _region = anatomies.Count > 0 ? ReceiveRegion.Volume : ReceiveRegion.Abdomen(settings.Body);
        _array = new Lazy<LoopArray>(() => new LoopArray(_region));
        _angles = RadialTrajectory.Angles(settings.Order, settings.SpokeCount, goldenNumber: settings.GoldenNumber);
        _radius = RadialTrajectory.ReadoutPositions(settings.ReadoutLength, settings.HalfShift);
    }

    /// <summary>One subject.</summary>
    /// <param name="index">Number of the subject; it alone decides, with the seed, what comes out.</param>
    /// <param name="scope">Owner of the data.</param>
    public SimulatedSubject Simulate(int index, TensorScope scope)
    {
        CounterRandom random = new CounterRandom((ulong)_settings.Seed).Stream("subject").Stream(index);
        (ExponentialCoils coils, ReceiverNoise? noise, double fitError) = Receive(random.Stream("coils"));
        (Tensor kSpace, Func<TensorScope, Tensor> truth) = _anatomies.Count == 0 ? Abdomen(coils, random, scope) : Volume(coils, index, random, scope);
        double deviation = 1 / _settings.SignalToNoise;
        Tensor? scan = null;
        if (noise is null)
        {
            KSpaceNoise.Add(kSpace, deviation, random.Stream("noise"));
        }
        else
        {
            KSpaceNoise.AddCorrelated(kSpace, deviation, noise, random.Stream("noise"));
            scan = scope.Zeros(DType.Complex64, [coils.Count, NoiseSamples]);
            KSpaceNoise.AddCorrelated(scan, deviation, noise, random.Stream("noise scan"));
        }

        for (int coil = 0; coil < coils.Count && _settings.FirstPartition > 0; coil++)
        {
            kSpace.Slice(coil).Slice(0, _settings.FirstPartition).Clear();
        }

        return new SimulatedSubject(new StackOfStarsAcquisition(kSpace, _angles, _radius, _settings.Matrix), coils, truth, scan, fitError);
    }

    private (ExponentialCoils Coils, ReceiverNoise? Noise, double FitError) Receive(CounterRandom random)
    {
        if (_settings.Array == CoilLayout.Ring)
        {
            return (ExponentialCoils.Fit(_settings.Coils, random), null, 0);
        }

        CurrentLoop[] loops = _array.Value.Place(_settings.Array, _settings.Coils, random.Stream("loops"));
        (ExponentialCoils coils, double error) = _array.Value.Fit(loops, random.Stream("phase"));
        CounterRandom channel = random.Stream("channels");
        Complex[] gains = [.. Enumerable.Range(0, loops.Length).Select(c => Complex.FromPolarCoordinates(channel.Uniform(2 * c, 1 - GainSpread, 1 + GainSpread), channel.Uniform((2 * c) + 1, 0, 2 * Math.PI)))];
        ReceiverNoise? noise = _settings.CorrelatedNoise ? ReceiverNoise.OfBody(loops, gains, 0.9 * _region.SemiX, 0.9 * _region.SemiY) : null;
        return (coils.Times(gains), noise, error);
    }

    private (Tensor KSpace, Func<TensorScope, Tensor> Truth) Abdomen(ExponentialCoils coils, CounterRandom random, TensorScope scope)
    {
        SimulationSettings s = _settings;
        Blob[] blobs = s.Body == BodyKind.Simple ? Recon.Abdomen.Create(random.Stream("anatomy")) : DetailedAbdomen.Create(random.Stream("anatomy"));
        var phantom = new EllipsoidPhantom(blobs, coils);

        // Training data stay what they are to the last bit: from the plain formula where it applies and is fast.
        bool isPlain = s.Body == BodyKind.Simple && s.Array == CoilLayout.Ring && s.Delays == default && s.Breathing.Amplitude == 0;
        Tensor kSpace = isPlain ? phantom.KSpace(s.Matrix, s.Partitions, _angles, _radius, scope) : BlobScan.KSpace(blobs, coils, Plan(), scope);
        return (kSpace, owner => phantom.Image(s.Matrix, s.Partitions, s.FirstSlice, s.Slices, owner));
    }

    private (Tensor KSpace, Func<TensorScope, Tensor> Truth) Volume(ExponentialCoils coils, int index, CounterRandom random, TensorScope scope)
    {
        Anatomy anatomy = _anatomies[index % _anatomies.Count];
        var phantom = new VolumePhantom(anatomy.Volume, coils, random);
        int first = anatomy.FirstSlice(_settings, index);
        return (phantom.KSpace(Plan(), first, scope), owner => phantom.Image(_settings.Matrix, first + _settings.FirstSlice, _settings.Slices, owner));
    }

    private ScanPlan Plan() => new()
    {
        Matrix = _settings.Matrix,
        Partitions = _settings.Partitions,
        FirstPartition = _settings.FirstPartition,
        Angles = _angles,
        Radius = _radius,
        Delays = _settings.Delays,
        Breathing = _settings.Breathing,
        FieldOfView = SimulationSettings.FieldOfView,
        Slab = _settings.Slab,
    };
}
