using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Images of several slices beside what they should be.</summary>
/// <param name="Slices">The slices, in order.</param>
/// <param name="Images">[slices, rows, columns] complex64 in the scaled units of each slice, in host memory.</param>
/// <param name="Solves">Record of each slice's solve; empty for methods without one.</param>
/// <param name="SecondsPerSlice">Wall-clock time, from b to image, without certificates.</param>
public sealed record Reconstruction(
    IReadOnlyList<IWaitingSlice> Slices, Tensor Images, IReadOnlyList<SliceSolve> Solves, double SecondsPerSlice)
{
    /// <summary>Certificate of each slice; empty where there are none.</summary>
    public IReadOnlyList<Certificate> Certificates { get; init; } = [];

    /// <summary>The certificates with the names of their slices, or null where there are none.</summary>
    /// <param name="method">What made the images.</param>
    public CertificateSummary? Certified(string method) => Certificates.Count == 0
        ? null
        : new CertificateSummary(method, [.. Certificates.Select((certificate, s) => (Slices[s].Subject, certificate))]);

    /// <summary>PSNR, SSIM and NMSE against the targets, in the units of the data: each subject is one volume, and the
    /// mean over subjects is weighted by their slices.</summary>
    /// <param name="range">Where the peak of PSNR and SSIM is taken from.</param>
    public ImageMetrics Compare(DataRange range)
    {
        var parts = new List<(int Count, ImageMetrics Metrics)>();
        foreach (IGrouping<string, int> subject in Enumerable.Range(0, Slices.Count).GroupBy(s => Slices[s].Subject))
        {
            using var scope = new TensorScope(Images.Device, MemoryOwner.Workspace);
            int[] members = [.. subject];
            Tensor images = Unscaled(scope, members, (s, _) => Images.Slice(s));
            Tensor targets = Unscaled(scope, members, (s, read) => Slices[s].RequireTarget(read));
            parts.Add((members.Length, Metrics.Compare(images, targets, range)));
        }

        double Mean(Func<ImageMetrics, double> read) => parts.Sum(p => p.Count * read(p.Metrics)) / Slices.Count;
        return new ImageMetrics(Mean(m => m.Mse), Mean(m => m.Nmse), Mean(m => m.Psnr), Mean(m => m.Ssim), [.. parts.SelectMany(p => p.Metrics.SsimSlices)]);
    }

    /// <summary>All images in the units of the data, [slices, rows, columns].</summary>
    public Tensor Unscaled(TensorScope scope) => Unscaled(scope, [.. Enumerable.Range(0, Slices.Count)], (s, _) => Images.Slice(s));

    private Tensor Unscaled(TensorScope scope, int[] members, Func<int, TensorScope, Tensor> image)
    {
        Tensor volume = scope.New(Images.DType, [members.Length, .. Images.Shape[1..]]);
        for (int i = 0; i < members.Length; i++)
        {
            using var read = new TensorScope(Images.Device, MemoryOwner.Data);
            Scale.Run(Slices[members[i]].Scale, image(members[i], read), volume.Slice(i));
        }

        return volume;
    }
}

/// <summary>What a method knows of a slice that it solved a fixed-point problem for.</summary>
/// <param name="Solve">Record of the solve.</param>
/// <param name="Certificate">What the image may be trusted for; null if nobody asked.</param>
public sealed record SolvedSlice(SliceSolve Solve, Certificate? Certificate);

/// <summary>A method that turns prepared slices into images.</summary>
public interface IReconstructor
{
    /// <summary>Name in tables.</summary>
    string Name { get; }

    /// <summary>Reconstructs one slice.</summary>
    /// <param name="slice">Prepared slice on the device that computes; its target is not looked at.</param>
    /// <param name="image">[rows, columns] complex64 on that device, in scaled units; replaced.</param>
    /// <returns>Record of the fixed-point solve, or null for methods without one.</returns>
    SolvedSlice? Reconstruct(SliceProblem slice, Tensor image);
}
