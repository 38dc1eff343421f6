namespace Stardeq.Engine;

/// <summary>One operation that a device was asked for.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Phase">What the program was doing.</param>
/// <param name="Work">What the operation has to do.</param>
/// <param name="Start">When it was called, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="End">When the call returned. A GPU may not have done the work by then; <see cref="KernelTrace"/> knows.</param>
public readonly record struct KernelSpan(string Kernel, string Phase, WorkCount Work, long Start, long End);

/// <summary>An operation under way. It ends when this is disposed.</summary>
public readonly struct OpenSpan : IDisposable
{
    private readonly SpanLog _log;

    internal OpenSpan(SpanLog log) => _log = log;

    /// <summary>Ends the operation.</summary>
    public void Dispose() => _log.End();
}
