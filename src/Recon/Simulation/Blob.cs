using System.Numerics;

namespace Stardeq.Recon;

/// <summary>Profile of a <see cref="Blob"/>.</summary>
internal enum BlobShape
{
    /// <summary>1 inside the ellipsoid, 0 outside.</summary>
    Solid,

    /// <summary>exp(−|u|²/2), u in units of the semi-axes.</summary>
    Gaussian,

    /// <summary>An elliptic cylinder along z: 1 inside, with ends that fall off linearly as an excited slab does.</summary>
    Cylinder,
}

/// <summary>
/// An ellipsoid, Gaussian or cylinder with a known Fourier transform. x and y in units of the in-plane field of view, z in units
/// of the slab, all measured from the centre of the image.
/// </summary>
/// <param name="Shape">Profile.</param>
/// <param name="X">Centre, to the subject's left.</param>
/// <param name="Y">Centre, to the back.</param>
/// <param name="Z">Centre, to the head.</param>
/// <param name="A">First in-plane semi-axis.</param>
/// <param name="B">Second in-plane semi-axis.</param>
/// <param name="C">Semi-axis along z, or half the length of a cylinder, in slabs.</param>
/// <param name="Tilt">Angle of the first semi-axis from x towards y, radians.</param>
/// <param name="Amplitude">Signal that it adds inside.</param>
/// <param name="Mobility">How far it follows the diaphragm when the subject breathes, 0 to 1.</param>
internal readonly record struct Blob(
    BlobShape Shape, double X, double Y, double Z, double A, double B, double C, double Tilt, Complex Amplitude, double Mobility = 0)
{
    /// <summary>Half the length of a cylinder's falling end, relative to <see cref="C"/>.</summary>
    private const double Ramp = 0.08;

    /// <summary>Signal that it adds at a point.</summary>
    public Complex At(double x, double y, double z)
    {
        (double sine, double cosine) = Math.SinCos(Tilt);
        double dx = x - X, dy = y - Y;
        double u = ((dx * cosine) + (dy * sine)) / A, v = ((dy * cosine) - (dx * sine)) / B, w = (z - Z) / C;
        double squared = (u * u) + (v * v) + (w * w);
        if (Shape == BlobShape.Cylinder)
        {
            return (u * u) + (v * v) <= 1 ? Amplitude * Math.Clamp((1 + Ramp - Math.Abs(w)) / (2 * Ramp), 0, 1) : 0;
        }

        return Shape == BlobShape.Solid ? squared <= 1 ? Amplitude : 0 : Amplitude * Math.Exp(-squared / 2);
    }

    /// <summary>Its integral over space divided by <see cref="Amplitude"/>: the transform at k = 0.</summary>
    public double Volume => A * B * C * (Shape == BlobShape.Solid ? 4 * Math.PI / 3 : Shape == BlobShape.Cylinder ? 2 * Math.PI : Math.Pow(2 * Math.PI, 1.5));

    /// <summary>Reach along each axis in semi-axes: beyond it nothing is left in single precision.</summary>
    public double Reach => Shape switch { BlobShape.Solid => 1, BlobShape.Cylinder => 1 + Ramp, _ => 6 };

    /// <summary>∫ signal(r) exp(−2πi k·r) d³r, k in cycles per field of view and per slab. The plain formula.</summary>
    public Complex Transform(double kx, double ky, double kz)
    {
        (double sine, double cosine) = Math.SinCos(Tilt);
        double u = A * ((kx * cosine) + (ky * sine)), v = B * ((ky * cosine) - (kx * sine)), w = Shape == BlobShape.Cylinder ? 0 : C * kz;
        double q = Math.Sqrt((u * u) + (v * v) + (w * w));
        return Amplitude * (Volume * Profile(Shape, q) * Axial(kz)) * Complex.FromPolarCoordinates(1, -2 * Math.PI * ((kx * X) + (ky * Y) + (kz * Z)));
    }

    /// <summary>What the length of a cylinder multiplies its in-plane profile with: a box of length 2C, smoothed by one of
    /// length 2C · Ramp. 1 for other shapes.</summary>
    public double Axial(double kz)
    {
        return Shape == BlobShape.Cylinder ? Sinc(2 * C * kz) * Sinc(2 * C * Ramp * kz) : 1;

        static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
    }

    /// <summary>Transform of the unit shape at q cycles per semi-axis, relative to q = 0: 3 (sin s − s cos s)/s³ with
    /// s = 2πq for the ball, exp(−s²/2) for the Gaussian, 2 J1(s)/s in the plane of a cylinder.</summary>
    public static double Profile(BlobShape shape, double q)
    {
        double s = 2 * Math.PI * q;
        if (shape == BlobShape.Gaussian)
        {
            return Math.Exp(-s * s / 2);
        }

        if (shape == BlobShape.Cylinder)
        {
            return Disc(s);
        }

        // Below 0.02 the difference cancels; two terms of the series are then exact to 1e-12.
        return s < 0.02 ? 1 - (s * s / 10) + (s * s * s * s / 280) : 3 * (Math.Sin(s) - (s * Math.Cos(s))) / (s * s * s);
    }

    /// <summary>2 J1(s)/s by Poisson's integral (2/π) ∫ cos(s cos φ) sin² φ dφ over 0..π; the midpoint rule of a periodic
    /// function is exact to rounding once it has a few points more than s.</summary>
    private static double Disc(double s)
    {
        int points = (int)s + 40;
        double sum = 0;
        for (int i = 0; i < points; i++)
        {
            (double sine, double cosine) = Math.SinCos(Math.PI * (i + 0.5) / points);
            sum += Math.Cos(s * cosine) * sine * sine;
        }

        return 2 * sum / points;
    }
}
