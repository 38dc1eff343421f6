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
        scan.AssertTrue(scan.Estimate(new JsenseSettings { Basis = kind }, Device.Cpu, scope));
    }

    [Test]
    public void Maps_are_unit_vectors_inside_the_support_and_zero_outside_with_one_smooth_phase_for_all_slices()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var scan = new CoilMapScan(scope, slices: 3);
        scan.AssertUnitVectors(scan.Estimate(new JsenseSettings(), Device.Cpu, scope), least: 0.25, most: 0.6);
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
