namespace Stardeq.Kernels;

/// <summary>
/// The Kaiser-Bessel window φ(u) = I0(β √(1 - (2u/W)²)) / I0(β) for |u| ≤ W/2, edge included, else 0, and its transform.
/// </summary>
/// <remarks>[JAC91] for the window, [BEA05] for β; docs/references.md.</remarks>
/// <param name="width">W, in grid cells.</param>
/// <param name="beta">β ≥ 0, the sharpness.</param>
public sealed class KaiserBessel(double width, double beta)
{
    private readonly double _edge = 1 / BesselI0(beta);

    /// <summary>W, in grid cells.</summary>
    public double Width => width;

    /// <summary>β.</summary>
    public double Beta => beta;

    /// <summary>β = π √((W/σ)² (σ - ½)² - 0.8), which nearly minimises the aliasing of a grid oversampled σ times.</summary>
    /// <param name="width">W, in grid cells.</param>
    /// <param name="oversampling">σ &gt; 1.</param>
    public static double OptimalBeta(double width, double oversampling)
    {
        double product = width / oversampling * (oversampling - 0.5);
        return Math.PI * Math.Sqrt(Math.Max(0, (product * product) - 0.8));
    }

    /// <summary>φ(u), u in grid cells.</summary>
    public double Value(double u)
    {
        double t = 1 - (2 * u / width * (2 * u / width));
        return Math.Abs(u) <= width / 2 ? BesselI0(beta * Math.Sqrt(Math.Max(t, 0))) * _edge : 0;
    }

    /// <summary>∫ φ(u) exp(-2πi uν) du = W/I0(β) · sinh(q)/q, q² = β² - (πWν)², with sin for q² &lt; 0.</summary>
    /// <param name="frequency">ν, in cycles per grid cell.</param>
    public double Transform(double frequency)
    {
        double x = Math.PI * width * frequency, square = (beta * beta) - (x * x), q = Math.Sqrt(Math.Abs(square));
        double ratio = q < 1e-6 ? 1 : square > 0 ? Math.Sinh(q) / q : Math.Sin(q) / q; // series 1 + q²/6 below
        return width * _edge * ratio;
    }

    // I0(x) = Σ (x/2)^2k / k!²: positive terms, so no cancellation.
    private static double BesselI0(double x)
    {
        double term = 1, sum = 1, quarter = x * x / 4;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
