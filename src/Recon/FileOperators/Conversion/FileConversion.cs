using System.Globalization;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>A file to be written in another format.</summary>
public sealed record ConversionRequest
{
    /// <summary>File to read.</summary>
    public required string Input { get; init; }

    /// <summary>File to write; its ending is the format.</summary>
    public required string Output { get; init; }

    /// <summary>What of complex images goes into a format of real numbers; null for the magnitude, which is then reported.</summary>
    public ComplexPart? Part { get; init; }

    /// <summary>Voxels along x, y, z in mm for images whose file does not give them.</summary>
    public (double X, double Y, double Z)? VoxelSize { get; init; }

    /// <summary>File for the trajectory of radial raw data, or null.</summary>
    public string? Trajectory { get; init; }
}

/// <summary>Converts between files.</summary>
public static class FileConversion
{
    /// <summary>Reads and writes.</summary>
    /// <returns>What was written, and what had to be assumed, a line each.</returns>
    /// <exception cref="InputException">A file cannot be read or written, or the conversion makes no sense; the message says why.</exception>
    public static IReadOnlyList<string> Run(ConversionRequest request)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        FileKind target = FileKinds.OfName(request.Output);
        FileContent content = FileContent.Read(request.Input, scope);
        List<string> lines = [];
        WriteTrajectory(request, content, scope, lines);
        if (target is FileKind.Npy or FileKind.Cfl)
        {
            Tensor array = request.Part is { } part ? ComplexParts.Take(content.Values, part, scope) : content.Values;
            Tensor written = target == FileKind.Cfl ? BartOrder.From(content.Kind, Single(array, scope), scope) : array;
            ArrayFile.Write(request.Output, written);
            lines.Insert(0, $"{Meaning(content)}, {written.Describe()}{(target == FileKind.Cfl ? ", written with the fastest axis first" : "")}");
            return lines;
        }

        WriteImages(request, target, Images(request, content), content.Geometry, scope, lines);
        return lines;
    }

    private static void WriteImages(ConversionRequest request, FileKind target, Tensor images, ImageGeometry? known, TensorScope scope, List<string> lines)
    {
        bool keepsComplex = target == FileKind.IsmrmrdImages && request.Part is null;
        if (images.DType.IsComplex() && !keepsComplex)
        {
            lines.Add($"the {ComplexParts.Name(request.Part ?? ComplexPart.Magnitude)} of complex images");
        }

        Tensor values = keepsComplex && images.DType.IsComplex() ? Single(images, scope) : ComplexParts.Take(images, request.Part ?? ComplexPart.Magnitude, scope);
        if (target == FileKind.Png)
        {
            if (request.Part is not (null or ComplexPart.Magnitude))
            {
                throw new InputException($"'{request.Output}' is a picture, which shows magnitudes; --part goes with the other formats. Leave it out.");
            }

            PictureSheet.Write(request.Output, values);
            lines.Insert(0, $"{values.Shape[0] * values.Shape[1]} images in one picture, one grey scale");
            return;
        }

        if (known is not null && request.VoxelSize is not null)
        {
            throw new InputException($"'{request.Input}' gives the size of its voxels itself ({known.Describe()}). Leave --voxel out.");
        }

        ImageGeometry geometry = known ?? ImageGeometry.Axial(request.VoxelSize ?? (1, 1, 1));
        if (known is null)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"'{request.Input}' does not say where its voxels lie: written as axial{(request.VoxelSize is null ? ", with voxels of 1 mm; --voxel gives another size" : "")}"));
        }

        switch (target)
        {
            case FileKind.Nifti:
                NiftiWriter.Write(request.Output, values.Shape[0] == 1 ? values.Slice(0) : values, geometry);
                break;
            case FileKind.IsmrmrdImages:
                IsmrmrdImages.Write(request.Output, values, geometry);
                break;
            default:
                throw new InputException($"'{request.Output}': files of that ending are not written by 'convert'; .npy, .cfl, .nii, .nii.gz, .h5 (ISMRMRD images) and .png are.");
        }

        lines.Insert(0, $"images {values.Describe()}, {geometry.Describe()}");
    }

    private static Tensor Images(ConversionRequest request, FileContent content)
    {
        if (content.Kind is not (ContentKind.Images or ContentKind.Array))
        {
            throw new InputException($"'{request.Input}' holds k-space and '{request.Output}' would hold images; reconstruct it first. As an array it can be written to .npy or .cfl.");
        }

        Shape shape = content.Values.Shape;
        return shape.Rank is >= 2 and <= 4 && content.Values.Count > 0
            ? content.Values.Reshape([.. Enumerable.Repeat(1, 4 - shape.Rank), .. shape])
            : throw new InputException($"'{request.Input}' is {content.Values.Describe()}; images [y, x], [z, y, x] or [image, z, y, x] were expected.");
    }

    private static void WriteTrajectory(ConversionRequest request, FileContent content, TensorScope scope, List<string> lines)
    {
        if (request.Trajectory is { } path)
        {
            Tensor points = content.Points ?? throw new InputException($"'{request.Input}' has no trajectory that could go to '{path}'. Leave --trajectory out.");
            Tensor shared = PartitionGrid.RequireAligned(points, request.Input);
            double[] values = Array.ConvertAll(shared.ToArray<double>(), k => k * (content.PointsUnit ?? 1));
            Tensor scaled = scope.From(shared.Shape, values), written = ArrayFile.IsBart(path) ? BartOrder.Points(scaled, scope) : scaled;
            ArrayFile.Write(path, written);
            lines.Add($"{path}: points {written.Describe()} {(content.PointsUnit is null ? "in the unit of the file, which it does not name; other verbs expect cycles per field of view" : "in cycles per field of view")}");
        }
    }

    private static Tensor Single(Tensor array, TensorScope scope)
    {
        if (array.DType is not (DType.Float64 or DType.Complex128))
        {
            return array;
        }

        Tensor single = scope.New(array.DType == DType.Float64 ? DType.Float32 : DType.Complex64, array.Shape);
        Cast.Run(array, single);
        return single;
    }

    private static string Meaning(FileContent content) => content.Kind switch
    {
        ContentKind.Images => "images [image, z, y, x]",
        ContentKind.CartesianKSpace => "Cartesian k-space [coil, kz, ky, kx]",
        ContentKind.SliceKSpace => "Cartesian k-space [slice, coil, ky, kx]",
        ContentKind.RadialKSpace => "radial k-space [coil, partition, spoke, sample]",
        _ => "array",
    };
}
