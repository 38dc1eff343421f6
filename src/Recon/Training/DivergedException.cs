namespace Stardeq.Recon;

/// <summary>What went wrong when a training diverged.</summary>
public enum DivergenceCause
{
    /// <summary>The layer returned a value that is not finite during the solve.</summary>
    SolveNotFinite,

    /// <summary>The loss is not finite.</summary>
    LossNotFinite,

    /// <summary>The gradient is not finite.</summary>
    GradientNotFinite,

    /// <summary>The loss is far above the recent ones.</summary>
    LossExplosion,

    /// <summary>Too many recent solves moved away from the fixed point.</summary>
    SolvesDiverged,
}

/// <summary>Training or a solve diverged and could not recover. The message says where, and what to try.</summary>
public sealed class DivergedException : Exception
{
    /// <summary>What diverged, at which step, with which values, what to try.</summary>
    public DivergedException(DivergenceCause cause, string message)
        : base(message) => Cause = cause;

    /// <summary>What went wrong.</summary>
    public DivergenceCause Cause { get; }
}
