namespace Stardeq.Autodiff;

/// <summary>What was measured of a map f where a solver stopped, at z near the fixed point z*. J = ∂f/∂z at z.</summary>
/// <param name="Step">‖f(z) − z‖.</param>
/// <param name="Size">‖f(z)‖.</param>
/// <param name="JacobianNorm">The largest singular value of J, from below: no measured ‖J v‖/‖v‖ exceeds the true one.</param>
/// <param name="SpectralRadius">The largest modulus of an eigenvalue of J, estimated by that of a Ritz value.</param>
/// <param name="Distance">‖z* − f(z)‖ to first order in z* − z.</param>
/// <param name="IsDistanceSolved">False if the linear equation of the distance was not solved in the sweeps allowed: the fixed
/// point is then farther away, as far as one can tell.</param>
/// <param name="Sweeps">Evaluations, forward sweeps and reverse sweeps of f that this took.</param>
public sealed record SolutionEstimate(double Step, double Size, double JacobianNorm, double SpectralRadius, double Distance, bool IsDistanceSolved, int Sweeps)
{
    // Guards divisions by a norm; far below any data, so that no result depends on the scale of the data.
    private const double Tiny = 1e-30;

    /// <summary>‖f(z) − z‖ / ‖f(z)‖.</summary>
    public double Residual => Step / (Size + Tiny);

    /// <summary>‖z* − f(z)‖ / ‖f(z)‖ to first order.</summary>
    public double RelativeDistance => Distance / (Size + Tiny);

    /// <summary>What a contraction factor q of f everywhere proves: ‖z* − f(z)‖ / ‖f(z)‖ ≤ q/(1 − q) · ‖f(z) − z‖ / ‖f(z)‖.</summary>
    /// <param name="factor">q in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">q is not below one: nothing is proven.</exception>
    public double ProvenDistance(double factor) => factor is >= 0 and < 1
        ? factor / (1 - factor) * Residual
        : throw new ArgumentOutOfRangeException(nameof(factor), factor, "proven distance: a contraction factor is in [0, 1).");
}
