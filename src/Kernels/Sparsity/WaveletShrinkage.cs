using Stardeq.Engine;

namespace Stardeq.Kernels;

// R(x) = weight ‖Ψ x‖₁ over the detail coefficients; Ψ orthogonal: prox = Ψᴴ shrink(Ψ x). With cycle spinning [COI95] Ψ follows a cyclic shift
// that is drawn anew each time: no pixel is always beside a seam of the blocks.

/// <summary>The proximal map of the sum of the magnitudes of wavelet coefficients.</summary>
/// <param name="transform">Ψ; its coarsest part is not penalised.</param>
/// <param name="weight">Weight of the sum, ≥ 0.</param>
/// <param name="shifts">Random shifts, a pure function of the seed and the iteration; null for none.</param>
public sealed class WaveletShrinkage(WaveletTransform transform, double weight, CounterRandom? shifts) : IProximalMap
{
    /// <inheritdoc/>
    public void Apply(Tensor x, double step, int iteration)
    {
        if (shifts is not { } random)
        {
            Shrink(x, step);
            return;
        }

        int rows = transform.Domain[0], columns = transform.Domain[1];
        int down = random.Integer(2L * iteration, rows), right = random.Integer((2L * iteration) + 1, columns);
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor moved = work.Like(x);
        CyclicShift.Run(x, down, right, moved);
        Shrink(moved, step);
        CyclicShift.Run(moved, rows - down, columns - right, x);
    }

    private void Shrink(Tensor x, double step)
    {
        transform.InPlace(x, isInverse: false);
        SoftThreshold.Run(x, step * weight, transform.CoarseRows, transform.CoarseColumns);
        transform.InPlace(x, isInverse: true);
    }
}
