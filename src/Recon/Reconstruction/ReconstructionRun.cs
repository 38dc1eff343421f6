using System.Diagnostics;
using System.Globalization;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reconstructs measured k-space or a dataset into a folder: what the verb <c>reconstruct</c> does.</summary>
public static class ReconstructionRun
{
    private const int DefaultIterations = 30;
    private const double DefaultLambda = 1e-3;
    private const int DefaultSparseIterations = 100;
    private const double DefaultSparsity = 1e-4;
    private const double DefaultTolerance = 1e-5;

    /// <summary>Reconstructs and writes images, pictures and a record; the folder appears whole or not at all.</summary>
    /// <param name="path">New folder.</param>
    /// <param name="request">What to do.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="stop">Stops between images and leaves nothing.</param>
    /// <returns>What was done, a few lines.</returns>
    /// <exception cref="InputException">Something does not fit together, or a file cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static IReadOnlyList<string> Write(string path, ReconstructionRequest request, Device device, IProgressReport progress, CancellationToken stop)
    {
        request.Validate();
        AtomicFile.RequireAbsent(path);
        ReconstructionFolder folder = new(path, request, device);
        SliceRoom Room(string setting) => SliceRoom.Of(setting, batch: 1, AtomicFile.TemporaryName(path));
        if (request.Checkpoint is not { } checkpoint)
        {
            IReconstructor classical = Classical(request);
            EncodingSettings settings = ClassicalSettings(request);
            var choices = new SliceChoices { Encoding = settings, Maps = request.Maps is { } maps ? new CoilMapChoice { Method = maps } : null };
            return request.DataFolder is { } folderOfData
                ? FromDataset(folder, request, folderOfData, classical, choices, UndersamplingPattern.Temporal, 1, Room(SliceRoom.Auto), device, progress, stop)
                : Measured(folder, request, classical, settings, new CoilMapChoice(), device, progress, stop);
        }

        (EquilibriumModel model, TrainingConfig config) = Checkpoint.ReadModel(checkpoint, device);
        using (model)
        {
            var method = new ModelReconstructor(model, config, request.Inference);
            IReadOnlyList<string> lines = request.DataFolder is { } data
                ? FromDataset(folder, request, data, method, SliceChoices.From(config), config.TestPattern, config.Acceleration, Room(config.DataMemory), device, progress, stop)
                : Measured(folder, request, method, SliceChoices.Settings(config), SliceChoices.Coils(config), device, progress, stop);
            return request.Inference.WhyNone(config) is { } reason ? [.. lines, reason] : lines;
        }
    }

    private static IReadOnlyList<string> Measured(
        ReconstructionFolder folder,
        ReconstructionRequest request,
        IReconstructor method,
        EncodingSettings settings,
        CoilMapChoice estimation,
        Device device,
        IProgressReport progress,
        CancellationToken stop)
    {
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        MeasuredData measured = MeasuredData.Read(request, device, scope);
        (RadialData data, int rows, int columns) = measured;
        if (request.Acceleration is > 1 and var factor)
        {
            UndersamplingPattern pattern = request.Pattern ?? UndersamplingPattern.Temporal;
            progress.Line(data.DescribeUndersampling(pattern, factor, rows, columns));
            data = data.Undersample(pattern, factor, rows, columns, scope);
        }

        var clock = Stopwatch.StartNew();
        Tensor? given = request.Coils is null ? null : data.ReadMaps(request.Coils, rows, columns, scope);
        estimation = estimation with { Method = request.Maps ?? estimation.Method };
        using var slices = new RadialSlices(data, given, estimation, rows, columns, settings, device, progress, stop);
        double preparation = clock.Elapsed.TotalSeconds;
        Reconstruction result = method.Run(slices.Slices, device, scope, progress, stop);
        folder.Write(result, method, given is null ? slices.Maps : null, data.HasFrames, measured.Volumes);
        return
        [
            $"{data.Frames} image{(data.Frames == 1 ? "" : "s")} of {rows} x {columns} from {data.KSpace.Shape[2]} spokes of {data.KSpace.Shape[3]} samples, {data.Coils} coil{(data.Coils == 1 ? "" : "s")}, maps {(given is null ? $"estimated from the data ({estimation.Method.ToString().ToLowerInvariant()})" : "given")}",
            .. measured.Steps,
            Prepared(preparation),
            .. Outcome(method, result),
        ];
    }

