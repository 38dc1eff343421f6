using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a phantom file holds.</summary>
public enum PhantomPart
{
    /// <summary>The object, [slice, y, x] complex64.</summary>
    Image,

    /// <summary>Coil sensitivities, [slice, coil, y, x] complex64.</summary>
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
    /// <param name="path">Array file; a PNG file for the magnitudes of all slices side by side; or a NIfTI file for those of the object in their place.</param>
    /// <param name="request">What to make.</param>
    /// <returns>Type and shape of the result.</returns>
    /// <exception cref="InputException">The file cannot be written, or k-space was to be drawn.</exception>
    public static string Write(string path, PhantomRequest request)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        FileKind kind = FileKinds.OfName(path);
        FileKind[] fit = request.Part switch
        {
            PhantomPart.Image => [FileKind.Npy, FileKind.Cfl, FileKind.Png, FileKind.Nifti],
            PhantomPart.Maps => [FileKind.Npy, FileKind.Cfl, FileKind.Png],
            _ => [FileKind.Npy, FileKind.Cfl],
        };
        if (!fit.Contains(kind))
        {
            throw new InputException($"'{path}' cannot hold {Name(request.Part)} of a phantom: an image goes to .npy, .cfl, .png, .nii or .nii.gz, coil maps to .npy, .cfl or .png, k-space to .npy or .cfl. Choose one of these endings.");
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

        switch (kind)
        {
            case FileKind.Png:
                PngFile.Write(path, Montage(result.Reshape([(int)(result.Count / (request.Matrix * request.Matrix)), request.Matrix, request.Matrix])));
                return result.Describe();
            case FileKind.Nifti:
                double pixel = SimulationSettings.FieldOfView / request.Matrix, slab = SimulationSettings.FieldOfView * ReceiveRegion.Abdomen(request.Body).SlabPerFieldOfView;
                var place = ImageGeometry.Axial((pixel, pixel, slab / request.Slices));
                Tensor magnitudes = ComplexParts.Take(result, ComplexPart.Magnitude, scope);
                NiftiWriter.Write(path, magnitudes, place);
                return $"magnitudes {magnitudes.Describe()}, {place.Describe()}";
            default:
                ArrayFile.Write(path, result);
                return result.Describe();
        }
    }

    private static string Name(PhantomPart part) => part switch { PhantomPart.Image => "an image", PhantomPart.Maps => "coil maps", _ => "k-space" };

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
