using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>What an equilibrium reconstruction may be trusted for.</summary>
public enum CertificateFlag
{
    /// <summary>The solve reached its tolerance and the layer contracts everywhere by proof: there is one fixed point, and the
    /// image is within the proven distance of it.</summary>
    Certified,

    /// <summary>The solve reached its tolerance, and near the solution plain iteration comes back to it, by estimate.</summary>
    Converged,

    /// <summary>The solve reached its tolerance, but the spectral radius there is one or more by estimate: plain iteration would
    /// leave this solution, and data a little different may lead elsewhere.</summary>
    NotContractive,

    /// <summary>The evaluations were used up first; the distance says what is missing.</summary>
    Stalled,

    /// <summary>Residuals grew, or a value was not finite: do not use the image.</summary>
    Diverged,
}

/// <summary>What is known of one reconstructed slice: the image f(z) against the fixed point z* of its layer f.</summary>
public sealed record Certificate
{
    /// <summary>The verdict.</summary>
    public required CertificateFlag Flag { get; init; }

    /// <summary>Evaluations of f that the solve took.</summary>
    public required int Iterations { get; init; }

    /// <summary>‖f(z) − z‖ / ‖f(z)‖, f(z) the image before it is cut to the support of the coils.</summary>
    public required double Residual { get; init; }

    /// <summary>Largest singular value of ∂f/∂z at z, estimated from below.</summary>
    public required double JacobianNorm { get; init; }

    /// <summary>Largest modulus of an eigenvalue of ∂f/∂z at z, estimated: the factor by which plain iteration converges.</summary>
    public required double SpectralRadius { get; init; }

    /// <summary>‖z* − f(z)‖ / ‖f(z)‖ to first order.</summary>
    public required double Distance { get; init; }

    /// <summary>False if the equation of the distance was not solved in the sweeps allowed: the fixed point is then farther away,
    /// as far as one can tell.</summary>
    public required bool IsDistanceSolved { get; init; }

    /// <summary>Factor by which f contracts everywhere, by proof; null if nothing below one is proven.</summary>
    public double? ProvenFactor { get; init; }

    /// <summary>Bound of ‖z* − f(z)‖ / ‖f(z)‖ by that factor.</summary>
    public double? ProvenDistance { get; init; }

    /// <summary>Sweeps of the layer that the certificate took; the solve took <see cref="Iterations"/>.</summary>
    public required int Sweeps { get; init; }

    /// <summary>Wall-clock time of the certificate.</summary>
    public required double Seconds { get; init; }

    /// <summary>The certificate of a solve.</summary>
    /// <param name="solve">How it ended.</param>
    /// <param name="estimate">What was measured where it ended.</param>
    /// <param name="factor">Proven contraction factor, below one, or null.</param>
    /// <param name="seconds">Time of the measurement.</param>
    public static Certificate Of(SliceSolve solve, SolutionEstimate estimate, double? factor, double seconds) => new()
    {
        Flag = Judge(solve.Status, estimate, factor),
        Iterations = solve.Evaluations,
        Residual = estimate.Residual,
        JacobianNorm = estimate.JacobianNorm,
        SpectralRadius = estimate.SpectralRadius,
        Distance = estimate.RelativeDistance,
        IsDistanceSolved = estimate.IsDistanceSolved,
        ProvenFactor = factor,
        ProvenDistance = factor is { } q ? estimate.ProvenDistance(q) : null,
        Sweeps = estimate.Sweeps,
        Seconds = seconds,
    };

    private static CertificateFlag Judge(SolveStatus status, SolutionEstimate estimate, double? factor) => status switch
    {
        SolveStatus.Diverged or SolveStatus.NotFinite => CertificateFlag.Diverged,
        _ when !double.IsFinite(estimate.Residual) => CertificateFlag.Diverged,
        SolveStatus.Stalled => CertificateFlag.Stalled,
        _ when factor is not null => CertificateFlag.Certified,
        _ => estimate.SpectralRadius < 1 ? CertificateFlag.Converged : CertificateFlag.NotContractive, // NaN is not below one
    };
}
