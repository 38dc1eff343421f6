using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Progress where nobody watches: one line per piece of work, and the lines that stay.</summary>
internal sealed class PlainProgress(TextWriter writer) : IProgressReport
{
    /// <inheritdoc/>
    public void Begin(string work, long total) => writer.WriteLine(work);

    /// <inheritdoc/>
    public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
    {
    }

    /// <inheritdoc/>
    public void Line(string text) => writer.WriteLine(text);
}
