namespace Stardeq.Recon;

/// <summary>Quality of a model that may take so many iterations.</summary>
/// <param name="Iterations">Limit of evaluations of the solver, or applications of an unrolled layer.</param>
/// <param name="Metrics">PSNR, SSIM, NMSE over all slices.</param>
/// <param name="MedianResidual">‖f(z) − z‖ / ‖f(z)‖, median over slices: of the value that the solver would return, or of the last application.</param>
/// <param name="LargestResidual">The largest of them.</param>
public sealed record CurvePoint(int Iterations, ImageMetrics Metrics, double MedianResidual, double LargestResidual)
{
    /// <summary>Names and values for files.</summary>
    public IEnumerable<(string Name, double Value)> Numbers =>
    [
        ("iterations", Iterations),
        ("psnr_db", Metrics.Psnr),
        ("ssim", Metrics.Ssim),
        ("nmse", Metrics.Nmse),
        ("median_residual", MedianResidual),
        ("largest_residual", LargestResidual),
    ];
}
