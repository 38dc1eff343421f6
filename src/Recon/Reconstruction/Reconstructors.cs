using System.Diagnostics;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What all reconstructors share.</summary>
public static class Reconstructors
{
    /// <summary>Reconstructs slices one after the other.</summary>
    /// <param name="method">The method.</param>
    /// <param name="slices">Prepared slices; targets are not looked at.</param>
    /// <param name="scope">Owner of the images.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static Reconstruction Run(
        this IReconstructor method, IReadOnlyList<SliceProblem> slices, TensorScope scope, IProgressReport progress, CancellationToken stop)
    {
        Tensor first = slices[0].B;
        Tensor images = scope.New(first.DType, [slices.Count, .. first.Shape]);
        var solves = new List<SliceSolve>();
        var clock = Stopwatch.StartNew();
        progress.Begin($"reconstructing with {method.Name}", slices.Count);
        for (int s = 0; s < slices.Count; s++)
        {
            stop.ThrowIfCancellationRequested();
            if (method.Reconstruct(slices[s], images.Slice(s)) is { } solve)
            {
                solves.Add(solve);
            }

            progress.Step(s + 1);
        }

        return new Reconstruction(slices, images, solves, clock.Elapsed.TotalSeconds / slices.Count);
    }
}
