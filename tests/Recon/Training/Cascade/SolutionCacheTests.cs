using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>The cache on maps f(z) = c + a (z − c) with the fixed point c, where every residual is known.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class SolutionCacheTests(TestDevice device)
{
    private static readonly TrainingConfig s_config = TinyTraining.Config with { Init = InitKind.Cascaded };

    private TinyTraining _tiny = null!;
    private IReadOnlyList<SliceProblem> _slices = null!;
    private TensorScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _tiny = new TinyTraining(s_config, device.Device);
        _slices = [.. SliceIdentity.Name(_tiny.Training, Device.Cpu).Cast<SliceProblem>()];
        _scope = new TensorScope(device.Device, MemoryOwner.Workspace);
    }

    [TearDown]
    public void Close()
    {
        _scope.Dispose();
        _tiny.Dispose();
    }

    [Test]
    public void The_first_start_is_cold_and_the_next_goes_on_from_the_solution()
    {
        using SolutionCache cache = Cache();
        using var batch = new SliceBatch([_slices[0]], device.Device);
        CascadedStart first = cache.Start(batch, Contraction(batch, 0.5), _scope);
        Assert.That(first.Slices, Is.EqualTo(new SliceStart?[] { null }));
        Assert.That(Sample.Bits(first.Value), Is.EqualTo(Sample.Bits(batch.Start)));

        Tensor near = Near(batch, 1e-3);
        cache.Keep(batch, Solution(near, SolveStatus.Converged));
        CascadedStart second = cache.Start(batch, Contraction(batch, 0.5), _scope);
        Assert.That((second.Warm, second.Dropped, second.Evaluations(0)), Is.EqualTo((1, 0, 1)));

        // ‖f(z) − z‖ = (1 − a) ‖z − c‖: 5e-4 of the size of z, to the rounding of the subtraction, 1e-7 / 1e-3.
        Assert.That(second.Slices[0]!.WarmResidual, Is.EqualTo(5e-4).Within(0.1).Percent);
        Assert.That(second.Slices[0]!.ColdResidual, Is.GreaterThan(0.1));
        Tensor expected = _scope.Like(near);
        Contraction(batch, 0.5).Evaluate(near, expected);
        Assert.That(Sample.Bits(second.Value), Is.EqualTo(Sample.Bits(expected)), "one application on");
    }

    [Test]
    public void A_solution_with_a_larger_residual_than_the_cold_start_is_dropped_slice_by_slice()
    {
        using SolutionCache cache = Cache();
        using var batch = new SliceBatch([_slices[0], _slices[1]], device.Device);
        Tensor stored = Near(batch, 1e-3);
        Scale.Run(1000, stored.Slice(1), stored.Slice(1)); // far away
        cache.Keep(batch, Solution(stored, SolveStatus.Converged, SolveStatus.Converged));
        CascadedStart start = cache.Start(batch, Contraction(batch, 0.5), _scope);
        Assert.That((start.Warm, start.Dropped), Is.EqualTo((1, 1)));
        Assert.That(Sample.Bits(start.Value.Slice(1)), Is.EqualTo(Sample.Bits(batch.Start.Slice(1))));
        Assert.That(start.Slices[1]!.WarmResidual, Is.GreaterThan(start.Slices[1]!.ColdResidual));
    }

    [Test]
    public void Only_converged_solutions_are_kept_and_adjoints_only_if_asked_for()
    {
        using SolutionCache cache = Cache(), plain = Cache(s_config with { CascadeBackward = false });
        using var batch = new SliceBatch([_slices[0], _slices[1]], device.Device);
        cache.Keep(batch, Solution(Near(batch, 0), SolveStatus.Stalled, SolveStatus.Converged));
        CascadedStart start = cache.Start(batch, Contraction(batch, 0.5), _scope);
        Assert.That(start.Slices[0], Is.Null);
        Assert.That(start.Slices[1], Is.Not.Null);

        cache.KeepAdjoint(batch, Near(batch, 0), [true, false]);
        Assert.That(cache.AdjointStart(batch, _scope), Is.Null, "one slice has none");
        cache.KeepAdjoint(batch, Near(batch, 0), [false, true]);
        plain.KeepAdjoint(batch, Near(batch, 0), [true, true]);
        Assert.That(Sample.Bits(cache.AdjointStart(batch, _scope)!), Is.EqualTo(Sample.Bits(Near(batch, 0))));
        Assert.That(plain.AdjointStart(batch, _scope), Is.Null);
    }

    [Test]
    public void A_slice_of_other_data_maps_weights_or_scale_has_another_name()
    {
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SliceProblem slice = _tiny.Training[0];
        Tensor Changed(Tensor tensor)
        {
            Tensor copy = host.Clone(tensor);
            copy.RealSpan<float>()[^1] += 1;
            return copy;
        }

        SliceProblem[] others =
        [
            slice, slice with { B = Changed(slice.B) }, slice with { Maps = Changed(slice.Maps) }, slice with { Spectrum = Changed(slice.Spectrum) },
            slice with { Scale = slice.Scale * 2 }, slice with { AreaScale = slice.AreaScale * 2 },
        ];
        Assert.That(SliceIdentity.Name(others, Device.Cpu).Select(s => s.Identity), Is.Unique);
        Assert.That(SliceIdentity.Name([slice], Device.Cpu)[0].Identity, Is.EqualTo(_slices[0].Identity));
    }

    [Test]
    public void Its_memory_is_counted_and_given_back()
    {
        Device host = device.Device.Host;
        long Held() => host.Ledger.Entries().Where(entry => entry.Owner == MemoryOwner.Cache).Sum(entry => entry.CurrentBytes);
        long before = Held();
        using (SolutionCache cache = Cache(s_config with { CachePrecision = CachePrecision.Half }))
        {
            using var batch = new SliceBatch([_slices[0]], device.Device);
            cache.Keep(batch, Solution(Near(batch, 0), SolveStatus.Converged));
            Assert.That(Held() - before, Is.GreaterThanOrEqualTo(4 * batch.B.Count).And.LessThan(8 * batch.B.Count), "4 bytes a pixel");
            cache.Clear();
            Assert.That(Held(), Is.EqualTo(before));
        }
    }

    private SolutionCache Cache(TrainingConfig? config = null) => new(config ?? s_config, _slices, device.Device.Host, "");

    /// <summary>f(z) = c + a (z − c), c = b.</summary>
    private static FixedPointProblem Contraction(SliceBatch batch, double a) =>
        new((tape, z) => tape.WeightedSum(a, z, 1 - a, tape.Input(batch.B)), batch.Start);

    /// <summary>(1 + distance) c.</summary>
    private Tensor Near(SliceBatch batch, double distance)
    {
        Tensor near = _scope.Like(batch.B);
        Scale.Run(1 + distance, batch.B, near);
        return near;
    }

    private static FixedPointSolution Solution(Tensor value, params SolveStatus[] statuses) =>
        new(value, [.. statuses.Select(status => new SliceSolve(status, [1e-4], 1e-4, 0, []))]);
}
