namespace Stardeq.Cli;

/// <summary>Where the program writes, and whether a person watches.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Messages about the work.</param>
/// <param name="IsInteractive">Whether both are a terminal: bars and colours are shown only then.</param>
public sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive)
{
    /// <summary>The terminal of the process.</summary>
    public static Terminal OfProcess() => new(
        Console.Out, Console.Error, IsInteractive: !Console.IsOutputRedirected && !Console.IsErrorRedirected);
}
