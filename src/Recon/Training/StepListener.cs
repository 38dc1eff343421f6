namespace Stardeq.Recon;

/// <summary>Passes progress on, and hears of every step.</summary>
/// <param name="inner">Gets the progress.</param>
/// <param name="afterStep">Told the number of steps that are done, after <paramref name="inner"/>.</param>
internal sealed class StepListener(IProgressReport inner, Action<long> afterStep) : IProgressReport
{
    public void Begin(string work, long total) => inner.Begin(work, total);

    public void Step(long done, params ReadOnlySpan<ProgressReading> readings)
    {
        inner.Step(done, readings);
        afterStep(done);
    }

    public void Line(string text) => inner.Line(text);
}
