using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Random abdomen-like anatomies made of ellipsoids: body with suppressed fat, liver with vessels and lesions, stomach,
/// spleen, kidneys, spine, great vessels, bowel and fine texture, with intensities of fat-suppressed contrast-enhanced
/// T1-weighted images. Each structure adds the difference between its own signal and that of what surrounds it.
/// </summary>
internal static class Abdomen
{
    // Signal relative to a bright vessel.
    private const double Fat = 0.10, Muscle = 0.34, Viscera = 0.20, Liver = 0.66, Spleen = 0.80, Cortex = 0.95,
        Medulla = 0.55, Vessel = 1.0, Bone = 0.30, Fluid = 0.05, Wall = 0.55;

    /// <summary>One subject.</summary>
    /// <param name="random">Source of all variation; equal sources give equal anatomies.</param>
    public static Blob[] Create(CounterRandom random)
    {
        var draw = new Draw(random);
        var body = new Body(draw.Near(0.43, 0.06), draw.Near(0.31, 0.08), draw.Between(0.60, 0.68));
        var list = new List<Blob>();
        void Add(double x, double y, double a, double b, double c, double tiltDegrees, Complex signal, double surrounding, double z = 0) =>
            list.Add(new Blob(BlobShape.Solid, body.A * x, body.B * y, z, body.A * a, body.B * b, c, tiltDegrees * Math.PI / 180, signal - surrounding));

        Add(0, 0, 1, 1, body.C, 0, Complex.FromPolarCoordinates(Fat, draw.Between(-0.8, 0.8)), 0);
        double rim = draw.Between(0.05, 0.14);
        Add(0, 0, 1 - rim, 1 - (1.3 * rim), body.C * 0.97, 0, Muscle, Fat);
        Add(0, -0.06, 0.92 - rim, 0.80 - rim, body.C * 0.9, 0, Viscera, Muscle);

        LiverWithVessels(list, draw, body);
        StomachSpleenKidneys(Add, draw);
        SpineAndVessels(Add, draw);
        Bowel(Add, draw);
        Texture(list, draw, body);
        return [.. list];
    }

    private static void LiverWithVessels(List<Blob> list, Draw draw, Body body)
    {
        double x = draw.Near(-0.42, 0.06), y = draw.Near(-0.12, 0.2), a = draw.Near(0.36, 0.06), b = draw.Near(0.44, 0.06), c = draw.Between(0.48, 0.60);
        double z = draw.Between(-0.08, 0.04);
        void Add(double dx, double dy, double da, double db, double dc, double tilt, double signal, double surrounding, double dz = 0) =>
            list.Add(new Blob(BlobShape.Solid, body.A * (x + dx), body.B * (y + dy), z + dz, body.A * da, body.B * db, dc, tilt, signal - surrounding));

        Add(0, 0, a, b, c, draw.Between(-0.2, 0.2), Liver, Viscera);
        Add(a + 0.16, -0.26, 0.22, draw.Near(0.17, 0.1), c * 0.8, draw.Between(0.1, 0.3), Liver, Viscera, 0.03); // left lobe
        for (int vessel = 0; vessel < 7; vessel++)
        {
            double angle = draw.Between(0, Math.PI), out1 = draw.Between(0, 0.62), direction = draw.Between(0, 2 * Math.PI);
            Add(a * out1 * Math.Cos(direction), b * out1 * Math.Sin(direction), draw.Between(0.07, 0.16), draw.Between(0.012, 0.026), draw.Between(0.05, 0.15), angle, Vessel, Liver, draw.Between(-0.25, 0.25));
        }

        for (int lesion = 0; lesion < 4; lesion++)
        {
            double out1 = draw.Between(0.1, 0.7), direction = draw.Between(0, 2 * Math.PI), size = draw.Between(0.015, 0.06);
            Add(a * out1 * Math.Cos(direction), b * out1 * Math.Sin(direction), size, size * 1.35, draw.Between(0.04, 0.12), 0, draw.Between(0, 1) < 0.7 ? draw.Between(0.2, 0.45) : 1.0, Liver, draw.Between(-0.3, 0.3));
        }
    }

