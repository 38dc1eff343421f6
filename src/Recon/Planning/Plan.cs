namespace Stardeq.Recon;

/// <summary>A training as it is planned.</summary>
/// <param name="Fit">Settings and what they need.</param>
/// <param name="Data">Sizes of the data.</param>
/// <param name="Roof">What the processor can do; null on a GPU.</param>
/// <param name="ProgramBytes">Runtime, compiled code and managed heap, held besides tensors in the same memory; 0 on a GPU.</param>
/// <param name="Budget">Bytes that the whole program may take; null if nobody asked.</param>
internal sealed record Plan(MemoryFit Fit, DatasetDescription Data, MachineRoof? Roof, long ProgramBytes, long? Budget)
{
    /// <summary>The prediction.</summary>
    public TrainingForecast Forecast => Fit.Forecast;

    /// <summary>The most that the whole program takes from the system.</summary>
    public long TotalBytes => Forecast.LargestBytes + ProgramBytes;

    /// <summary>Seconds of a training step whose solves go on to their limits; null on a GPU.</summary>
    public double? StepSeconds => Roof is null ? null : Forecast.Step.Seconds(Roof);

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch => (Slices(Split.Train) + Fit.Config.Batch - 1) / Fit.Config.Batch;

    /// <summary>Slices of a group.</summary>
    public int Slices(Split split) => Data.Slices * Data.Of(split).Length;
}
