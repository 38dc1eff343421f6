namespace Stardeq.Recon;

/// <summary>What a training run left.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Results">Tables of the methods on the held-out slices; empty if the run was interrupted.</param>
/// <param name="IsComplete">False if it was interrupted and can be resumed.</param>
public sealed record TrainResult(RunFolder Folder, IReadOnlyList<ResultTable> Results, bool IsComplete);
