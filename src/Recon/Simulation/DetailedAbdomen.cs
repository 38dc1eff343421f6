using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// A random upper abdomen in millimetres, 400 mm in the plane and 200 mm from the kidneys' lower poles to the dome of the
/// liver, with the signal of a fat-suppressed T1-weighted image in the portal-venous phase. What runs along the body (wall,
/// spine, great vessels) are cylinders that end with the excited slab. Structures add to what surrounds them, so they are
/// placed inside one another or apart; where two touch, a sliver of both is left, as partial volume would leave it.
/// </summary>
internal sealed class DetailedAbdomen
{
    /// <summary>Field of view in the plane, mm.</summary>
    public const double FieldOfView = 400;

    /// <summary>Thickness of the encoded slab, mm.</summary>
    public const double Slab = 200;

    private const double Skin = 0.20, Fat = 0.09, Mesentery = 0.13, Muscle = 0.33, Marrow = 0.24, Cortical = 0.05, Fluid = 0.06, Air = 0.01,
        Liver = 0.62, Spleen = 0.74, Cortex = 0.92, Medulla = 0.70, Pancreas = 0.56, Wall = 0.58, Vessel = 1.0;

    private readonly List<Blob> _blobs = [];
    private readonly CounterRandom _random;
    private readonly double _width, _depth, _lift;
    private long _next;

    private DetailedAbdomen(CounterRandom random)
    {
        _random = random;
        (_width, _depth, _lift) = (Between(0.95, 1.05), Between(0.94, 1.07), Between(-8, 8));
    }

    /// <summary>One subject at exhale.</summary>
    /// <param name="random">Source of all variation; equal sources give equal anatomies.</param>
    public static Blob[] Create(CounterRandom random)
    {
        var abdomen = new DetailedAbdomen(random);
        abdomen.BodyWall();
        abdomen.Spine();
        abdomen.LiverAndGallbladder();
        abdomen.Kidneys();
        abdomen.SpleenStomachPancreas();
        abdomen.Bowel();
        return [.. abdomen._blobs];
    }

    private void BodyWall()
    {
        double fat = Between(14, 24), phase = Between(-0.8, 0.8);
        Along(0, 0, 142 + fat + 2, 102 + (0.8 * fat) + 2, Skin, 0);
        Along(0, 0, 142 + fat, 102 + (0.8 * fat), Complex.FromPolarCoordinates(Fat, phase), Skin);
        Along(0, 0, 142, 102, Muscle, Fat);
        Along(0, 0, 132, 92, Mesentery, Muscle);
        for (int rib = 0; rib < 14; rib++)
        {
            double angle = (Between(-0.1, 0.1) + ((rib % 7) * 0.42) + 0.3) * (rib < 7 ? 1 : -1) - (Math.PI / 2);
            (double sine, double cosine) = Math.SinCos(angle);
            double turn = Math.Atan2(97 * cosine, -137 * sine);
            Inside(137 * cosine, 97 * sine, 40 + (25 * (rib % 2)), 13, 3.2, Between(7, 14), turn, Marrow, Muscle, 0);
        }
    }

    private void Spine()
    {
        Along(0, 41, 25, 19, Marrow, Mesentery);
        Along(0, 67, 10, 7.5, Fluid, Mesentery);
        Along(0, 67, 5, 4, Muscle, Fluid);
        Along(0, 82, 3.5, 6, Cortical, Mesentery);
        for (int disc = -2; disc <= 2; disc++)
        {
            Inside(0, 41, disc * 38, 22, 16, 4, 0, 0.40, Marrow, 0);
        }

        foreach (int side in new[] { -1, 1 })
        {
            Along(side * 36, 44, Near(11, 0.1), Near(16, 0.1), Muscle, Mesentery);
            Along(side * 35, 68, 22, 13, Muscle, Mesentery);
        }

        // Blood moves: its phase differs from that of tissue at rest.
        Along(12, 10, Near(9.5, 0.1), Near(9.5, 0.1), Complex.FromPolarCoordinates(Vessel, Between(-0.6, 0.6)), Mesentery);
        Along(-17, 10, Near(12, 0.1), Near(9, 0.1), Complex.FromPolarCoordinates(0.95, Between(-0.6, 0.6)), Mesentery);
    }

    private void LiverAndGallbladder()
    {
        const double x = -60, y = -26, z = 24;
        double a = Near(61, 0.04), b = Near(45, 0.04), c = Near(72, 0.05);
        Inside(x, y, z, a, b, c, Between(-0.08, 0.08), Liver, Mesentery, 1);
        Inside(33, -57, 30, Near(39, 0.05), Near(18, 0.1), Near(38, 0.1), Between(-0.05, 0.2), Liver, Mesentery, 1);
        Inside(x + 24, y - 13, -12, 8, Near(10, 0.1), 16, 0.4, Fluid, Liver, 1);
        for (int vein = 0; vein < 3; vein++)
        {
            double angle = 0.25 + (0.75 * vein) + Between(-0.1, 0.1);
            Inside(x + 12 - (20 * Math.Cos(angle)), y + 14 - (20 * Math.Sin(angle)), z + 30, 22, Near(3, 0.2), Between(5, 9), angle, Vessel, Liver, 1);
        }

        Inside(x + 22, y + 8, z - 18, 25, Near(5.5, 0.1), 6, Between(-0.5, -0.2), Vessel, Liver, 1);
        for (int vessel = 0; vessel < 14; vessel++)
        {
            (double dx, double dy, double dz) = InBall(0.72);
            Inside(x + (a * dx), y + (b * dy), z + (c * dz), Between(6, 16), Between(1.2, 2.6), Between(2.5, 9), Between(0, Math.PI), Vessel, Liver, 1);
        }

        for (int lesion = 0; lesion < 5; lesion++)
        {
            (double dx, double dy, double dz) = InBall(0.75);
            double size = Between(3, 12), kind = Between(0, 1);
            Inside(x + (a * dx), y + (b * dy), z + (c * dz), size, size * Between(0.8, 1.25), size, 0, kind < 0.5 ? Between(0.25, 0.42) : kind < 0.75 ? Fluid : 0.95, Liver, 1);
        }

        Texture(x, y, z, a, b, c, 24, 0.04, 1);
    }

