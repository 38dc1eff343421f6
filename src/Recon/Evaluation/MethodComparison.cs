using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A trained model beside the classical methods on the same slices.</summary>
public sealed class MethodComparison
{
    /// <summary>Iterations of CG-SENSE: converged for any λ that is tuned, so that more of them change nothing.</summary>
    public const int CgIterations = 50;

    // The middle of the candidates, and what it takes for data of common noise.
    private const double UntunedRegularisation = 1e-3;

    private MethodComparison(ResultTable table, IReadOnlyList<Reconstruction> reconstructions)
    {
        Table = table;
        Reconstructions = reconstructions;
    }

    /// <summary>One row per method; ours last.</summary>
    public ResultTable Table { get; }

    /// <summary>Images of gridding, CG-SENSE and the model, in this order.</summary>
    public IReadOnlyList<Reconstruction> Reconstructions { get; }

    /// <summary>Reconstructs and measures.</summary>
    /// <param name="slices">Slices with targets that the model has never seen.</param>
    /// <param name="tuning">Slices with targets on which the λ of CG-SENSE is chosen: those that the model learned from; may be empty.</param>
    /// <param name="model">The trained model.</param>
    /// <param name="config">Solver limits and data-range policy.</param>
    /// <param name="pattern">Pattern of <paramref name="slices"/>, for the caption.</param>
    /// <param name="acceleration">Acceleration of <paramref name="slices"/>, for the caption.</param>
    /// <param name="inference">How the model is used.</param>
    /// <param name="scope">Owner of the images, in host memory; the model's device computes them.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    public static MethodComparison Run(
        IReadOnlyList<IWaitingSlice> slices,
        IReadOnlyList<IWaitingSlice> tuning,
        EquilibriumModel model,
        TrainingConfig config,
        UndersamplingPattern pattern,
        int acceleration,
        InferenceOptions inference,
        TensorScope scope,
        IProgressReport progress,
        CancellationToken stop)
    {
        CgSenseReconstructor cgSense = tuning.Count > 0
            ? CgSenseReconstructor.Tuned(tuning, model.Parameters.Device, CgIterations, config.PsnrRange, progress, stop)
            : new CgSenseReconstructor(UntunedRegularisation, CgIterations);
        IReconstructor[] methods = [new GriddingReconstructor(), cgSense, new ModelReconstructor(model, config, inference)];
        Reconstruction[] results = [.. methods.Select(method => method.Run(slices, model.Parameters.Device, scope, progress, stop))];
        var rows = methods.Zip(results, (method, result) =>
        {
            ImageMetrics metrics = result.Compare(config.PsnrRange);
            return new MethodResult(method.Name, metrics.Psnr, metrics.Ssim, metrics.Nmse, result.SecondsPerSlice);
        });
        string range = config.PsnrRange == DataRange.VolumeMaximum ? "volume" : "slice";
        int subjects = slices.Select(slice => slice.Subject).Distinct().Count();
        string caption = string.Create(
            CultureInfo.InvariantCulture,
            $"{slices.Count} held-out slices of {subjects} subject{(subjects == 1 ? "" : "s")}, {acceleration}x {pattern.ToString().ToLowerInvariant()} undersampling; magnitudes, data range = maximum of the reference {range}; CG-SENSE λ = {cgSense.Regularisation:g2}, {(tuning.Count > 0 ? $"best of {CgSenseReconstructor.Candidates.Count} on {Math.Min(tuning.Count, CgSenseReconstructor.TuningSlices)} training slices" : "not tuned, for lack of training slices")}");
        return new MethodComparison(new ResultTable(caption, [.. rows]) { Certificates = results[^1].Certified(methods[^1].Name) }, results);
    }
}
