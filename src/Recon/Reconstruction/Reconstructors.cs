using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What all reconstructors share.</summary>
public static class Reconstructors
{
    /// <summary>Reconstructs slices one after the other.</summary>
    /// <param name="method">The method.</param>
    /// <param name="slices">Prepared slices in host memory; targets are not looked at.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the images, in host memory.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static Reconstruction Run(
        this IReconstructor method, IReadOnlyList<SliceProblem> slices, Device device, TensorScope scope, IProgressReport progress, CancellationToken stop)
    {
        Tensor first = slices[0].B;
        Tensor images = scope.New(first.DType, [slices.Count, .. first.Shape]);
        var solved = new List<SolvedSlice>();
        var clock = Stopwatch.StartNew();
        progress.Begin($"reconstructing with {method.Name}", slices.Count);
        for (int s = 0; s < slices.Count; s++)
        {
            stop.ThrowIfCancellationRequested();
            using var work = new TensorScope(device, MemoryOwner.Data);
            Tensor result = images.Slice(s), image = device == images.Device ? result : work.Like(first);
            if (method.Reconstruct(slices[s].On(work), image) is { } outcome)
            {
                solved.Add(outcome);
            }

            if (image != result)
            {
                result.CopyFrom(image);
            }

            progress.Step(s + 1);
        }

        Certificate[] certificates = [.. solved.Select(outcome => outcome.Certificate).OfType<Certificate>()];
        double seconds = clock.Elapsed.TotalSeconds - certificates.Sum(certificate => certificate.Seconds);
        return new Reconstruction(slices, images, [.. solved.Select(outcome => outcome.Solve)], seconds / slices.Count) { Certificates = certificates };
    }
}
