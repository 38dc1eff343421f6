using CommandLine;

namespace Stardeq.Cli;

/// <summary>Options whose help page shows how the verb is used.</summary>
internal interface IHasExamples
{
    /// <summary>Arguments after the verb; each must parse.</summary>
    static abstract IReadOnlyList<string> Examples { get; }
}

/// <summary>What the options of all verbs share.</summary>
internal abstract class VerbOptions
{
    /// <summary>Arguments that belong to no option: the files of <see cref="FileNames"/>.</summary>
    [Value(0, Hidden = true)]
    public IEnumerable<string> Files { get; set; } = [];

    /// <summary>What the files without an option are, in order; exactly these must be given.</summary>
    public virtual IReadOnlyList<string> FileNames => [];
}

/// <summary>Options of verbs that work on the processor.</summary>
internal abstract class ProcessorOptions : VerbOptions
{
    /// <summary>Threads of the CPU device.</summary>
    [Option("threads", MetaValue = "N", HelpText = "Threads of the CPU device; 0 takes one per logical processor. Results do not depend on it.")]
    public int Threads { get; set; }
}

/// <summary>Options of verbs that compute.</summary>
internal abstract class DeviceOptions : ProcessorOptions
{
    /// <summary>Where to compute.</summary>
    [Option("device", Default = "auto", MetaValue = "DEVICE", HelpText = "Where to compute: auto, cpu, cuda or cuda:INDEX.")]
    public string Device { get; set; } = "auto";

    /// <summary>Bound of scratch memory.</summary>
    [Option("workspace", MetaValue = "SIZE", HelpText = "Scratch memory of an operation that can do with less in more passes, such as 64MiB (256MiB).")]
    public string? Workspace { get; set; }
}
