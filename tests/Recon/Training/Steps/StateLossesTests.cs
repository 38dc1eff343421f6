using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class StateLossesTests
{
    [Test]
    public void States_are_spread_over_the_evaluations_and_weights_decay_away_from_the_fixed_point()
    {
        Assert.That(StateLosses.Select(3, 0.5, limit: 20), Is.EqualTo(new[] { (5, 0.125), (10, 0.25), (15, 0.5) }));
        Assert.That(StateLosses.Select(0, 0.5, limit: 20), Is.Empty);
        Assert.That(StateLosses.Select(3, 0.5, limit: 2).Select(state => state.Evaluation), Is.EqualTo(new[] { 0, 1 }), "each evaluation once");
    }

    [Test]
    public void The_gradient_is_that_of_the_weighted_losses_of_the_noted_states_as_far_as_the_solve_went()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
        Parameter half = parameters.Add("a", Shape.Scalar);
        Fill.Run(0.5, half.Value);
        Tensor start = Sample.Normal(scope, DType.Complex128, [1, 3, 4], 1), target = Sample.Normal(scope, DType.Complex128, [1, 3, 4], 2);
        Variable Map(Tape tape, Variable z) => tape.ScaleBy(tape.Use(half), z); // z_i = 2^-i z_0

        // States 2 and 4 of at most 6; the solve ends after four evaluations, 0 to 3, so only the first is noted.
        var losses = new StateLosses(TinyTraining.Config with { LossStates = 2, LossDecay = 0.5, MaxIterations = 6 });
        (FixedPointProblem watched, IReadOnlyList<(Tensor State, double Weight)> noted) = losses.Watch(new FixedPointProblem(Map, start), scope);
        new Picard(1e-30, 4).Solve(watched, scope);
        Assert.That(noted, Has.Count.EqualTo(1));
        double sum = losses.Backward(Map, noted, target, parameters.All);

        // L = w / n · |a s − t|² with s = z_0 / 4 and w = 1 / 4, so dL/da = 2 w / n · ⟨s, a s − t⟩.
        double[] s = [.. Sample.Scalars(start).Select(v => v / 4)], t = Sample.Scalars(target);
        double[] difference = [.. s.Zip(t, (x, y) => (0.5 * x) - y)];
        Assert.That(sum, Is.EqualTo(0.25 / 24 * difference.Sum(d => d * d)).Within(1e-12)); // rounding of 24 products of order one
        Assert.That(half.Gradient.Item(), Is.EqualTo(2 * 0.25 / 24 * s.Zip(difference, (x, d) => x * d).Sum()).Within(1e-12));
    }
}
