namespace Stardeq.Cli;

/// <summary>One verb of the command line. Options and code of a verb are touched only when it is asked for.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Summary">One line for the list of verbs.</param>
/// <param name="Run">Parses the arguments after the verb and runs it.</param>
internal sealed record Verb(string Name, string Summary, Func<IReadOnlyList<string>, CommandContext, ExitCode> Run)
{
    /// <summary>A verb whose options are of one class.</summary>
    public static Verb Of<TOptions>(string name, string summary, Func<TOptions, CommandContext, ExitCode> execute)
        where TOptions : VerbOptions, IHasExamples, new() =>
        new(name, summary, (arguments, context) => OptionParser.Parse<TOptions>(name, summary, arguments, context.Terminal) is { } options
            ? execute(options, context)
            : ExitCode.Done);
}