    private static void StomachSpleenKidneys(Place add, Draw draw)
    {
        double x = draw.Near(0.40, 0.08), y = draw.Near(-0.30, 0.1), a = draw.Near(0.22, 0.15), b = draw.Near(0.24, 0.15), tilt = draw.Between(-40, 20), c = draw.Between(0.36, 0.5);
        add(x, y, a, b, c, tilt, Wall, Viscera, 0.02);
        add(x, y + 0.02, a * 0.84, b * 0.84, c * 0.9, tilt, draw.Between(0, 1) < 0.5 ? Fluid : 0.35, Wall, 0.02);
        add(draw.Near(0.62, 0.04), draw.Near(0.22, 0.2), draw.Near(0.11, 0.15), draw.Near(0.28, 0.12), draw.Between(0.36, 0.5), draw.Between(-5, 15), Spleen, Viscera, draw.Between(-0.08, 0.05));
        foreach (int side in new[] { -1, 1 })
        {
            double kx = side * draw.Near(0.37, 0.05), ky = draw.Near(0.50, 0.05), ka = draw.Near(0.12, 0.1), kb = draw.Near(0.16, 0.1), kc = draw.Between(0.3, 0.46), kz = draw.Between(-0.2, 0.02);
            double turn = side * draw.Between(10, 40);
            add(kx, ky, ka, kb, kc, turn, Cortex, Viscera, kz);
            add(kx - (side * 0.01), ky, ka * 0.62, kb * 0.66, kc * 0.7, turn, Medulla, Cortex, kz);
            add(kx - (side * 0.03), ky, ka * 0.30, kb * 0.32, kc * 0.4, turn, Fat, Medulla, kz);
        }
    }

    private static void SpineAndVessels(Place add, Draw draw)
    {
        double y = draw.Near(0.55, 0.03);
        add(0, y, 0.115, 0.16, 0.7, 0, Bone, Viscera);
        add(0, y + 0.21, 0.05, 0.055, 0.7, 0, Fluid, Muscle);
        foreach (int side in new[] { -1, 1 })
        {
            add(side * 0.19, y + 0.17, 0.10, 0.10, 0.6, 0, Muscle * 1.15, Muscle * 0.9);
        }

        // Blood moves: its phase differs from that of tissue at rest.
        add(draw.Near(0.04, 0.5), y - 0.26, draw.Near(0.045, 0.15), draw.Near(0.06, 0.15), 0.62, 0, Complex.FromPolarCoordinates(Vessel, draw.Between(-0.6, 0.6)), Viscera);
        add(draw.Near(-0.10, 0.2), y - 0.29, draw.Near(0.05, 0.15), draw.Near(0.055, 0.15), 0.62, 0, Complex.FromPolarCoordinates(0.9, draw.Between(-0.6, 0.6)), Viscera);
    }

    private static void Bowel(Place add, Draw draw)
    {
        for (int loop = 0; loop < 6; loop++)
        {
            double x = 0.02 + (0.50 * ((loop + 0.5) / 6)) + draw.Between(-0.04, 0.04), y = ((loop % 2) * 0.20) - 0.02 + draw.Between(-0.04, 0.04);
            double a = draw.Between(0.04, 0.075), b = draw.Between(0.05, 0.09), c = draw.Between(0.08, 0.25), z = draw.Between(-0.25, 0.25), tilt = draw.Between(0, 180);
            add(x, y, a, b, c, tilt, Wall * 1.1, Viscera, z);
            add(x, y, a * 0.6, b * 0.6, c * 0.8, tilt, draw.Between(0, 1) < 0.5 ? Fluid : 0.3, Wall * 1.1, z);
        }
    }

    private static void Texture(List<Blob> list, Draw draw, Body body)
    {
        for (int blob = 0; blob < 28; blob++)
        {
            double radius = Math.Sqrt(draw.Between(0, 0.7)), angle = draw.Between(0, 2 * Math.PI), size = draw.Between(0.006, 0.03);
            list.Add(new Blob(BlobShape.Gaussian, body.A * radius * Math.Cos(angle), body.B * radius * Math.Sin(angle), draw.Between(-0.4, 0.4), size, size * draw.Between(0.5, 2), draw.Between(0.04, 0.12), angle, draw.Between(-0.12, 0.12)));
        }
    }

    /// <summary>Adds a solid ellipsoid, centre and in-plane semi-axes in units of the body's.</summary>
    private delegate void Place(double x, double y, double a, double b, double c, double tiltDegrees, Complex signal, double surrounding, double z = 0);

    /// <summary>Semi-axes of the body: fields of view, and slabs along z.</summary>
    private readonly record struct Body(double A, double B, double C);

    /// <summary>Successive draws from one sequence.</summary>
    private sealed class Draw(CounterRandom random)
    {
        private long _next;

        public double Between(double low, double high) => random.Uniform(_next++, low, high);

        public double Near(double value, double spread) => value * Between(1 - spread, 1 + spread);
    }
}
