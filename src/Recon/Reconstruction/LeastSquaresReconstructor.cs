using System.Globalization;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// Iterative SENSE [PRU01]: (Aᴴ W A + λ λ_max I) x = Aᴴ W y by conjugate gradients from 0, the minimiser of
/// ‖W^½ (A x − y)‖² + λ λ_max ‖x‖². Unlike <see cref="CgSenseReconstructor"/> it takes weights as they are, ones
/// included; A has the orthonormal scale 1/√(rows columns), so that the shift is meaningful to other programs.
/// </summary>
/// <param name="regularisation">λ ≥ 0, relative to λ_max.</param>
/// <param name="iterations">Limit; the relative residual stops earlier below 1e-6.</param>
public sealed class LeastSquaresReconstructor(double regularisation, int iterations) : ISolvingReconstructor
{
    private const double Tolerance = 1e-6; // where rounding of float32 ends progress
    private const int LanczosSteps = 40;
    private const double LanczosTolerance = 1e-5;

    private readonly List<ClassicalSolve> _solves = [];

    /// <inheritdoc/>
    public string Name => "cg-sense";

    /// <inheritdoc/>
    public string Objective => string.Create(
        CultureInfo.InvariantCulture,
        $"|W^(1/2) (A x - y)|^2 + lambda L |x|^2, lambda {regularisation:g3}; at most {iterations} conjugate-gradient steps, until the relative residual is below {Tolerance:g1}");

    /// <inheritdoc/>
    public IReadOnlyList<ClassicalSolve> Solves => _solves;

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        using ToeplitzNormal normal = slice.Normal();

        // Started from b, Lanczos sees the space in which the solution lies, and no other eigenvalue matters.
        double largest = Lanczos.LargestEigenvalue(normal, slice.B, LanczosSteps, LanczosTolerance).Value;
        image.Clear();
        ConjugateGradientResult result = ConjugateGradient.Solve(normal, regularisation * largest, slice.B, image, iterations, Tolerance);
        _solves.Add(new ClassicalSolve(largest, regularisation * largest, result.Iterations, result.RelativeResidual, result.Status));
        return null;
    }
}
