namespace Stardeq.Recon;

/// <summary>A saving that was taken.</summary>
/// <param name="Key">Config key that changed.</param>
/// <param name="Value">Its new value.</param>
/// <param name="Price">What it costs, in words.</param>
/// <param name="Bytes">What it saves of the largest amount taken from the system.</param>
public sealed record TakenSaving(string Key, string Value, string Price, long Bytes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}={Value}";
}

/// <summary>Settings chosen so that a training fits into memory.</summary>
/// <param name="Config">The settings.</param>
/// <param name="Forecast">What they need.</param>
/// <param name="Taken">Changes, in the order in which they were made.</param>
/// <param name="Fits">Whether that is enough.</param>
public sealed record MemoryFit(TrainingConfig Config, TrainingForecast Forecast, IReadOnlyList<TakenSaving> Taken, bool Fits)
{
    /// <summary>Takes one saving after another until the training fits or none is left.</summary>
    /// <param name="config">Where to begin.</param>
    /// <param name="forecast">What that needs.</param>
    /// <param name="budget">Bytes that tensors may take from the system.</param>
    /// <param name="rehearse">Predicts a configuration.</param>
    public static MemoryFit Find(TrainingConfig config, TrainingForecast forecast, long budget, Func<TrainingConfig, TrainingForecast> rehearse)
    {
        List<TakenSaving> taken = [];
        foreach (Saving saving in Saving.All)
        {
            long before = forecast.LargestBytes;
            string? value = null;
            while (forecast.LargestBytes > budget
                && new TightTraining(config, forecast, forecast.LargestBytes - budget) is var tight
                && saving.Change(tight) is { } changed && rehearse(changed) is var smaller && smaller.LargestBytes < forecast.LargestBytes)
            {
                (value, config, forecast) = (saving.Value(tight), changed, smaller); // again, if the value depends on what is still too much
            }

            if (value is not null)
            {
                taken.Add(new TakenSaving(saving.Key, value, saving.Price, before - forecast.LargestBytes));
            }
        }

        return new MemoryFit(config, forecast, taken, forecast.LargestBytes <= budget);
    }
}
