using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a phantom file holds.</summary>
public enum PhantomPart
{
    /// <summary>The object, [slice, y, x] complex64.</summary>
    Image,

    /// <summary>Coil sensitivities, [coil, slice, y, x] complex64.</summary>
    Maps,

    /// <summary>Noise-free k-space of golden-angle spokes, [coil, partition, spoke, readout] complex64, without the axis
    /// of partitions if there is one.</summary>
    KSpace,
}

/// <summary>A part of a phantom to be written.</summary>
public sealed record PhantomRequest
{
    /// <summary>What to write.</summary>
    public required PhantomPart Part { get; init; }

    /// <summary>Side of the image in pixels.</summary>
    public required int Matrix { get; init; }

    /// <summary>Slices, or kz partitions of k-space.</summary>
    public required int Slices { get; init; }

    /// <summary>Receive coils.</summary>
    public required int Coils { get; init; }

    /// <summary>Golden-angle spokes of k-space, matrix samples each.</summary>
    public required int Spokes { get; init; }

    /// <summary>Which subject; equal seeds give parts that belong together.</summary>
    public required int Seed { get; init; }

    /// <summary>Kind of subject.</summary>
    public BodyKind Body { get; init; }

    /// <summary>Receive array.</summary>
    public CoilLayout Array { get; init; }
}

/// <summary>The analytic abdomens as files.</summary>
public static class PhantomFile
{
    private const string Stream = "phantom";

    /// <summary>Makes one part of a phantom and writes it.</summary>
    /// <param name="path">Array file, or a PNG file for the magnitudes of all slices side by side.</param>
    /// <param name="request">What to make.</param>
    /// <returns>Type and shape of the result.</returns>
    /// <exception cref="InputException">The file cannot be written, or k-space was to be drawn.</exception>
    public static string Write(string path, PhantomRequest request)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        bool isPicture = path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
        if (isPicture && request.Part == PhantomPart.KSpace)
        {
            throw new InputException($"'{path}' is to be a picture of k-space; an image or coil maps were expected. Write k-space as .npy or .cfl.");
        }

        var subject = PhantomSubject.Create(request, new CounterRandom((ulong)request.Seed).Stream(Stream));
        Tensor result = request.Part switch
        {
            PhantomPart.Image => subject.Phantom.Image(request.Matrix, request.Slices, 0, request.Slices, scope),
            PhantomPart.Maps => subject.Phantom.Coils.Maps(request.Matrix, request.Slices, 0, request.Slices, scope),
            _ => subject.KSpace(request, scope),
        };
        if (request.Part == PhantomPart.KSpace && request.Slices == 1)
        {
            result = result.Reshape([request.Coils, request.Spokes, request.Matrix]); // what 'reconstruct' reads
        }

        if (isPicture)
        {
            PngFile.Write(path, Montage(result.Reshape([(int)(result.Count / (request.Matrix * request.Matrix)), request.Matrix, request.Matrix])));
        }
        else
        {
            ArrayFile.Write(path, result);
        }

        return result.Describe();
    }

    private static Picture Montage(Tensor images)
    {
        int across = (int)Math.Ceiling(Math.Sqrt(images.Shape[0]));
        return Picture.Grid([.. Enumerable.Range(0, images.Shape[0]).Select(i => Picture.Magnitude(images.Slice(i), white: 1))], across);
    }

    /// <summary>A subject in an array.</summary>
    private sealed record PhantomSubject(Blob[] Blobs, EllipsoidPhantom Phantom)
    {
        public static PhantomSubject Create(PhantomRequest request, CounterRandom random)
        {
            Blob[] blobs = request.Body == BodyKind.Simple ? Abdomen.Create(random.Stream("anatomy")) : DetailedAbdomen.Create(random.Stream("anatomy"));
            CounterRandom coils = random.Stream("coils");
            if (request.Array == CoilLayout.Ring)
            {
                return new PhantomSubject(blobs, new EllipsoidPhantom(blobs, ExponentialCoils.Fit(request.Coils, coils)));
            }

            var array = new LoopArray(ReceiveRegion.Abdomen(request.Body));
            CurrentLoop[] loops = array.Place(request.Array, request.Coils, coils.Stream("loops"));
            return new PhantomSubject(blobs, new EllipsoidPhantom(blobs, array.Fit(loops, coils.Stream("phase")).Coils));
        }

        public Tensor KSpace(PhantomRequest request, TensorScope scope)
        {
            double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, request.Spokes), radius = RadialTrajectory.ReadoutPositions(request.Matrix);
            return Phantom.KSpace(request.Matrix, request.Slices, angles, radius, scope);
        }
    }
}
