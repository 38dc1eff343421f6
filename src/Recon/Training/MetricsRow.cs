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

    /// <summary>Step size of the data term.</summary>
    public double Eta { get; init; } = double.NaN;

    /// <summary>l2 norm of the gradient before clipping.</summary>
    public double GradientNorm { get; init; } = double.NaN;

    /// <summary>Wall-clock seconds of what the row describes.</summary>
    public double Seconds { get; init; } = double.NaN;

    /// <summary>The measured columns by name, in the order in which they are written.</summary>
    internal static IReadOnlyList<(string Name, Func<MetricsRow, double> Read)> Columns { get; } =
    [
        ("loss", r => r.Loss),
        ("psnr", r => r.Psnr),
        ("ssim", r => r.Ssim),
        ("nmse", r => r.Nmse),
        ("iterations", r => r.Iterations),
        ("residual", r => r.Residual),
        ("eta", r => r.Eta),
        ("gradient_norm", r => r.GradientNorm),
        ("seconds", r => r.Seconds),
    ];
}
