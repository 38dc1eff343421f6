namespace Stardeq.Recon;

/// <summary>Training or a solve diverged and could not recover. The message says where, and what to try.</summary>
public sealed class DivergedException : Exception
{
    /// <summary>What diverged, at which step, with which values, what to try.</summary>
    public DivergedException(string message)
        : base(message)
    {
    }
}
