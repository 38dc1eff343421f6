using System.Numerics;

namespace Stardeq.Recon;

// In the loop's own cylinder coordinates (ρ, z), radius a, current I, with α² = (a − ρ)² + z², β² = (a + ρ)² + z² and
// m = 1 − α²/β² = 4aρ/β²:
//   B_z = μ0 I/(2π α² β) [(a² − ρ² − z²) E(m) + α² K(m)]
//   B_ρ = μ0 I z/(2π α² β ρ) [(a² + ρ² + z²) E(m) − α² K(m)]
//   A_φ = μ0 I β/(2π ρ) [(1 − m/2) K(m) − E(m)]                                          [SIM01]

/// <summary>
/// A thin circular current loop, quasi-static: the law of Biot and Savart in closed form. Fields are for μ0 I = 1; lengths
/// have any one unit.
/// </summary>
/// <param name="Centre">Centre.</param>
/// <param name="Normal">Unit vector of the axis; the current runs anticlockwise around it.</param>
/// <param name="Radius">Radius.</param>
internal readonly record struct CurrentLoop(Vector3D Centre, Vector3D Normal, double Radius)
{
    private const double NearAxis = 1e-4; // of the radius: there the leading terms in ρ are exact to 1e-8
    private const double SmallParameter = 1e-3; // below it two terms of the potential's series are exact to 1e-6, and the closed form cancels

    /// <summary>Magnetic field at a point that is not on the wire.</summary>
    public Vector3D Field(Vector3D point)
    {
        (double axial, double radial, Vector3D outward) = Local(point);
        double a = Radius, squared = (radial * radial) + (axial * axial);
        if (radial < NearAxis * a)
        {
            double s = (a * a) + (axial * axial), root = Math.Sqrt(s);
            return Normal.Times(a * a / (2 * s * root)).Plus(outward.Times(0.75 * a * a * axial * radial / (s * s * root)));
        }

        double beta2 = (a * a) + squared + (2 * a * radial), alpha2 = ((a - radial) * (a - radial)) + (axial * axial);
        (double k, double e) = EllipticIntegrals.Complete(4 * a * radial / beta2);
        double scale = 1 / (2 * Math.PI * alpha2 * Math.Sqrt(beta2));
        double along = scale * ((((a * a) - squared) * e) + (alpha2 * k));
        double across = scale * axial / radial * ((((a * a) + squared) * e) - (alpha2 * k));
        return Normal.Times(along).Plus(outward.Times(across));
    }

    /// <summary>Vector potential: the electric field that the loop induces in the body, up to the factor −iω.</summary>
    public Vector3D Potential(Vector3D point)
    {
        (double axial, double radial, Vector3D outward) = Local(point);
        double a = Radius, beta2 = ((a + radial) * (a + radial)) + (axial * axial), m = 4 * a * radial / beta2, beta = Math.Sqrt(beta2);
        if (m < SmallParameter)
        {
            return Normal.Cross(outward).Times(a * m * (1 + (0.75 * m)) / (16 * beta));
        }

        (double k, double e) = EllipticIntegrals.Complete(m);
        return Normal.Cross(outward).Times(beta / (2 * Math.PI * radial) * (((1 - (m / 2)) * k) - e));
    }

    /// <summary>What the loop receives of a spin precessing about +z, by reciprocity [HOU00].</summary>
    /// <remarks>
    /// The signal of a transverse moment m that turns about B0 is proportional to B · m for the field B of a unit current in
    /// the loop. With m = m0 (cos φ, sin φ), B · m = Re[(Bx − i By) m0 exp(iφ)], so the demodulated signal is the object
    /// times B1− = Bx − i By. The usual factor 1/2 is left out: maps are normalised anyway.
    /// </remarks>
    public Complex Sensitivity(Vector3D point)
    {
        Vector3D field = Field(point);
        return new Complex(field.X, -field.Y);
    }

    private (double Axial, double Radial, Vector3D Outward) Local(Vector3D point)
    {
        Vector3D d = point.Plus(Centre.Times(-1));
        double axial = d.Dot(Normal);
        Vector3D across = d.Plus(Normal.Times(-axial));
        double radial = Math.Sqrt(across.Dot(across));
        return (axial, radial, radial > 0 ? across.Times(1 / radial) : default);
    }
}
