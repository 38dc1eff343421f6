namespace Stardeq.Recon;

/// <summary>What a training run left.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Outcome">Whether it came to the last epoch.</param>
/// <param name="Results">Tables of the methods on the held-out slices; empty if the run was interrupted.</param>
public sealed record TrainResult(RunFolder Folder, TrainingOutcome Outcome, IReadOnlyList<ResultTable> Results);
