using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class CurrentLoopTests
{
    private static readonly CurrentLoop s_loop = new(new Vector3D(0.1, -0.2, 0.05), new Vector3D(0.6, 0, 0.8), 0.3);

    [Test]
    public void Complete_elliptic_integrals_satisfy_the_relation_of_legendre()
    {
        foreach (double m in new[] { 1e-9, 0.01, 0.3, 0.5, 0.9, 0.999_999 })
        {
            (double k, double e) = EllipticIntegrals.Complete(m);
            (double k1, double e1) = EllipticIntegrals.Complete(1 - m);
            Assert.That((e * k1) + (e1 * k) - (k * k1), Is.EqualTo(Math.PI / 2).Within(1e-13)); // rounding of terms up to 8
        }

        Assert.That(EllipticIntegrals.Complete(0), Is.EqualTo((Math.PI / 2, Math.PI / 2)));
    }

    [Test]
    public void The_field_on_the_axis_is_that_of_the_textbook()
    {
        foreach (double z in new[] { 0, 0.1, -0.4, 2 })
        {
            Vector3D field = s_loop.Field(s_loop.Centre.Plus(s_loop.Normal.Times(z)));
            double expected = 0.3 * 0.3 / (2 * Math.Pow((0.3 * 0.3) + (z * z), 1.5));
            Assert.That(field.Plus(s_loop.Normal.Times(-expected)).Dot(s_loop.Normal), Is.Zero.Within(1e-14 * expected));
            Assert.That(Length(field.Cross(s_loop.Normal)), Is.LessThan(1e-7 * expected)); // z is rounded off the axis by 1e-17
        }
    }

    [TestCase(0.2, 0.1, 0.3)]
    [TestCase(0.11, -0.2, 0.051)] // 0.01 from the axis
    [TestCase(0.5, 0.3, -0.4)]
    [TestCase(-2, 3, 1)]          // where the potential is summed from its series
    public void Field_and_potential_are_the_integrals_of_biot_and_savart(double x, double y, double z)
    {
        // The midpoint rule on a closed smooth curve converges exponentially; 4000 steps leave rounding.
        const int steps = 4000;
        var point = new Vector3D(x, y, z);
        var first = new Vector3D(0.8, 0, -0.6);
        Vector3D second = s_loop.Normal.Cross(first), field = default, potential = default;
        for (int i = 0; i < steps; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * (i + 0.5) / steps);
            Vector3D wire = s_loop.Centre.Plus(first.Times(0.3 * cosine)).Plus(second.Times(0.3 * sine));
            Vector3D current = first.Times(-sine).Plus(second.Times(cosine)).Times(0.3 * 2 * Math.PI / steps / (4 * Math.PI)), d = point.Plus(wire.Times(-1));
            field = field.Plus(current.Cross(d).Times(Math.Pow(d.Dot(d), -1.5)));
            potential = potential.Plus(current.Times(1 / Length(d)));
        }

        Assert.That(Length(s_loop.Field(point).Plus(field.Times(-1))), Is.LessThan(1e-10 * Length(field)));
        Assert.That(Length(s_loop.Potential(point).Plus(potential.Times(-1))), Is.LessThan(1e-6 * Length(potential))); // the series leaves m² < 1e-6
    }

    [Test]
    public void Far_away_a_loop_is_a_magnetic_dipole()
    {
        var r = new Vector3D(20, -30, 25);
        Vector3D d = r.Plus(s_loop.Centre.Times(-1)), moment = s_loop.Normal.Times(Math.PI * 0.3 * 0.3);
        double distance = Length(d);
        Vector3D unit = d.Times(1 / distance);
        Vector3D dipole = unit.Times(3 * moment.Dot(unit)).Plus(moment.Times(-1)).Times(1 / (4 * Math.PI * distance * distance * distance));
        double next = Math.Pow(0.3 / distance, 2); // the octupole is smaller by (a/r)², times a factor of the angle below 4
        Assert.That(Length(s_loop.Field(r).Plus(dipole.Times(-1))), Is.LessThan(4 * next * Length(dipole)).And.GreaterThan(0.01 * next * Length(dipole)));
    }

    [Test]
    public void The_field_near_the_axis_joins_the_closed_form()
    {
        Vector3D across = new(0.8, 0, -0.6);
        Vector3D At(double radial) => s_loop.Field(s_loop.Centre.Plus(s_loop.Normal.Times(0.2)).Plus(across.Times(radial)));
        Vector3D inner = At(0.3e-4 * 0.999), outer = At(0.3e-4 * 1.001);
        Assert.That(Length(outer.Plus(inner.Times(-1))), Is.LessThan(1e-6 * Length(inner))); // the radial part itself moves by 1e-7
    }

    [Test]
    public void Turning_a_loop_about_the_main_field_turns_the_phase_of_its_sensitivity_back()
    {
        // B turns with the loop: Bx − i By gains exp(−iφ).
        const double phi = 0.7;
        Vector3D Turn(Vector3D v) => new((v.X * Math.Cos(phi)) - (v.Y * Math.Sin(phi)), (v.X * Math.Sin(phi)) + (v.Y * Math.Cos(phi)), v.Z);
        var point = new Vector3D(0.3, 0.1, -0.2);
        var turned = new CurrentLoop(Turn(s_loop.Centre), Turn(s_loop.Normal), 0.3);
        Complex expected = s_loop.Sensitivity(point) * Complex.FromPolarCoordinates(1, -phi);
        Assert.That((turned.Sensitivity(Turn(point)) - expected).Magnitude, Is.LessThan(1e-13));
    }

    [Test]
    public void A_fitted_array_follows_the_fields_of_its_loops_and_every_map_is_its_definition()
    {
        var array = new LoopArray(new ReceiveRegion(0.44, 0.33, 0.5));
        foreach (CoilLayout layout in new[] { CoilLayout.Cylinder, CoilLayout.Panels })
        {
            CurrentLoop[] loops = array.Place(layout, 32, new CounterRandom(3));
            (ExponentialCoils coils, double error) = array.Fit(loops, new CounterRandom(4));
            TestContext.Out.WriteLine($"{layout}: {coils.Frequencies.Length} terms, relative error {error:g3}, sum of |coefficients| up to {coils.Coefficients.Max(c => c.Sum(s => s.Magnitude)):g3}");
            Assert.That(coils.Count, Is.EqualTo(32));
            Assert.That(error, Is.LessThan(0.08), "what 3.6 cycles per field of view can follow");
            Assert.That(coils.Coefficients.Max(c => c.Sum(s => s.Magnitude)), Is.LessThan(30), "or single precision would lose digits");

            using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
            Tensor maps = coils.Maps(16, 8, 2, 3, scope);
            for (int i = 0; i < maps.Count; i += 97)
            {
                (int slice, int coil, int y, int x) = (i / 256 / 32, i / 256 % 32, i / 16 % 16, i % 16);
                Complex at = coils.At(coil, (x - 8) / 16.0, (y - 8) / 16.0, (slice + 2 - 4) / 8.0);
                Assert.That((maps.Span<Complex64>()[i].ToComplex() - at).Magnitude, Is.LessThan(1e-6 * (1 + at.Magnitude))); // one rounding to float32
            }
        }
    }

    private static double Length(Vector3D v) => Math.Sqrt(v.Dot(v));
}