    private void Kidneys()
    {
        foreach (int side in new[] { -1, 1 })
        {
            double x = side * Near(71, 0.02), y = Near(45, 0.04), z = side < 0 ? -38 : -28, turn = side * Between(0.2, 0.5);
            Inside(x, y, z, 20, Near(25, 0.06), Near(52, 0.06), turn, Cortex, Mesentery, 0.7);
            Inside(x - (side * 2), y - 1, z, 12.5, 17, 41, turn, Medulla, Cortex, 0.7);
            Inside(x - (side * 5), y - 2, z, 5.5, 8, 22, turn, Fat, Medulla, 0.7);
        }

        Inside(73 + Between(-3, 3), 55, -50, 4.5, 4.5, 4.5, 0, Fluid, Cortex, 0.7); // a cyst
    }

    private void SpleenStomachPancreas()
    {
        Inside(104, Near(10, 0.2), 38, Near(15, 0.06), Near(33, 0.06), Near(48, 0.06), 0.12, Spleen, Mesentery, 0.9);
        double z = Between(26, 36), turn = Between(-0.5, -0.2), content = Between(0, 1);
        Inside(64, -20, z, 27, 19, 44, turn, Wall, Mesentery, 0.7);
        Inside(64, -20, z, 23, 15, 40, turn, content < 0.5 ? Fluid : 0.3, Wall, 0.7);
        Inside(62, -27, z, 15, 5, 26, turn, Air, content < 0.5 ? Fluid : 0.3, 0.7);
        Inside(16, -12, -4, Near(27, 0.1), Near(7.5, 0.1), Near(13, 0.1), Between(-0.25, -0.1), Pancreas, Mesentery, 0.5);
        Inside(5, -12, -4, 5, 4.5, 10, 0, Vessel, Pancreas, 0.5);
        Inside(-22, -16, -10, 11, 9, 15, 0.3, Wall, Mesentery, 0.5); // duodenum
        Inside(-22, -16, -10, 7, 5, 12, 0.3, Fluid, Wall, 0.5);
    }

    private void Bowel()
    {
        Loop(-92, 0, -74, 17, 16, 24, 0);
        Loop(100, 4, -48, 13, 14, 34, 0);
        Loop(8, -68, -42, 52, 11, 13, Between(-0.05, 0.05));
        for (int loop = 0; loop < 9; loop++)
        {
            double x = -44 + ((loop % 5) * 27) + Between(-3, 3), y = -40 + (30 * (loop / 5)) + Between(-3, 3);
            Loop(x, y, Between(-84, -58), Between(9, 12), Between(10, 13), Between(12, 22), Between(0, Math.PI));
        }

        Texture(20, -20, -30, 90, 50, 60, 20, 0.03, 0.4);
    }

    private void Loop(double x, double y, double z, double a, double b, double c, double turn)
    {
        double content = Between(0, 1);
        Inside(x, y, z, a, b, c, turn, Wall, Mesentery, 0.4);
        Inside(x, y, z, a - 3, b - 3, c - 3, turn, content < 0.4 ? Fluid : content < 0.6 ? Air : 0.32, Wall, 0.4);
    }

    private void Texture(double x, double y, double z, double a, double b, double c, int count, double signal, double mobility)
    {
        for (int i = 0; i < count; i++)
        {
            (double dx, double dy, double dz) = InBall(0.8);
            Add(BlobShape.Gaussian, x + (a * dx), y + (b * dy), z + (c * dz), Between(2.5, 7), Between(2.5, 7), Between(4, 9), Between(0, Math.PI), Between(-signal, signal), mobility);
        }
    }

    /// <summary>A structure that runs through the whole slab.</summary>
    private void Along(double x, double y, double a, double b, Complex signal, Complex surrounding) =>
        Add(BlobShape.Cylinder, x, y, -_lift, a, b, 0.46 * Slab, 0, signal - surrounding, 0);

    /// <summary>An ellipsoid.</summary>
    private void Inside(double x, double y, double z, double a, double b, double c, double turn, double signal, double surrounding, double mobility) =>
        Add(BlobShape.Solid, x, y, z, a, b, c, turn, signal - surrounding, mobility);

    private void Add(BlobShape shape, double x, double y, double z, double a, double b, double c, double turn, Complex amplitude, double mobility) => _blobs.Add(new Blob(
        shape, _width * x / FieldOfView, _depth * y / FieldOfView, (z + _lift) / Slab, _width * a / FieldOfView, _depth * b / FieldOfView, c / Slab, turn, amplitude, mobility));

    private (double X, double Y, double Z) InBall(double radius)
    {
        double r = radius * Math.Cbrt(Between(0, 1)), cosine = Between(-1, 1), sine = Math.Sqrt(1 - (cosine * cosine)), angle = Between(0, 2 * Math.PI);
        return (r * sine * Math.Cos(angle), r * sine * Math.Sin(angle), r * cosine);
    }

    private double Between(double low, double high) => _random.Uniform(_next++, low, high);

    private double Near(double value, double spread) => value * Between(1 - spread, 1 + spread);
}
