namespace Stardeq.Recon;
/// <summary>x</summary>
public static class TrainingRun
{
    /// <summary>x</summary>
    public static TrainResult Execute(TrainRequest request, Engine.Device device, IProgressReport progress, CancellationToken stop) => throw new NotSupportedException();
}