    private static IReadOnlyList<string> FromDataset(
        ReconstructionFolder folder,
        ReconstructionRequest request,
        string dataFolder,
        IReconstructor method,
        SliceChoices choices,
        UndersamplingPattern pattern,
        int acceleration,
        SliceRoom room,
        Device device,
        IProgressReport progress,
        CancellationToken stop)
    {
        Split split = request.Split ?? Split.Test;
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        DatasetFolder data = DatasetFolder.Open(dataFolder);
        var clock = Stopwatch.StartNew();
        using var loader = new SliceLoader(data, choices, device, room);
        IReadOnlyList<IWaitingSlice> slices = loader.Load(split, request.Pattern ?? pattern, request.Acceleration ?? acceleration, progress, stop);
        loader.ReleaseTransforms();
        if (slices.Count == 0)
        {
            throw new InputException($"the dataset '{dataFolder}' has no subject in the group '{split.ToString().ToLowerInvariant()}'; choose another --split.");
        }

        double preparation = clock.Elapsed.TotalSeconds;
        Reconstruction result = method.Run(slices, device, scope, progress, stop);
        folder.Write(result, method, maps: null, hasFrames: true, PlacedVolume.Of(slices, data));
        int subjects = slices.Select(slice => slice.Subject).Distinct().Count();
        return [$"{slices.Count} slice{(slices.Count == 1 ? "" : "s")} of {subjects} subject{(subjects == 1 ? "" : "s")}", Prepared(preparation), .. Outcome(method, result)];
    }

    private static string Prepared(double seconds) => string.Create(CultureInfo.InvariantCulture, $"maps, weights and gridded images: {seconds:0.0} s");

    private static string Unfinished(IReadOnlyList<ClassicalSolve> solves) =>
        solves.Count(solve => solve.Status != LinearSolveStatus.Converged) is > 0 and var count ? $" ({count} of {solves.Count} stopped at the limit)" : "";

    private static IReconstructor Classical(ReconstructionRequest request) => request.Method switch
    {
        ClassicalMethod.Gridding => new GriddingReconstructor(),
        ClassicalMethod.CgSense => new LeastSquaresReconstructor(request.Lambda ?? DefaultLambda, request.Iterations ?? DefaultIterations),
        _ => new SparseReconstructor(request.Penalty, request.Lambda ?? DefaultSparsity, request.Iterations ?? DefaultSparseIterations, request.Tolerance ?? DefaultTolerance),
    };

    private static EncodingSettings ClassicalSettings(ReconstructionRequest request) => new()
    {
        DensityNorm = DensityNormKind.None,
        Density = request.ClassicalWeights,
    };

    private static IEnumerable<string> Outcome(IReconstructor method, Reconstruction result)
    {
        string time = string.Create(CultureInfo.InvariantCulture, $"{method.Name}: {result.SecondsPerSlice:0.00} s per image");
        if (method is ISolvingReconstructor { Solves: { Count: > 0 } solves } solving)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{time}; {solves.Max(s => s.Iterations)} iterations, largest relative {(method is LeastSquaresReconstructor ? "residual" : "step")} {solves.Max(s => s.Residual):0.0e+0}{Unfinished(solves)}");
            yield return solving.Objective;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"largest eigenvalue of A^H W A {solves[0].LargestEigenvalue:g6}, absolute lambda {solves[0].Weight:g6}{(solves.Count > 1 ? " (first image)" : "")}, with the orthonormal scale 1/sqrt(rows columns) of A");
        }
        else if (result.Solves.Count > 0)
        {
            int unfinished = result.Solves.Count(s => s.Status != Autodiff.SolveStatus.Converged);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{time}; {result.Solves.Average(s => s.Evaluations):0.0} iterations, largest residual {result.Solves.Max(s => s.BestResidual):0.0e+0}{(unfinished > 0 ? $"; WARNING: {unfinished} of {result.Solves.Count} did not converge, see record.json" : "")}");
            foreach (string line in result.Certified(method.Name)?.Lines() ?? [])
            {
                yield return line;
            }
        }
        else
        {
            yield return time;
        }
    }
}
