using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>A change of settings that saves memory.</summary>
/// <param name="Key">Config key.</param>
/// <param name="Value">Its new value.</param>
/// <param name="Price">What it costs, in words.</param>
/// <param name="Applies">Whether it makes sense for a configuration.</param>
public sealed record Saving(string Key, string Value, string Price, Func<TrainingConfig, bool> Applies)
{
    /// <summary>All of them: first those that leave the result as it is, then those that round, then those that train otherwise.</summary>
    public static IReadOnlyList<Saving> All { get; } =
    [
        new("recompute", "levels", "the maps inside levels are computed once more", config => !ModelFactory.RecomputesLevels(config)),
        new("checkpointing", "true", "every layer is computed once more", config => config.Model == ModelKind.Modl),
        new("workspace", "32MiB", "large operations go in more passes", _ => true),
        new("cache_store", "mapped", "remembered solutions are read from a file", config => config.Init == InitKind.Cascaded),
        new("activations", "half", "gradients of weights see activations of 11 bits", config => config.Activations == SavedAs.Whole),
        new("cache_precision", "half", "remembered solutions keep 11 bits", config => config is { Init: InitKind.Cascaded, CacheStore: CacheStoreKind.Memory }),
        new("batch", "1", "gradients of single slices", config => config.Batch > 1),
        new("anderson_memory", "3", "solves may take more iterations", config => config is { IsEquilibrium: true, Solver: SolverKind.Anderson, AndersonMemory: > 3 }),
    ];

    /// <summary>The changed configuration; null if it is not legal or the same.</summary>
    public TrainingConfig? Change(TrainingConfig config)
    {
        if (!Applies(config))
        {
            return null;
        }

        TrainingConfig changed = ConfigKeys.Assign(config, $"{Key}={Value}");
        return changed == config ? null : changed;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Key}={Value}";
}
