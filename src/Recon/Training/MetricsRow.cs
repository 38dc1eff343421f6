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

    /// <summary>Wall-clock seconds of what the row describes.</summary>
    public double Seconds { get; init; } = double.NaN;

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
        new("seconds", r => r.Seconds, (r, v) => r with { Seconds = v }),
    ];
}

/// <summary>A measured column of the metrics files.</summary>
/// <param name="Name">Name in both files.</param>
/// <param name="Read">Its value in a row.</param>
/// <param name="With">The row with another value.</param>
internal sealed record MetricsColumn(string Name, Func<MetricsRow, double> Read, Func<MetricsRow, double, MetricsRow> With);
