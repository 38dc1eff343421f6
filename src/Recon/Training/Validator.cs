using System.Diagnostics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Measures a model on slices that it does not learn from, as they are reconstructed in use: every solve starts cold.</summary>
/// <param name="config">Solver limits, loss, data-range policy.</param>
/// <param name="model">The model as it is.</param>
/// <param name="slices">Slices with targets.</param>
internal sealed class Validator(TrainingConfig config, EquilibriumModel model, IReadOnlyList<IWaitingSlice> slices)
{
    private readonly TrainingLoss _loss = new(config.Loss);

    /// <summary>Whether there is anything to measure on.</summary>
    public bool HasSlices => slices.Count > 0;

    /// <summary>Reconstructs and measures.</summary>
    public MetricsRow Measure(long step, int epoch)
    {
        using Ledger.PhaseScope phase = model.Parameters.Device.Ledger.Enter("validation");
        var clock = Stopwatch.StartNew();
        using var scope = new TensorScope(model.Parameters.Device.Host, MemoryOwner.Data);
        Reconstruction result = new ModelReconstructor(model, config).Run(slices, model.Parameters.Device, scope, NoProgress.Instance, CancellationToken.None);
        ImageMetrics metrics = result.Compare(config.PsnrRange);
        return new MetricsRow
        {
            Kind = MetricsKind.Validation,
            Step = step,
            Epoch = epoch,
            Loss = Enumerable.Range(0, slices.Count).Average(s => LossOf(result, s)),
            Psnr = metrics.Psnr,
            Ssim = metrics.Ssim,
            Nmse = metrics.Nmse,
            Iterations = result.Solves.Select(s => (double)s.Evaluations).DefaultIfEmpty(double.NaN).Average(),
            Residual = result.Solves.Select(s => s.BestResidual).DefaultIfEmpty(double.NaN).Max(),
            Eta = EpochSummary.EtaOf(model),
            Lambda = EpochSummary.LambdaOf(model),
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    private double LossOf(Reconstruction result, int slice)
    {
        using var read = new TensorScope(result.Images.Device, MemoryOwner.Data);
        return _loss.Of(result.Images.Slice(slice), slices[slice].RequireTarget(read));
    }
}
