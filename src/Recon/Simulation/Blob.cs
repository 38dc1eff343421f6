using System.Numerics;

namespace Stardeq.Recon;

/// <summary>Profile of a <see cref="Blob"/>.</summary>
internal enum BlobShape
{
    /// <summary>1 inside the ellipsoid, 0 outside.</summary>
    Solid,

    /// <summary>exp(−|u|²/2), u in units of the semi-axes.</summary>
    Gaussian,
}

/// <summary>
/// An ellipsoid or Gaussian with a known Fourier transform. x and y in units of the in-plane field of view, z in units
/// of the slab, all measured from the centre of the image.
/// </summary>
/// <param name="Shape">Solid or Gaussian.</param>
/// <param name="X">Centre, to the subject's left.</param>
/// <param name="Y">Centre, to the back.</param>
/// <param name="Z">Centre, to the head.</param>
/// <param name="A">First in-plane semi-axis.</param>
/// <param name="B">Second in-plane semi-axis.</param>
/// <param name="C">Semi-axis along z, in slabs.</param>
/// <param name="Tilt">Angle of the first semi-axis from x towards y, radians.</param>
/// <param name="Amplitude">Signal that it adds inside.</param>
internal readonly record struct Blob(BlobShape Shape, double X, double Y, double Z, double A, double B, double C, double Tilt, Complex Amplitude)
{
    /// <summary>Signal that it adds at a point.</summary>
    public Complex At(double x, double y, double z)
    {
        (double sine, double cosine) = Math.SinCos(Tilt);
        double dx = x - X, dy = y - Y;
        double u = ((dx * cosine) + (dy * sine)) / A, v = ((dy * cosine) - (dx * sine)) / B, w = (z - Z) / C;
        double squared = (u * u) + (v * v) + (w * w);
        return Shape == BlobShape.Solid ? squared <= 1 ? Amplitude : 0 : Amplitude * Math.Exp(-squared / 2);
    }

    /// <summary>Its integral over space divided by <see cref="Amplitude"/>: the transform at k = 0.</summary>
    public double Volume => A * B * C * (Shape == BlobShape.Solid ? 4 * Math.PI / 3 : Math.Pow(2 * Math.PI, 1.5));

    /// <summary>∫ signal(r) exp(−2πi k·r) d³r, k in cycles per field of view and per slab. The plain formula.</summary>
    public Complex Transform(double kx, double ky, double kz)
    {
        (double sine, double cosine) = Math.SinCos(Tilt);
        double u = A * ((kx * cosine) + (ky * sine)), v = B * ((ky * cosine) - (kx * sine)), w = C * kz;
        double q = Math.Sqrt((u * u) + (v * v) + (w * w));
        return Amplitude * (Volume * Profile(Shape, q)) * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((kx * X) + (ky * Y) + (kz * Z)));
    }

    /// <summary>Transform of the unit shape at q cycles per semi-axis, relative to q = 0: 3 (sin s − s cos s)/s³ with
    /// s = 2πq for the ball, exp(−s²/2) for the Gaussian.</summary>
    public static double Profile(BlobShape shape, double q)
    {
        double s = 2 * Math.PI * q;
        if (shape == BlobShape.Gaussian)
        {
            return Math.Exp(-s * s / 2);
        }

        // Below 0.02 the difference cancels; two terms of the series are then exact to 1e-12.
        return s < 0.02 ? 1 - (s * s / 10) + (s * s * s * s / 280) : 3 * (Math.Sin(s) - (s * Math.Cos(s))) / (s * s * s);
    }
}
