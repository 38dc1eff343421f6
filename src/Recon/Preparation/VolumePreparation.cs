using System.Globalization;
using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One measurement, ready for a dataset.</summary>
/// <param name="Slices">[slice, coil, spoke, readout] complex64.</param>
/// <param name="Points">[spoke, readout, 2] float64, cycles per field of view, where the samples were measured.</param>
/// <param name="Maps">[slice, coil, y, x] complex64, or null.</param>
/// <param name="Partitions">Partitions of the kz grid.</param>
/// <param name="Slab">Slices of the volume, and those that are kept.</param>
/// <param name="Steps">What was done and what came out, in order.</param>
public sealed record PreparedVolume(Tensor Slices, Tensor Points, Tensor? Maps, int Partitions, SlabGeometry Slab, IReadOnlyList<PreparationStep> Steps)
{
    /// <summary>Place of the slices in the patient, or null where the raw file does not say.</summary>
    public ImageGeometry? Geometry { get; init; }
}

/// <summary>One step of a preparation.</summary>
/// <param name="Step">What was done.</param>
/// <param name="Result">What came out, in words and numbers.</param>
public sealed record PreparationStep(string Step, string Result);

/// <summary>The road from a raw measurement to slices: whitening, delays, oversampling, transform along kz, virtual coils, coil maps.</summary>
/// <remarks>Runs in host memory and lets go of each stage when the next is there: two copies of the k-space at most.</remarks>
public static class VolumePreparation
{
    private const double NarrowReach = 0.6; // part of the radius of k-space; no scan for images of that size reaches less

    /// <summary>Prepares one measurement.</summary>
    /// <param name="raw">As read; its k-space is changed.</param>
    /// <param name="rawScope">Owner of the raw measurement; emptied as soon as it is not needed.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="device">Where coil maps are estimated.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <exception cref="InputException">The data do not hold what a step needs.</exception>
    public static PreparedVolume Run(RawVolume raw, TensorScope rawScope, PreparationSettings settings, Device device, TensorScope scope)
    {
        settings.Validate();
        var steps = new List<PreparationStep>();
        steps.AddRange(raw.Notes.Select(note => new PreparationStep(note.Key, note.Value)));
        steps.Add(Whiten(raw, settings.Whiten));
        Tensor points = scope.Clone(raw.Points);
        Delays(raw, points, settings, steps);
        if (TrajectoryUnits.Reach(points, raw.Matrix, raw.Matrix) is < NarrowReach and var reach)
        {
            steps.Add(new("trajectory", Text($"reaches {100 * reach:0} % of the radius of k-space only, so that images are as coarse as {reach * raw.Matrix:0} pixels across would be; check the unit of the trajectory, and --size")));
        }

        Tensor kSpace = raw.KSpace;
        if (settings.ReadoutOversampling > 1)
        {
            kSpace = ReadoutOversampling.Remove(raw.KSpace, settings.ReadoutOversampling, rawScope);
            rawScope.Free(raw.KSpace);
            points = ReadoutOversampling.KeepPoints(points, settings.ReadoutOversampling, scope);
            steps.Add(new("readout oversampling removed", Text($"{raw.KSpace.Shape[3]} to {kSpace.Shape[3]} samples per spoke")));
        }

        (int partitions, int spokes, int readout) = (kSpace.Shape[1], kSpace.Shape[2], kSpace.Shape[3]);
        SlabGeometry slab = Slab(raw, settings, partitions);
        Tensor slices = PartitionFft.ToSlices(kSpace, slab.VolumeSlices, slab.First, slab.Count, scope);
        rawScope.Clear();
        steps.Add(new("kz transform", Text($"{partitions} partitions to slices {slab.First} to {slab.First + slab.Count - 1} of {slab.VolumeSlices}")));
        slices = Compress(slices, settings, steps, scope);
        Tensor? maps = settings.Maps is null ? null : Maps(slices, points, raw.Matrix, settings.Maps, device, scope, steps);
        Shape shape = [slab.Count, slices.Shape[1], spokes, readout];
        return new PreparedVolume(slices.Reshape(shape), points, maps, partitions, slab, steps)
        {
            Geometry = raw.Geometry is null ? null : slab.Place(raw.Geometry, raw.Slab),
        };
    }

