using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Analytic k-space of an abdomen, golden angles, twofold readout, with its true coil maps.</summary>
internal sealed class CoilMapScan
{
    public const int N = 64, Coils = 6, Spokes = 80;

    private readonly double[] _weights;

    public CoilMapScan(TensorScope scope, int slices)
    {
        const int slab = 8, first = 4;
        var phantom = new EllipsoidPhantom(Coils, new CounterRandom(6));
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, Spokes), radius = RadialTrajectory.ReadoutPositions(2 * N, halfShift: false);
        KSpace = PartitionFft.ToSlices(phantom.KSpace(N, slab, angles, radius, scope), slab, first, slices, scope);
        SpokeGeometry geometry = SpokeGeometry.Radial(angles, radius);
        Points = RadialTrajectory.Points(angles, radius, N, N, scope, DType.Float64).Reshape([Spokes * radius.Length, 2]);
        _weights = RadialDensity.Voronoi(geometry, N, N);
        Maps = phantom.Coils.Maps(N, slab, first, slices, scope);
        Complex64[] image = phantom.Image(N, slab, first, 1, scope).ToArray<Complex64>();
        double brightest = image.Max(v => v.ToComplex().Magnitude);
        Bright = [.. Enumerable.Range(0, image.Length).Where(i => image[i].ToComplex().Magnitude > 0.2 * brightest)];
    }

    public Tensor KSpace { get; set; }

    public Tensor Points { get; set; }

    public Tensor Maps { get; }

    public int[] Bright { get; }

    public Tensor Estimate(CoilMapChoice choice, Device device, TensorScope scope) => choice.Estimate(KSpace, Points, _weights, N, N, device, scope);

    /// <summary>Nothing of the volume is seen yet.</summary>
    public VolumeLook Look() => new(Points, _weights, N, N);

    public Tensor Estimate(JsenseSettings settings, Device device, TensorScope scope) =>
        Estimate(new CoilMapChoice { Method = CoilMapMethod.Jsense, Jsense = settings }, device, scope);

    public Tensor Estimate(EspiritSettings settings, Device device, TensorScope scope) =>
        Estimate(new CoilMapChoice { Method = CoilMapMethod.Espirit, Espirit = settings }, device, scope);

    public static Complex At(Tensor maps, int slice, int coil, int pixel) =>
        maps.Span<Complex64>()[(((slice * maps.Shape[1]) + coil) * N * N) + pixel].ToComplex();

    public static double Power(Tensor maps, int slice, int pixel) =>
        Enumerable.Range(0, maps.Shape[1]).Sum(c => Math.Pow(At(maps, slice, c, pixel).Magnitude, 2));

    public static double Sine(Tensor a, Tensor b, int slice, int pixel)
    {
        Complex product = Enumerable.Range(0, a.Shape[1]).Aggregate(Complex.Zero, (sum, c) => sum + (Complex.Conjugate(At(a, slice, c, pixel)) * At(b, slice, c, pixel)));
        return Math.Sqrt(Math.Max(0, 1 - (Math.Pow(product.Magnitude, 2) / (Power(a, slice, pixel) * Power(b, slice, pixel)))));
    }

    /// <summary>Maps that are good: a calibration region of 24 cycles mixes a pixel with its neighbours within N/24, some three pixels. The true maps
    /// turn by a few hundredths per pixel, so that maps read off such images are wrong by about a tenth; these model the mixing and must be clearly better.</summary>
    public void AssertTrue(Tensor maps)
    {
        double[] sines = [.. Bright.Where(i => Power(maps, 0, i) > 0).Select(i => Sine(maps, Maps, 0, i))];
        Assert.That(sines, Has.Length.GreaterThan(Bright.Length * 0.98), "the support holds the object");
        Assert.That(sines.Average(), Is.LessThan(0.05));
        Assert.That(sines.Order().ElementAt((int)(0.95 * sines.Length)), Is.LessThan(0.1));
    }

    /// <summary>Unit vectors in the support, which is a share of the volume, and one phase for all slices.</summary>
    public void AssertUnitVectors(Tensor maps, double least, double most)
    {
        int inside = 0, slices = maps.Shape[0];
        for (int slice = 0; slice < slices; slice++)
        {
            for (int i = 0; i < N * N; i++)
            {
                double power = Power(maps, slice, i);
                if (power > 0)
                {
                    inside++;
                    Assert.That(power, Is.EqualTo(1).Within(1e-6)); // one rounding of each component to float
                }
            }
        }

        Assert.That(inside / ((double)slices * N * N), Is.InRange(least, most), "an abdomen and a rim");

        // Slices of one slab are a quarter of a field of view apart in all: neighbours differ little, a free phase would differ by up to 2.
        foreach (int i in Bright.Where(i => Power(maps, 0, i) > 0 && Power(maps, 1, i) > 0))
        {
            double step = Math.Sqrt(Enumerable.Range(0, Coils).Sum(c => Math.Pow((At(maps, 0, c, i) - At(maps, 1, c, i)).Magnitude, 2)));
            Assert.That(step, Is.LessThan(0.5), $"pixel {i % N}, {i / N}");
        }
    }
}
