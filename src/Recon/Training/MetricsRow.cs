namespace Stardeq.Recon;

/// <summary>What a row of the metrics log describes.</summary>
public enum MetricsKind
{
    /// <summary>One training step.</summary>
    Step,

    /// <summary>The means over one epoch of training.</summary>
    Epoch,

    /// <summary>One validation on held-out slices.</summary>
    Validation,

    /// <summary>Something that changed the course of training; the note says what.</summary>
    Event,
}

/// <summary>One row of <c>metrics.csv</c> and <c>metrics.jsonl</c>. NaN stands for "not measured": an empty field, null.</summary>
public sealed record MetricsRow
{
    /// <summary>What the row describes.</summary>
    public required MetricsKind Kind { get; init; }

    /// <summary>Training steps done since the beginning of the run.</summary>
    public required long Step { get; init; }

    /// <summary>Epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Training loss, or the same loss on held-out slices.</summary>
    public double Loss { get; init; } = double.NaN;

    /// <summary>PSNR in dB.</summary>
    public double Psnr { get; init; } = double.NaN;

    /// <summary>SSIM.</summary>
    public double Ssim { get; init; } = double.NaN;

    /// <summary>NMSE.</summary>
    public double Nmse { get; init; } = double.NaN;

    /// <summary>Evaluations of the layer in the solve, or their mean.</summary>
    public double Iterations { get; init; } = double.NaN;

    /// <summary>Relative residual of the solve, or the largest of them.</summary>
    public double Residual { get; init; } = double.NaN;

    /// <summary>Step size of the data term, in layers that have one.</summary>
    public double Eta { get; init; } = double.NaN;

    /// <summary>Weight of the denoiser, in layers that have one.</summary>
    public double Lambda { get; init; } = double.NaN;

    /// <summary>Sweeps of the adjoint for the input alone, on the slowest slice.</summary>
    public double AdjointSweeps { get; init; } = double.NaN;

    /// <summary>Largest relative residual of the adjoint equation, where it is solved.</summary>
    public double AdjointResidual { get; init; } = double.NaN;

    /// <summary>Slices whose implicit gradient was replaced by the Jacobian-free one.</summary>
    public double FellBack { get; init; } = double.NaN;

    /// <summary>l2 norm of the gradient before clipping.</summary>
    public double GradientNorm { get; init; } = double.NaN;

    /// <summary>Jacobian penalty without its weight; NaN where there is none.</summary>
    public double JacobianPenalty { get; init; } = double.NaN;

    /// <summary>Wall-clock seconds of what the row describes.</summary>
    public double Seconds { get; init; } = double.NaN;

    /// <summary>Learning rate of the step, or of the last of them.</summary>
    public double LearningRate { get; init; } = double.NaN;

    /// <summary>Slices whose solve started from a remembered solution.</summary>
    public double Warm { get; init; } = double.NaN;

    /// <summary>Slices whose remembered solution was worse than a cold start.</summary>
    public double Dropped { get; init; } = double.NaN;

    /// <summary>Relative residual at remembered solutions, under the present weights: the largest of a step, the mean of an epoch.</summary>
    public double WarmResidual { get; init; } = double.NaN;

    /// <summary>Relative residual at the cold starts of the same slices, likewise.</summary>
    public double ColdResidual { get; init; } = double.NaN;

    /// <summary>What happened, in words without commas and quotes; empty except for events.</summary>
    public string Note { get; init; } = "";

    /// <summary>The measured columns by name, in the order in which they are written.</summary>
    internal static IReadOnlyList<MetricsColumn> Columns { get; } =
    [
        new("loss", r => r.Loss, (r, v) => r with { Loss = v }),
        new("psnr", r => r.Psnr, (r, v) => r with { Psnr = v }),
        new("ssim", r => r.Ssim, (r, v) => r with { Ssim = v }),
        new("nmse", r => r.Nmse, (r, v) => r with { Nmse = v }),
        new("iterations", r => r.Iterations, (r, v) => r with { Iterations = v }),
        new("residual", r => r.Residual, (r, v) => r with { Residual = v }),
        new("eta", r => r.Eta, (r, v) => r with { Eta = v }),
        new("lambda", r => r.Lambda, (r, v) => r with { Lambda = v }),
        new("adjoint_sweeps", r => r.AdjointSweeps, (r, v) => r with { AdjointSweeps = v }),
        new("adjoint_residual", r => r.AdjointResidual, (r, v) => r with { AdjointResidual = v }),
        new("fell_back", r => r.FellBack, (r, v) => r with { FellBack = v }),
        new("gradient_norm", r => r.GradientNorm, (r, v) => r with { GradientNorm = v }),
        new("jacobian_penalty", r => r.JacobianPenalty, (r, v) => r with { JacobianPenalty = v }),
        new("learning_rate", r => r.LearningRate, (r, v) => r with { LearningRate = v }),
        new("warm", r => r.Warm, (r, v) => r with { Warm = v }),
        new("dropped", r => r.Dropped, (r, v) => r with { Dropped = v }),
        new("warm_residual", r => r.WarmResidual, (r, v) => r with { WarmResidual = v }),
        new("cold_residual", r => r.ColdResidual, (r, v) => r with { ColdResidual = v }),
        new("seconds", r => r.Seconds, (r, v) => r with { Seconds = v }),
    ];
}

/// <summary>A measured column of the metrics files.</summary>
/// <param name="Name">Name in both files.</param>
/// <param name="Read">Its value in a row.</param>
/// <param name="With">The row with another value.</param>
internal sealed record MetricsColumn(string Name, Func<MetricsRow, double> Read, Func<MetricsRow, double, MetricsRow> With);
