using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// What depends on how far a training is: epoch, slices, learning rate, tolerance, pre-training. All are functions of the step's
/// number, from 1, so that a resumed training goes on as if it had never stopped.
/// </summary>
/// <param name="config">All settings.</param>
/// <param name="slices">Training slices.</param>
public sealed class TrainingSchedule(TrainingConfig config, int slices)
{
    /// <summary>Steps of one pass over the slices.</summary>
    public int StepsPerEpoch { get; } = (slices + config.Batch - 1) / config.Batch;

    /// <summary>Steps of the whole training.</summary>
    public long Steps => (long)config.Epochs * StepsPerEpoch;

    /// <summary>Epoch of a step, from 1.</summary>
    public int Epoch(long step) => (int)((step - 1) / StepsPerEpoch) + 1;

    /// <summary>Whether a step is the first of its epoch.</summary>
    public bool BeginsEpoch(long step) => (step - 1) % StepsPerEpoch == 0;

    /// <summary>Whether a step is the last of its epoch.</summary>
    public bool EndsEpoch(long step) => step % StepsPerEpoch == 0;

    /// <summary>Indices of the slices of a step: a piece of the epoch's own permutation.</summary>
    public int[] Slices(long step)
    {
        int within = (int)((step - 1) % StepsPerEpoch);
        int[] order = new CounterRandom((ulong)config.Seed).Stream("order").Stream(Epoch(step)).Permutation(slices);
        return [.. order.Skip(within * config.Batch).Take(config.Batch)];
    }

    /// <summary>
    /// Learning rate of a step. It rises linearly over <c>lr_warmup</c> steps and then is constant, falls by <c>lr_step_factor</c>
    /// after every <c>lr_step_epochs</c> epochs, or follows half a period of a cosine to the share <c>lr_final</c> at the last step.
    /// </summary>
    public double LearningRate(long step)
    {
        double warm = step <= config.RateWarmup ? (double)step / config.RateWarmup : 1;
        return config.LearningRate * warm * config.RateSchedule switch
        {
            RateScheduleKind.Step => Math.Pow(config.RateStepFactor, (Epoch(step) - 1) / config.RateStepEpochs),
            RateScheduleKind.Cosine => config.RateFinal + ((1 - config.RateFinal) * (1 + Math.Cos(Math.PI * Progress(step))) / 2),
            _ => 1,
        };
    }

    /// <summary>Tolerance of the solves of an epoch: from <c>tolerance_start</c> in equal ratios to <c>tolerance</c>, which holds
    /// after <c>tolerance_epochs</c>.</summary>
    public double Tolerance(int epoch)
    {
        double progress = Math.Min(1, (epoch - 1) / (double)config.ToleranceEpochs);
        return config.ToleranceStart > 0 && progress < 1
            ? config.ToleranceStart * Math.Pow(config.Tolerance / config.ToleranceStart, progress)
            : config.Tolerance;
    }

    /// <summary>Whether a step belongs to the pre-training.</summary>
    public bool IsPretraining(long step) => config.Pretrain != PretrainKind.None && Epoch(step) <= config.PretrainEpochs;

    /// <summary>Whether a checkpoint is due after a step.</summary>
    public bool SavesAfter(long step) =>
        step == Steps || (config.CheckpointEvery > 0 ? step % config.CheckpointEvery == 0 : EndsEpoch(step));

    /// <summary>0 at the first step after the warm-up, 1 at the last step.</summary>
    private double Progress(long step)
    {
        double first = config.RateWarmup + 1;
        return Steps > first ? Math.Clamp((step - first) / (Steps - first), 0, 1) : 1;
    }
}
