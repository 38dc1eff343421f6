using System.Globalization;

namespace Stardeq.Recon;

// k = r n + δ(θ),  δ(θ) = S n / readout,  n = (cos θ, sin θ),  S = [x, xy; xy, y] in samples            [ROS19]

/// <summary>
/// Shift of radial spokes by gradients that start late: along and, with unequal axes, across the spoke. In readout samples.
/// </summary>
/// <param name="X">Delay of the x gradient.</param>
/// <param name="Y">Delay of the y gradient.</param>
/// <param name="Cross">Coupling of the two.</param>
public readonly record struct GradientDelays(double X, double Y, double Cross)
{
    /// <summary>True if all spokes lie where they should.</summary>
    public bool IsNone => X == 0 && Y == 0 && Cross == 0;

    /// <summary>Shift of a spoke in samples.</summary>
    /// <param name="angle">Radians.</param>
    public (double X, double Y) Shift(double angle)
    {
        (double sine, double cosine) = Math.SinCos(angle);
        return ((X * cosine) + (Cross * sine), (Cross * cosine) + (Y * sine));
    }

    /// <summary>"x,y,cross".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X:r},{Y:r},{Cross:r}");
}
