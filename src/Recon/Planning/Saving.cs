using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>A training that needs more than it may.</summary>
/// <param name="Config">The training.</param>
/// <param name="Forecast">What it needs.</param>
/// <param name="ExcessBytes">How much of that is too much.</param>
public readonly record struct TightTraining(TrainingConfig Config, TrainingForecast Forecast, long ExcessBytes);

/// <summary>A change of settings that saves memory.</summary>
/// <param name="Key">Config key.</param>
/// <param name="Price">What it costs, in words.</param>
/// <param name="Value">Its new value; null where it makes no sense.</param>
public sealed record Saving(string Key, string Price, Func<TightTraining, string?> Value)
{
    private const long KiB = 1 << 10, MiB = 1 << 20;

    private Saving(string key, string value, string price, Func<TrainingConfig, bool> applies)
        : this(key, price, training => applies(training.Config) ? value : null)
    {
    }

    /// <summary>All of them: first those that leave the result as it is, then those that round, then those that train otherwise.</summary>
    public static IReadOnlyList<Saving> All { get; } =
    [
        new("recompute", "levels", "the maps inside levels are computed once more", config => !ModelFactory.RecomputesLevels(config)),
        new("checkpointing", "true", "every layer is computed once more", config => config.Model == ModelKind.Modl),
        new("workspace", "32MiB", "large operations go in more passes", _ => true),
        new("cache_store", "mapped", "remembered solutions are read from a file", config => config.Init == InitKind.Cascaded),
        new("data_memory", "the other slices are read from files when their turn comes", SlicesThatFit),
        new("activations", "half", "gradients of weights see activations of 11 bits", config => config.Activations == SavedAs.Whole),
        new("cache_precision", "half", "remembered solutions keep 11 bits", config => config is { Init: InitKind.Cascaded, CacheStore: CacheStoreKind.Memory }),
        new("batch", "1", "gradients of single slices", config => config.Batch > 1),
        new("anderson_memory", "3", "solves may take more iterations", config => config is { IsEquilibrium: true, Solver: SolverKind.Anderson, AndersonMemory: > 3 }),
    ];

    /// <summary>The changed configuration; null if it is not legal or the same.</summary>
    public TrainingConfig? Change(TightTraining training)
    {
        if (Value(training) is not { } value)
        {
            return null;
        }

        TrainingConfig changed = ConfigKeys.Assign(training.Config, $"{Key}={value}");
        return changed == training.Config ? null : changed;
    }

    /// <summary>The room for slices that is left when the excess is taken from it; at least what those need that are worked on.</summary>
    private static string? SlicesThatFit(TightTraining training)
    {
        (long room, long least) = (training.Forecast.SliceBytes, training.Forecast.LeastSliceBytes);
        long unit = least >= 64 * MiB ? MiB : KiB, value = Math.Max((room - training.ExcessBytes) / unit, (least + unit - 1) / unit) * unit;
        return value < room ? $"{value / unit}{(unit == MiB ? "MiB" : "KiB")}" : null;
    }
}
