using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Writes the images of a reconstruction as a folder: <c>image.npy</c> and <c>image.png</c>, with several images
/// also <c>image-000.png</c> and so on, <c>maps.npy</c> if coil maps were estimated, <c>certificates.csv</c> if slices were certified,
/// and <c>record.json</c>.</summary>
/// <param name="path">New folder.</param>
/// <param name="request">What was asked for.</param>
/// <param name="device">Where it was computed.</param>
internal sealed class ReconstructionFolder(string path, ReconstructionRequest request, Device device)
{
    private const int SheetColumns = 4;
    private const int SheetImages = 16;

    /// <summary>Writes everything, atomically.</summary>
    /// <param name="result">Images, in scaled units; they are written in the units of the data.</param>
    /// <param name="method">What made them.</param>
    /// <param name="maps">[1 or frame, coil, y, x] estimated maps, or null.</param>
    /// <param name="hasFrames">Whether the arrays have an axis of images.</param>
    /// <param name="volumes">Volumes that lie at a known place: each also becomes NAME.nii.gz, magnitudes.</param>
    public void Write(Reconstruction result, IReconstructor method, Tensor? maps, bool hasFrames, IReadOnlyList<PlacedVolume>? volumes = null)
    {
        using var scope = new TensorScope(result.Images.Device, MemoryOwner.Workspace);
        Tensor images = result.Unscaled(scope);

        ArrayFile.RequireFinite(images, $"result of {method.Name}");
        AtomicFile.WriteFolder(path, folder =>
        {
            ArrayFile.Write(Path.Combine(folder, "image.npy"), hasFrames ? images : images.Slice(0));
            if (maps is not null)
            {
                ArrayFile.Write(Path.Combine(folder, "maps.npy"), hasFrames ? maps : maps.Slice(0));
            }

            WritePictures(folder, images);
            foreach (PlacedVolume volume in volumes ?? [])
            {
                Tensor slices = images.Slice(volume.First, volume.Count);
                using var host = new TensorScope(device.Host, MemoryOwner.Workspace);
                NiftiWriter.Write(Path.Combine(folder, $"{volume.Name}.nii.gz"), host.From(slices.Shape, Array.ConvertAll(Magnitudes.Of(slices), m => (float)m)), volume.Geometry);
            }

            if (result.Certified(method.Name) is { } summary)
            {
                AtomicFile.WriteText(Path.Combine(folder, "certificates.csv"), CertificateFile.Csv(summary));
            }

            AtomicFile.Write(Path.Combine(folder, "record.json"), stream => WriteRecord(stream, result, method));
        });
    }

    /// <summary>One grey scale for all images, white at the 99.9th percentile.</summary>
    private static void WritePictures(string folder, Tensor images)
    {
        double white = ImageNorms.Of(images, ImageNorm.P999);
        Picture[] pictures = [.. Enumerable.Range(0, images.Shape[0]).Select(s => Picture.Magnitude(images.Slice(s), white))];
        PngFile.Write(Path.Combine(folder, "image.png"), Picture.Grid([.. pictures.Take(SheetImages)], SheetColumns));
        for (int s = 0; pictures.Length > 1 && s < pictures.Length; s++)
        {
            PngFile.Write(Path.Combine(folder, $"image-{s:000}.png"), pictures[s]);
        }
    }

    private void WriteRecord(Stream stream, Reconstruction result, IReconstructor method)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        (string version, string? commit) = RunRecord.Program();
        writer.WriteStartObject();
        writer.WriteString("version", version);
        writer.WriteString("commit", commit);
        writer.WriteString("device", $"{device}");
        writer.WriteStartArray("command_line");
        foreach (string argument in request.CommandLine)
        {
            writer.WriteStringValue(argument);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("input_sha256");
        foreach (string file in new[] { request.KSpace, request.Trajectory, request.Coils, request.Checkpoint }.OfType<string>())
        {
            string data = ArrayName(file);
            writer.WriteString(Path.GetFileName(data), DatasetFolder.Hash(data));
        }

        if (request.DataFolder is { } dataset)
        {
            writer.WriteString(DatasetFolder.RecordName, DatasetFolder.Hash(Path.Combine(dataset, DatasetFolder.RecordName)));
        }

        writer.WriteEndObject();
        writer.WriteString("method", method.Name);
        writer.WriteString("weights", request.Checkpoint is null
            ? request.ClassicalWeights.ToString().ToLowerInvariant()
            : "as trained");
        if (method is ISolvingReconstructor { Objective: var objective })
        {
            writer.WriteString("objective", objective);
        }

        writer.WriteNumber("seconds_per_image", result.SecondsPerSlice);
        writer.WriteStartArray("images");
        for (int s = 0; s < result.Slices.Count; s++)
        {
            writer.WriteStartObject();
            writer.WriteString("subject", result.Slices[s].Subject);
            writer.WriteNumber("scale", result.Slices[s].Scale);
            WriteSolve(writer, result.Solves.ElementAtOrDefault(s));
            WriteCertificate(writer, result.Certificates.ElementAtOrDefault(s));
            WriteSolve(writer, (method as ISolvingReconstructor)?.Solves[s]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSolve(Utf8JsonWriter writer, SliceSolve? solve)
    {
        if (solve is not null)
        {
            writer.WriteString("status", JsonNamingPolicy.SnakeCaseLower.ConvertName(solve.Status.ToString()));
            writer.WriteNumber("iterations", solve.Evaluations);
            writer.WriteNumber("residual", Finite(solve.BestResidual));
        }
    }

    private static void WriteCertificate(Utf8JsonWriter writer, Certificate? certificate)
    {
        if (certificate is not null)
        {
            writer.WriteStartObject("certificate");
            CertificateFile.Write(writer, certificate);
            writer.WriteEndObject();
        }
    }

    private static void WriteSolve(Utf8JsonWriter writer, ClassicalSolve? solve)
    {
        if (solve is not null)
        {
            writer.WriteString("status", JsonNamingPolicy.SnakeCaseLower.ConvertName(solve.Status.ToString()));
            writer.WriteNumber("iterations", solve.Iterations);
            writer.WriteNumber("residual", Finite(solve.Residual));
            writer.WriteNumber("largest_eigenvalue", solve.LargestEigenvalue);
            writer.WriteNumber("absolute_lambda", solve.Weight);
        }
    }

    // JSON has no NaN; a residual that is not finite is as bad as any.
    private static double Finite(double value) => double.IsFinite(value) ? value : double.MaxValue;

    private static string ArrayName(string file) => Path.GetExtension(file) == ".hdr" ? Path.ChangeExtension(file, ".cfl") : file;
}
