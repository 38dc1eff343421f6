using CommandLine;

namespace Stardeq.Cli;

/// <summary>Options that say what to train.</summary>
internal abstract class TrainChoices : DeviceOptions
{
    [Option("preset", MetaValue = "NAME", HelpText = "Preset to start from: tiny (default), small or paper.")]
    public string? Preset { get; set; }

    [Option("config", MetaValue = "FILE", HelpText = "JSON file of config keys, or the config.json of another run; wins over the preset.")]
    public string? Config { get; set; }

    [Option("set", MetaValue = "KEY=VALUE", HelpText = "Config keys; win over preset and file. 'stardeq train --keys' lists them.")]
    public IEnumerable<string> Set { get; set; } = [];

    [Option("model", MetaValue = "NAME", HelpText = "Short for --set model=NAME: ifdeq.")]
    public string? Model { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "Short for --set seed=N.")]
    public string? Seed { get; set; }

    [Option("data", MetaValue = "DIR", HelpText = "Data set made by 'simulate' or 'prepare'; without it one is simulated as the preset says.")]
    public string? Data { get; set; }

    [Option("weights", MetaValue = "FILE", HelpText = "Safetensors file of the weights to start from, a checkpoint or one written by other programs; by default they are drawn from the seed.")]
    public string? Weights { get; set; }

    /// <summary>The keys that the options set, weakest first.</summary>
    public virtual IEnumerable<string> Assignments() => [.. Set, .. Short("model", Model), .. Short("seed", Seed), .. Short("workspace", Workspace)];

    /// <summary>The assignment that a short option stands for, if it was given.</summary>
    protected static IEnumerable<string> Short(string key, string? value) => value is null ? [] : [$"{key}={value}"];
}
