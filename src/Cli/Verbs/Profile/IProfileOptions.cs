using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>What all profiles ask.</summary>
internal interface IProfileOptions
{
    /// <summary>Steps that are watched.</summary>
    int Steps { get; }

    /// <summary>Steps before them.</summary>
    int WarmUps { get; }

    /// <summary>Folder of the result.</summary>
    string Out { get; }

    /// <summary>How much to watch, and where the result goes.</summary>
    /// <exception cref="InputException">A number is too small.</exception>
    static ProfileRequest Request(IProfileOptions options, CommandContext context) => new()
    {
        Folder = options.Out,
        Steps = Values.AtLeast("--steps", options.Steps, 1),
        WarmUps = Values.AtLeast("--warm-ups", options.WarmUps, 0),
        CommandLine = context.Arguments,
    };
}
