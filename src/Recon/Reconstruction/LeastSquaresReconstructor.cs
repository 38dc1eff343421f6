using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>How the equations of one slice were solved.</summary>
/// <param name="LargestEigenvalue">λ_max(Aᴴ W A), by Lanczos.</param>
/// <param name="Shift">λ λ_max: what was added to the diagonal.</param>
/// <param name="Result">Iterations, relative residual, status.</param>
public sealed record LeastSquaresSolve(double LargestEigenvalue, double Shift, ConjugateGradientResult Result);

/// <summary>
/// Iterative SENSE [PRU01]: (Aᴴ W A + λ λ_max I) x = Aᴴ W y by conjugate gradients from 0, the minimiser of
/// ‖W^½ (A x − y)‖² + λ λ_max ‖x‖². Unlike <see cref="CgSenseReconstructor"/> it takes weights as they are, ones
/// included; A has the orthonormal scale 1/√(rows columns), so that the shift is meaningful to other programs.
/// </summary>
/// <param name="regularisation">λ ≥ 0, relative to λ_max.</param>
/// <param name="iterations">Limit; the relative residual stops earlier below 1e-6.</param>
public sealed class LeastSquaresReconstructor(double regularisation, int iterations) : IReconstructor
{
    private const double Tolerance = 1e-6; // where rounding of float32 ends progress
    private const int LanczosSteps = 40;
    private const double LanczosTolerance = 1e-5;

    private readonly List<LeastSquaresSolve> _solves = [];

    /// <inheritdoc/>
    public string Name => "cg-sense";

    /// <summary>Records of the slices solved so far, in order.</summary>
    public IReadOnlyList<LeastSquaresSolve> Solves => _solves;

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        using ToeplitzNormal normal = slice.Normal();

        // Started from b, Lanczos sees the space in which the solution lies, and no other eigenvalue matters.
        double largest = Lanczos.LargestEigenvalue(normal, slice.B, LanczosSteps, LanczosTolerance).Value;
        image.Clear();
        ConjugateGradientResult result = ConjugateGradient.Solve(normal, regularisation * largest, slice.B, image, iterations, Tolerance);
        _solves.Add(new LeastSquaresSolve(largest, regularisation * largest, result));
        return null;
    }
}
