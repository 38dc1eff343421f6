namespace Stardeq.Recon;

/// <summary>A named number shown beside a progress bar.</summary>
/// <param name="Name">Short name: <c>loss</c>.</param>
/// <param name="Value">Value; NaN is not shown.</param>
/// <param name="Format">.NET format of the value.</param>
public readonly record struct ProgressReading(string Name, double Value, string Format = "0.###");

/// <summary>
/// Where long work tells how far it is. Recon writes to no console: the command line shows a bar on a terminal and
/// sparse lines elsewhere, tests record. Called by one thread; cheap enough to be called at every step.
/// </summary>
public interface IProgressReport
{
    /// <summary>Starts a piece of work; the one before it is complete.</summary>
    /// <param name="work">What is done: <c>training</c>.</param>
    /// <param name="total">Number of steps.</param>
    void Begin(string work, long total);

    /// <summary>So many steps of the present piece of work are done.</summary>
    /// <param name="done">Steps done, in all.</param>
    /// <param name="readings">What is worth seeing at this moment.</param>
    void Step(long done, params ReadOnlySpan<ProgressReading> readings);

    /// <summary>A line that stays, on a terminal or not: one per epoch, a choice that was made, a warning.</summary>
    void Line(string text);
}

/// <summary>A progress report that tells nobody.</summary>
public sealed class NoProgress : IProgressReport
{
    /// <summary>The one instance.</summary>
    public static NoProgress Instance { get; } = new();

    /// <inheritdoc/>
    public void Begin(string work, long total)
    {
    }

    /// <inheritdoc/>
    public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
    {
    }

    /// <inheritdoc/>
    public void Line(string text)
    {
    }
}
