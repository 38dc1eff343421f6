using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Measured k-space to reconstruct: arrays of one slice or of frames of it, or a whole raw scan, slice by slice.</summary>
/// <param name="Data">k-space and trajectory, in host memory.</param>
/// <param name="Rows">Image height in pixels.</param>
/// <param name="Columns">Image width in pixels.</param>
internal sealed record MeasuredData(RadialData Data, int Rows, int Columns)
{
    /// <summary>The volumes whose place in the patient the raw file states.</summary>
    public IReadOnlyList<PlacedVolume> Volumes { get; private init; } = [];

    /// <summary>What was done to the raw scan, in words.</summary>
    public IReadOnlyList<string> Steps { get; private init; } = [];

    /// <summary>Whether a file is a scan of a whole stack of stars, by its name.</summary>
    public static bool IsScan(string? path) => Path.GetExtension(path)?.ToLowerInvariant() is ".h5" or ".mrd";

    /// <summary>Reads what a request asks for.</summary>
    /// <param name="request">The request, with k-space.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the arrays, in host memory.</param>
    /// <exception cref="InputException">A file cannot be used, or files do not belong together.</exception>
    public static MeasuredData Read(ReconstructionRequest request, Device device, TensorScope scope)
    {
        if (request.IsScan)
        {
            return ReadScan(request.KSpace!, request.Trajectory, request.Size?.Rows, device, scope);
        }

        (int rows, int columns) = request.Size!.Value;
        RadialData data = RadialData.Read(request.KSpace!, request.Trajectory!, rows, columns, scope);
        return new MeasuredData(request.CombineFrames ? data.Combine(scope) : data, rows, columns);
    }

    /// <summary>A scan takes the road of a preparation: noise whitened where there is a noise scan, partitions transformed to slices.</summary>
    /// <param name="path">ISMRMRD file.</param>
    /// <param name="trajectory">Points in place of those in the file, or null.</param>
    /// <param name="matrix">Side of the image, or null for what the file asks for.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the arrays, in host memory.</param>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static MeasuredData ReadScan(string path, string? trajectory, int? matrix, Device device, TensorScope scope)
    {
        using var rawScope = new TensorScope(device.Host, MemoryOwner.Data);
        var source = new RawSource { Matrix = matrix, Trajectory = trajectory };
        RawVolume raw = RawVolumeReader.Read(path, source, rawScope);
        PreparedVolume prepared = VolumePreparation.Run(raw, rawScope, new PreparationSettings(), device, scope);
        string name = Path.GetFileNameWithoutExtension(path);
        return new MeasuredData(new RadialData(prepared.Slices, prepared.Points.Reshape([1, .. prepared.Points.Shape]), HasFrames: true), raw.Matrix, raw.Matrix)
        {
            Volumes = prepared.Geometry is { } place ? [new PlacedVolume(name, 0, prepared.Slab.Count, place)] : [],
            Steps = [.. prepared.Steps.Select(step => $"{step.Step}: {step.Result}")],
        };
    }
}
