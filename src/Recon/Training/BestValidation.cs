using System.Globalization;

namespace Stardeq.Recon;

/// <summary>The best validation so far, and whether it is so long ago that training should end.</summary>
/// <param name="config">What is better, and how long to wait.</param>
public sealed class BestValidation(TrainingConfig config) : ICheckpointPart
{
    private const string StepKey = "best_step", ValueKey = "best_value", SinceKey = "validations_since_best";

    private long _since;

    /// <summary>Step of the best validation; 0 if there was none.</summary>
    public long Step { get; private set; }

    /// <summary>Its PSNR in dB, or its loss.</summary>
    public double Value { get; private set; } = double.NaN;

    /// <summary>Whether <c>early_stop</c> validations went by without improvement.</summary>
    public bool IsOver => config.EarlyStop > 0 && _since >= config.EarlyStop;

    /// <summary>Takes a validation into account.</summary>
    /// <returns>True if it is the best so far.</returns>
    public bool Offer(MetricsRow validation)
    {
        bool isByPsnr = config.BestBy == BestByKind.Psnr;
        double value = isByPsnr ? validation.Psnr : validation.Loss;
        bool isBetter = double.IsFinite(value) && (Step == 0 || (isByPsnr ? value > Value : value < Value));
        (Step, Value, _since) = isBetter ? (validation.Step, value, 0) : (Step, Value, _since + 1);
        return isBetter;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"step {Step}, validation {(config.BestBy == BestByKind.Psnr ? $"PSNR {Value:0.00}" : $"loss {Value:0.000e0}")}");

    /// <inheritdoc/>
    public void Save(CheckpointContent content)
    {
        content.SetWhole(StepKey, Step);
        content.SetWhole(SinceKey, _since);
        content.Set(ValueKey, Value);
    }

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        (Step, _since) = (content.Whole(StepKey), content.Whole(SinceKey));
        Value = content.Numbers(ValueKey)[0];
    }
}
