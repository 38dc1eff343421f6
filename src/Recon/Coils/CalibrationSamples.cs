using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The samples of the square calibration region.</summary>
/// <param name="KSpace">[slice, coil, sample], of the type of the whole k-space.</param>
/// <param name="Points">[sample, 2] float64, (kx, ky) in cycles per field of view.</param>
/// <param name="Weights">Density weights, not normalised.</param>
internal sealed record CalibrationSamples(Tensor KSpace, Tensor Points, double[] Weights)
{
    /// <summary>Samples with |kx| and |ky| below half the width.</summary>
    /// <param name="kSpace">[slice, coil, sample] complex64 or complex128, in host memory.</param>
    /// <param name="points">[sample, 2] real.</param>
    /// <param name="weights">One per sample.</param>
    /// <param name="width">Width of the region in cycles per field of view.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <exception cref="InputException">The region holds no sample.</exception>
    public static CalibrationSamples Select(Tensor kSpace, Tensor points, ReadOnlySpan<double> weights, int width, TensorScope scope)
    {
        double[] k = points.DType == DType.Float64 ? points.ToArray<double>() : Array.ConvertAll(points.ToArray<float>(), p => (double)p);
        int[] near = [.. Enumerable.Range(0, k.Length / 2).Where(m => Math.Max(Math.Abs(k[2 * m]), Math.Abs(k[(2 * m) + 1])) < width / 2.0)];
        if (near.Length == 0)
        {
            throw new InputException($"jsense: no sample within the calibration region of {width} cycles per field of view; data with the centre of k-space, or a wider region, were expected.");
        }

        if (kSpace.Shape.Rank != 3 || kSpace.Shape[2] != k.Length / 2 || weights.Length != k.Length / 2)
        {
            throw new ShapeException($"jsense: k-space {kSpace.Describe()}, points {points.Describe()} and {weights.Length} weights came; [slice, coil, sample], [sample, 2] and one weight per sample were expected.");
        }

        Tensor kept = scope.New(kSpace.DType, [kSpace.Shape[0], kSpace.Shape[1], near.Length]);
        if (kSpace.DType == DType.Complex128)
        {
            Gather<System.Numerics.Complex>(kSpace, kept, near);
        }
        else
        {
            Gather<Complex64>(kSpace, kept, near);
        }

        double[] keptWeights = new double[near.Length];
        for (int i = 0; i < near.Length; i++)
        {
            keptWeights[i] = weights[near[i]];
        }

        return new CalibrationSamples(kept, scope.From([near.Length, 2], near.SelectMany(m => new[] { k[2 * m], k[(2 * m) + 1] }).ToArray()), keptWeights);
    }

    /// <summary>The weights over λ_max(Fᴴ W F) on the image of the calibration region, so that λ has one meaning for any sampling.</summary>
    /// <param name="points">The points, on the device of the scope.</param>
    /// <param name="side">Width of the region.</param>
    /// <param name="scope">Owner of the result.</param>
    public Tensor NormalisedWeights(Tensor points, int side, TensorScope scope)
    {
        using NufftPlan plan = NufftPlan.Create(points, side, side, NufftAccuracy.Accurate);
        return DensityWeights.Normalise(Weights, plan, scope).Weights;
    }

    private static void Gather<T>(Tensor from, Tensor to, int[] near)
        where T : unmanaged
    {
        Span<T> source = from.Span<T>(), target = to.Span<T>();
        int samples = from.Shape[^1];
        for (int line = 0; line < from.Shape[0] * from.Shape[1]; line++)
        {
            for (int i = 0; i < near.Length; i++)
            {
                target[(line * near.Length) + i] = source[(line * samples) + near[i]];
            }
        }
    }
}