    private static PreparationStep Whiten(RawVolume raw, WhitenKind kind)
    {
        if (kind == WhitenKind.Off || (kind == WhitenKind.Auto && raw.Noise is null))
        {
            return new("noise", kind == WhitenKind.Off ? "not whitened, as asked" : "not whitened: there is no noise scan");
        }

        Tensor noise = raw.Noise ?? throw new InputException("whitening is on, but there is no noise scan. Give one with --noise, or say --whiten off.");
        if (noise.Shape[0] != raw.Coils)
        {
            throw new InputException($"the noise scan has {noise.Shape[0]} coils, the data {raw.Coils}; equal numbers were expected.");
        }

        Complex[,] covariance = Prewhitening.NoiseCovariance(noise, raw.NoiseBandwidthRatio);
        CoilMixing.Apply(Prewhitening.Matrix(covariance), raw.KSpace, raw.KSpace);
        double[] deviations = [.. Enumerable.Range(0, raw.Coils).Select(i => Math.Sqrt(covariance[i, i].Real))];
        return new("noise whitened", Text($"to unit covariance, from {noise.Count / raw.Coils} noise samples; deviation of a coil {deviations.Min():g3} to {deviations.Max():g3}, variance of the data {raw.NoiseBandwidthRatio:g4} times that of the scan"));
    }

    private static void Delays(RawVolume raw, Tensor points, PreparationSettings settings, List<PreparationStep> steps)
    {
        if (settings.Delays is { } known)
        {
            known.Apply(points, raw.Matrix, raw.Matrix);
            steps.Add(new("gradient delays corrected", $"{known}, as given"));
        }
        else if (settings.DelayMethod is { } method)
        {
            using var work = new TensorScope(raw.KSpace.Device, MemoryOwner.Workspace);
            Tensor centre = work.New(DType.Complex64, [raw.Coils, raw.Spokes, raw.KSpace.Shape[3]]);
            for (int coil = 0; coil < raw.Coils; coil++)
            {
                centre.Slice(coil).CopyFrom(raw.KSpace.Slice(coil).Slice(raw.KSpace.Shape[1] / 2));
            }

            DelayEstimate estimate = method == DelayMethod.Ring
                ? RingDelays.Estimate(centre, points, raw.Matrix, raw.Matrix)
                : AntiparallelDelays.Estimate(centre, points, raw.Matrix, raw.Matrix);
            estimate.Delays.Apply(points, raw.Matrix, raw.Matrix);
            steps.Add(new("gradient delays corrected", $"{estimate}, by {method.ToString().ToLowerInvariant()}"));
        }
    }

    private static SlabGeometry Slab(RawVolume raw, PreparationSettings settings, int partitions)
    {
        SlabGeometry slab = raw.Slab;
        slab = settings.VolumeSlices is { } volume ? new SlabGeometry(volume, 0, volume) : slab;
        slab = settings.Slices is { } kept ? slab with { First = kept.First, Count = kept.Count } : slab;
        return slab.VolumeSlices >= partitions && slab.First >= 0 && slab.Count >= 1 && slab.First + slab.Count <= slab.VolumeSlices
            ? slab
            : throw new InputException($"slices {slab.First} to {slab.First + slab.Count - 1} of {slab.VolumeSlices} from {partitions} partitions; at least {partitions} slices, and a range inside them, were expected. Correct --volume-slices or --slices.");
    }

    private static Tensor Compress(Tensor slices, PreparationSettings settings, List<PreparationStep> steps, TensorScope scope)
    {
        if (settings.VirtualCoils is null && settings.CoilEnergy is null)
        {
            return slices;
        }

        CompressionKind kind = settings.Compression ?? CompressionKind.Svd;
        CompressedCoils compressed = CoilCompression.Run(slices, kind, settings.VirtualCoils ?? 0, settings.CoilEnergy ?? 1, scope);
        steps.Add(new("coils compressed", Text($"{slices.Shape[1]} to {compressed.Data.Shape[1]} by {kind.ToString().ToLowerInvariant()}; energy kept {compressed.KeptEnergy.Average():0.00000} on average, {compressed.LeastKept:0.00000} in the worst slice")));
        scope.Free(slices);
        return compressed.Data;
    }

    private static Tensor Maps(Tensor slices, Tensor points, int matrix, CoilMapChoice choice, Device device, TensorScope scope, List<PreparationStep> steps)
    {
        DensityRule rule = SpokeGeometry.TryFromPoints(points, matrix, matrix) is null ? DensityRule.Pipe : DensityRule.Voronoi;
        double[] weights = DensityWeights.Compute(rule, points, matrix, matrix);
        Tensor maps = choice.Estimate(slices, points.Reshape([weights.Length, 2]), weights, matrix, matrix, device, scope);
        steps.Add(new("coil maps", $"{choice.Method.ToString().ToLowerInvariant()}, from all spokes"));
        return maps;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
