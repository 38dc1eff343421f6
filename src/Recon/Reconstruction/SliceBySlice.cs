using System.Diagnostics;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The loop that all reconstructors share.</summary>
internal static class SliceBySlice
{
    /// <summary>Writes one slice's image and returns the record of its solve, if there was one.</summary>
    public delegate SliceSolve? OneSlice(SliceProblem slice, Tensor image);

    public static Reconstruction Run(
        string method, IReadOnlyList<SliceProblem> slices, TensorScope scope, IProgressReport progress, OneSlice reconstruct, CancellationToken stop)
    {
        Tensor first = slices[0].B;
        Tensor images = scope.New(first.DType, [slices.Count, .. first.Shape]);
        var solves = new List<SliceSolve>();
        var clock = Stopwatch.StartNew();
        progress.Begin($"reconstructing with {method}", slices.Count);
        for (int s = 0; s < slices.Count; s++)
        {
            stop.ThrowIfCancellationRequested();
            if (reconstruct(slices[s], images.Slice(s)) is { } solve)
            {
                solves.Add(solve);
            }

            progress.Step(s + 1);
        }

        return new Reconstruction(slices, images, solves, clock.Elapsed.TotalSeconds / slices.Count);
    }
}
