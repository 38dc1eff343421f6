using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>Rows of the metrics for a step and for an epoch, and the line that users see after each epoch.</summary>
internal static class EpochSummary
{
    /// <summary>The row of one step.</summary>
    public static MetricsRow Of(StepResult result, long step, int epoch, EquilibriumModel model, double rate, double seconds)
    {
        SliceStart[] found = [.. (result.Start?.Slices ?? []).OfType<SliceStart>()];
        return new MetricsRow
        {
            Kind = MetricsKind.Step,
            Step = step,
            Epoch = epoch,
            Loss = result.Loss,
            Psnr = result.Psnr,
            Iterations = result.Evaluations,
            Residual = result.Residual,
            Eta = EtaOf(model),
            Lambda = LambdaOf(model),
            AdjointSweeps = result.Adjoints.Count > 0 ? result.Adjoints.Max(a => a.Sweeps) : double.NaN,
            AdjointResidual = result.Adjoints.Count > 0 ? result.Adjoints.Max(a => a.Residual) : double.NaN,
            FellBack = result.Adjoints.Count(a => a.Status == AdjointStatus.FellBack),
            GradientNorm = result.GradientNorm,
            JacobianPenalty = result.JacobianPenalty,
            LearningRate = rate,
            Warm = result.Start?.Warm ?? double.NaN,
            Dropped = result.Start?.Dropped ?? double.NaN,
            WarmResidual = found.Length > 0 ? found.Max(slice => slice.WarmResidual) : double.NaN,
            ColdResidual = found.Length > 0 ? found.Max(slice => slice.ColdResidual) : double.NaN,
            Seconds = seconds,
        };
    }

    /// <summary>Means over the steps of an epoch; the largest residual, and sums of seconds and of warm starts.</summary>
    /// <param name="steps">Rows of the steps, in order; those that a divergence took away are missing.</param>
    /// <param name="step">Last step of the epoch.</param>
    /// <param name="epoch">Its number.</param>
    public static MetricsRow Of(IReadOnlyList<MetricsRow> steps, long step, int epoch) => new()
    {
        Kind = MetricsKind.Epoch,
        Step = step,
        Epoch = epoch,
        Loss = Mean(steps, row => row.Loss),
        Psnr = Mean(steps, row => row.Psnr),
        Iterations = Mean(steps, row => row.Iterations),
        Residual = Measured(steps, row => row.Residual).DefaultIfEmpty(double.NaN).Max(),
        Eta = steps.Count > 0 ? steps[^1].Eta : double.NaN,
        Lambda = steps.Count > 0 ? steps[^1].Lambda : double.NaN,
        AdjointSweeps = Mean(steps, row => row.AdjointSweeps),
        AdjointResidual = Measured(steps, row => row.AdjointResidual).DefaultIfEmpty(double.NaN).Max(),
        FellBack = Sum(steps, row => row.FellBack),
        GradientNorm = Mean(steps, row => row.GradientNorm),
        JacobianPenalty = Mean(steps, row => row.JacobianPenalty),
        LearningRate = steps.Count > 0 ? steps[^1].LearningRate : double.NaN,
        Warm = Sum(steps, row => row.Warm),
        Dropped = Sum(steps, row => row.Dropped),
        WarmResidual = Mean(steps, row => row.WarmResidual),
        ColdResidual = Mean(steps, row => row.ColdResidual),
        Seconds = steps.Sum(row => row.Seconds),
    };

    /// <summary>η of a layer that has one; NaN for others.</summary>
    public static double EtaOf(EquilibriumModel model) => model.Options.Layer.HasStepSize() ? model.Scalar : double.NaN;

    /// <summary>λ of a layer that has one; NaN for others.</summary>
    public static double LambdaOf(EquilibriumModel model) => model.Options.Layer.HasStepSize() ? double.NaN : model.Scalar;

    /// <summary>The line of an epoch.</summary>
    /// <param name="epoch">Its summary.</param>
    /// <param name="steps">Rows of its steps.</param>
    /// <param name="tolerance">Tolerance of its solves.</param>
    /// <param name="slices">Training slices.</param>
    /// <param name="remark">What the epoch was besides training, or empty.</param>
    /// <param name="validation">Validation after it, if there was one.</param>
    public static string Line(MetricsRow epoch, IReadOnlyList<MetricsRow> steps, double tolerance, int slices, string remark, MetricsRow? validation)
    {
        string line = $"epoch {epoch.Epoch,3}  loss {epoch.Loss:0.000e0}  PSNR {epoch.Psnr:0.00}{remark}";
        if (!double.IsNaN(epoch.Residual))
        {
            line += $"  iterations {epoch.Iterations:0.0}  largest residual {epoch.Residual:0.0e0}";
        }

        if (!double.IsNaN(epoch.AdjointResidual))
        {
            line += $"  adjoint sweeps {epoch.AdjointSweeps:0.0}{(epoch.FellBack > 0 ? $", {epoch.FellBack:0} Jacobian-free instead" : "")}";
        }

        line += double.IsNaN(epoch.Eta) ? $"  lambda {epoch.Lambda:0.000}" : $"  eta {epoch.Eta:0.000}";
        if (epoch.Warm + epoch.Dropped > 0)
        {
            line += $"  warm {epoch.Warm:0} of {slices}{(epoch.Dropped > 0 ? $", {epoch.Dropped:0} dropped" : "")}";
        }

        if (validation is not null)
        {
            line += $"  validation PSNR {validation.Psnr:0.00} SSIM {validation.Ssim:0.0000}";
        }

        int unconverged = steps.Count(row => row.Residual > tolerance);
        return unconverged > 0 ? $"{line}  ({unconverged} of {steps.Count} solves stopped at max_iterations)" : line;
    }

    private static IEnumerable<double> Measured(IReadOnlyList<MetricsRow> steps, Func<MetricsRow, double> value) =>
        steps.Select(value).Where(v => !double.IsNaN(v));

    private static double Mean(IReadOnlyList<MetricsRow> steps, Func<MetricsRow, double> value) =>
        Measured(steps, value).DefaultIfEmpty(double.NaN).Average();

    private static double Sum(IReadOnlyList<MetricsRow> steps, Func<MetricsRow, double> value) =>
        Measured(steps, value).DefaultIfEmpty(double.NaN).Sum();
}
