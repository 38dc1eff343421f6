namespace Stardeq.Compare;

/// <summary>Times that a program of the user prints.</summary>
/// <param name="name">Whose times they are.</param>
/// <param name="option">Option that names the program.</param>
/// <param name="program">The program; empty if there is none.</param>
internal abstract class ProgramTimes(string name, string option, string program) : ITimes
{
    public string? ReasonToSkip => program.Length == 0
        ? $"{name}: no program was given ({option}); its figures are quoted."
        : File.Exists(program) ? null : $"{name}: there is no {program}; its figures are quoted.";

    public IReadOnlyDictionary<string, double> Measure(int round) => Read(ProcessOutput.Of(program, []) ?? "");

    /// <summary>Seconds by the name of our case, from what the program printed.</summary>
    protected abstract IReadOnlyDictionary<string, double> Read(string text);
}
