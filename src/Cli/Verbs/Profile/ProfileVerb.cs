using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Shows where the time and the memory of another verb go.</summary>
internal static class ProfileVerb
{
    private static readonly Verb[] s_profiled =
    [
        Verb.Of<ProfileTrainOptions>("profile train", "where time and memory of training steps go", ProfileTrainVerb.Run),
        Verb.Of<ProfileReconstructOptions>("profile reconstruct", "where time and memory of reconstructions go", ProfileReconstructVerb.Run),
        Verb.Of<ProfileNufftOptions>("profile nufft", "where time and memory of a NUFFT between files go", ProfileNufftVerb.Run),
    ];

    /// <summary>The first argument says what is profiled; the others are its options.</summary>
    public static ExitCode Run(IReadOnlyList<string> arguments, CommandContext context)
    {
        if (arguments.Count > 0 && arguments[0] is "--help")
        {
            context.Terminal.Out.WriteLine("stardeq profile: runs some steps of a verb, with its options, and shows where time and memory go\n");
            foreach (Verb profiled in s_profiled)
            {
                profiled.Run(["--help"], context);
            }

            return ExitCode.Done;
        }

        string[] names = [.. s_profiled.Select(verb => verb.Name.Split(' ')[1])];
        int found = arguments.Count == 0 ? -1 : Array.IndexOf(names, arguments[0]);
        return found >= 0
            ? s_profiled[found].Run([.. arguments.Skip(1)], context)
            : throw new InputException(arguments.Count == 0
                ? $"say what to profile: {string.Join(", ", names)}. 'stardeq profile --help' explains all options."
                : $"'{arguments[0]}' cannot be profiled. {Suggestion.For(arguments[0], names)}");
    }

    /// <summary>Writes the table, and where the rest is.</summary>
    internal static void Show(IProfileOptions options, CommandContext context, IReadOnlyList<string> table)
    {
        foreach (string line in table)
        {
            context.Terminal.Out.WriteLine(line);
        }

        context.Terminal.Out.WriteLine($"{options.Out}: profile.html, profile.json, and trace.json for ui.perfetto.dev");
    }
}
