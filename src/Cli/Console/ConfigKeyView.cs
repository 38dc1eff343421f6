using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>The list of configuration keys.</summary>
internal static class ConfigKeyView
{
    /// <summary>Writes each key with its value in a preset, its meaning and its legal values.</summary>
    public static void Write(Terminal terminal, string? preset)
    {
        TrainingConfig config = TrainingConfig.FromPreset(preset ?? TrainingConfig.PresetNames[0]);
        foreach (ConfigKey key in ConfigKeys.All)
        {
            terminal.Out.WriteLine($"{key.Name,-17} {key.Read(config),-10} {key.Meaning} ({key.Legal})");
        }
    }
}
