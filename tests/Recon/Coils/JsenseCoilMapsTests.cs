using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;
using static Stardeq.Tests.CoilMapScan;

namespace Stardeq.Tests;

/// <summary>Coil maps of simulated volumes, from k-space to unit vectors.</summary>
public sealed class JsenseCoilMapsTests
{
    [Test]
    public void Maps_of_a_simulation_are_the_true_maps_up_to_a_common_phase([Values] CoilBasisKind kind)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 1);
        Tensor maps = scan.Estimate(new JsenseSettings { Basis = kind }, Device.Cpu, scope), truth = scan.Maps;

        // A calibration region of 24 cycles mixes a pixel with its neighbours within N/24, some three pixels. These maps turn by a few hundredths
        // per pixel, so that maps read off such images are wrong by about a tenth; JSENSE models the mixing and must be clearly better.
        double[] sines = [.. scan.Bright.Where(i => Power(maps, 0, i) > 0).Select(i => Sine(maps, truth, 0, i))];
        Assert.That(sines, Has.Length.GreaterThan(scan.Bright.Length * 0.98), "the support holds the object");
        Assert.That(sines.Average(), Is.LessThan(0.05));
        Assert.That(sines.Order().ElementAt((int)(0.95 * sines.Length)), Is.LessThan(0.1));
    }

    [Test]
    public void Maps_are_unit_vectors_inside_the_support_and_zero_outside_with_one_smooth_phase_for_all_slices()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 3);
        Tensor maps = scan.Estimate(new JsenseSettings(), Device.Cpu, scope);
        int inside = 0;
        for (int slice = 0; slice < 3; slice++)
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

        Assert.That(inside / (3.0 * N * N), Is.InRange(0.25, 0.6), "an abdomen and little else");

        // Slices of one slab are a quarter of a field of view apart in all: neighbours differ little, a free phase would differ by up to 2.
        foreach (int i in scan.Bright)
        {
            if (Power(maps, 0, i) > 0 && Power(maps, 1, i) > 0)
            {
                double step = Math.Sqrt(Enumerable.Range(0, Coils).Sum(c => Math.Pow((At(maps, 0, c, i) - At(maps, 1, c, i)).Magnitude, 2)));
                Assert.That(step, Is.LessThan(0.5), $"pixel {i % N}, {i / N}");
            }
        }
    }

    [Test]
    public void Every_device_finds_the_same_maps([Values] CoilBasisKind kind, [ValueSource(typeof(TestDevices), nameof(TestDevices.All))] TestDevice on)
    {
        // Eight conjugate-gradient steps in all: rounding of float32, 1e-7, passes through them grown by the condition of the steps, some 100.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 2);
        var settings = new JsenseSettings { Basis = kind, Calibration = 8, Kernel = 3, Degree = 1, Rounds = 2, Iterations = 2 };
        Tensor here = scan.Estimate(settings, on.Device, scope), reference = scan.Estimate(settings, new CpuDevice(1), scope);
        Assert.That(Fixtures.RelativeError(here, reference), Is.LessThan(1e-5));
    }

    [Test]
    public void The_bits_do_not_depend_on_the_number_of_threads([Values] CoilBasisKind kind)
    {
        var runs = new List<float[]>();
        foreach (int threads in new[] { 1, 3 })
        {
            var device = new CpuDevice(threads);
            using var scope = new TensorScope(device, MemoryOwner.Data);
            var scan = new CoilMapScan(scope, slices: 2);
            runs.Add(scan.Estimate(new JsenseSettings { Basis = kind, Rounds = 2 }, device, scope).AsReal().ToArray<float>());
        }

        Assert.That(runs[1], Is.EqualTo(runs[0]));
    }

    [Test]
    public void Each_slice_is_fitted_by_itself()
    {
        // Gauge and support level are shared, so the volume is one slice twice: both must be what the slice alone gives.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 1);
        Tensor alone = scan.Estimate(new JsenseSettings { Rounds = 2 }, Device.Cpu, scope);
        scan.KSpace = scope.From([2, Coils, scan.KSpace.Shape[2]], [.. scan.KSpace.ToArray<Complex64>(), .. scan.KSpace.ToArray<Complex64>()]);
        Tensor both = scan.Estimate(new JsenseSettings { Rounds = 2 }, Device.Cpu, scope);
        Assert.That(Fixtures.Reals(both.Slice(0)), Is.EqualTo(Fixtures.Reals(both.Slice(1))));
        Assert.That(Fixtures.RelativeError(both.Slice(0), alone.Slice(0)), Is.LessThan(1e-6)); // the gauge's eigenvector, rounded
    }

    [Test]
    public void What_cannot_be_estimated_is_refused_with_the_reason()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 1);
        void Refused(JsenseSettings settings, string reason) =>
            Assert.That(() => scan.Estimate(settings, Device.Cpu, scope), Throws.TypeOf<InputException>().With.Message.Contains(reason));
        Refused(new JsenseSettings { Calibration = 23 }, "even");
        Refused(new JsenseSettings { Calibration = N + 2 }, "width of k-space");
        Refused(new JsenseSettings { Kernel = 33 }, "kernel");
        Refused(new JsenseSettings { Degree = -1, Basis = CoilBasisKind.Polynomial }, "degree");
        Refused(new JsenseSettings { Rounds = 0 }, "rounds");
        Refused(new JsenseSettings { Lambda = -1 }, "lambda");
        scan.KSpace.Span<Complex64>()[(Spokes / 2 * 2 * N) + N] = new Complex64(float.NaN, 0);
        Refused(new JsenseSettings(), "not finite");
        scan.Points = scope.From(scan.Points.Shape, Array.ConvertAll(scan.Points.ToArray<double>(), k => k + 100));
        Refused(new JsenseSettings { Calibration = 2, Kernel = 2 }, "no sample");
    }
}
