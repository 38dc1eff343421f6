using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What all reconstructors share.</summary>
public static class Reconstructors
{
    /// <summary>Reconstructs slices one after the other.</summary>
    /// <param name="method">The method.</param>
    /// <param name="slices">Prepared slices; targets are not looked at.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the images, in host memory.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static Reconstruction Run(
        this IReconstructor method, IReadOnlyList<IWaitingSlice> slices, Device device, TensorScope scope, IProgressReport progress, CancellationToken stop)
    {
        (DType type, Shape shape) = (slices[0].ImageType, slices[0].ImageShape);
        Tensor images = scope.New(type, [slices.Count, .. shape]);
        var solved = new List<SolvedSlice>();
        var clock = Stopwatch.StartNew();
        progress.Begin($"reconstructing with {method.Name}", slices.Count);
        foreach ((int s, SliceProblem slice) in SliceReading.InTurn(slices, images.Device).Index())
        {
            stop.ThrowIfCancellationRequested();
            using var work = new TensorScope(device, MemoryOwner.Data);
            Tensor result = images.Slice(s), image = device == images.Device ? result : work.New(type, shape);
            if (method.Reconstruct(slice.On(work), image) is { } outcome)
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
