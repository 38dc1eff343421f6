using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>How much to watch, and where the result goes.</summary>
public sealed record ProfileRequest
{
    /// <summary>New folder of the result.</summary>
    public required string Folder { get; init; }

    /// <summary>Steps that are watched, at least 1.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps before them, for the just-in-time compiler, caches and plans.</summary>
    public required int WarmUps { get; init; }

    /// <summary>Arguments of the program, for the record.</summary>
    public IReadOnlyList<string> CommandLine { get; init; } = [];
}

/// <summary>Runs steps under watch and writes where time and memory went: what the verb <c>profile</c> does.</summary>
public static class ProfileRun
{
    /// <summary>Steps of a training: everything that training does, from the batch to the update, with validations where epochs end.</summary>
    /// <param name="training">Configuration, data and weights, and a run folder, which is not kept.</param>
    /// <param name="request">How much.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told at each step.</param>
    /// <param name="stop">Ends without a result.</param>
    /// <returns>The table, line by line.</returns>
    /// <exception cref="InputException">The training has fewer steps, or its data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static IReadOnlyList<string> Train(TrainingPlan training, ProfileRequest request, Device device, IProgressReport progress, CancellationToken stop) =>
        Run("training step", request, device, stop, watch => ProfiledTraining.Run(training, watch, device, progress, stop));

    /// <summary>Whole reconstructions, files included; the images are not kept.</summary>
    /// <param name="reconstruction">What to reconstruct.</param>
    /// <param name="request">How much.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told after each image.</param>
    /// <param name="stop">Ends without a result.</param>
    /// <returns>The table, line by line.</returns>
    /// <exception cref="InputException">A file cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static IReadOnlyList<string> Reconstruct(ReconstructionRequest reconstruction, ProfileRequest request, Device device, IProgressReport progress, CancellationToken stop) =>
        Repeat("reconstruction", request, device, stop, folder => ReconstructionRun.Write(Path.Combine(folder, "images"), reconstruction, device, progress, stop));

    /// <summary>NUFFTs between files, with reading, planning and writing; the result is not kept.</summary>
    /// <param name="nufft">What to transform; its output is not written.</param>
    /// <param name="request">How much.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="stop">Ends without a result.</param>
    /// <returns>The table, line by line.</returns>
    /// <exception cref="InputException">A file cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static IReadOnlyList<string> Nufft(NufftRequest nufft, ProfileRequest request, Device device, CancellationToken stop) =>
        Repeat("nufft", request, device, stop, folder => NufftFile.Run(nufft with { Output = Path.Combine(folder, "result.npy") }, device));

    private static IReadOnlyList<string> Repeat(string work, ProfileRequest request, Device device, CancellationToken stop, Action<string> step) =>
        Run(work, request, device, stop, watch =>
        {
            watch.Begin();
            do
            {
                stop.ThrowIfCancellationRequested();
                TemporaryFolder.Use(step);
            }
            while (watch.EndStep());
        });

    private static IReadOnlyList<string> Run(string work, ProfileRequest request, Device device, CancellationToken stop, Action<StepWatch> steps)
    {
        AtomicFile.RequireAbsent(request.Folder);
        using var watch = new StepWatch(device, request.WarmUps, request.Steps);
        steps(watch);
        stop.ThrowIfCancellationRequested();
        ProfileRecording recording = watch.Recording
            ?? throw new InputException($"profile: the work ended before {request.WarmUps} steps to warm up and {request.Steps} to watch; ask for fewer with --steps and --warm-ups, or give it more work.");
        var profile = new Profile(work, recording, device is CpuDevice cpu ? MachineRoof.Of(cpu) : null);
        AtomicFile.WriteFolder(request.Folder, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "profile.json"), ProfileJson.Text(profile, request.CommandLine));
            File.WriteAllText(Path.Combine(folder, "profile.html"), ProfilePage.Html(profile, request.CommandLine));
            using FileStream trace = File.Create(Path.Combine(folder, "trace.json"));
            ProfileTrace.Write(trace, profile);
        });
        return [.. ProfileText.Lines(profile)];
    }
}
