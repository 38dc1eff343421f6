using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The tangent as operations on the tape; every operation is checked by <see cref="GradientTests"/>.</summary>
public sealed class LinearisationTests
{
    private TensorScope _scope = null!;

    [SetUp]
    public void MakeScope() => _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

    [TearDown]
    public void DropScope() => _scope.Dispose();

    [Test]
    public void The_taped_tangent_of_a_square_is_differentiated_in_both_its_factors()
    {
        // y = ⟨x, x⟩, J v = 2 ⟨x, v⟩, and a sweep through J v gives 2 v for x and 2 x for v.
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, -3.0])), v = tape.Input(_scope.From([2], [5.0, 7.0]));
        Variable jv = tape.Linearise(tape.InnerProduct(x, x), [(x, v)]);
        Tensor xBar = _scope.Zeros(DType.Float64, [2]), vBar = _scope.Zeros(DType.Float64, [2]);
        tape.Backward(jv, _scope.From(Shape.Scalar, [1.0]), new GradientTargets().Add(x, xBar).Add(v, vBar));
        Assert.That(jv.Value.Item(), Is.EqualTo(2 * (5 - 21)));
        Assert.That(xBar.ToArray<double>(), Is.EqualTo(new[] { 10.0, 14.0 }));
        Assert.That(vBar.ToArray<double>(), Is.EqualTo(new[] { 2.0, -6.0 }));
    }

    [Test]
    public void What_does_not_move_has_the_tangent_zero_and_a_seed_may_be_the_output()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, 2.0])), other = tape.Input(_scope.From([2], [3.0, 4.0])), y = tape.Add(x, x);
        Assert.That(tape.Linearise(y, [(other, other)]).Value.ToArray<double>(), Is.All.Zero);
        Assert.That(tape.Linearise(y, []).Value.ToArray<double>(), Is.All.Zero);
        Assert.That(tape.Linearise(x, [(x, other)]), Is.SameAs(other));
    }

    [Test]
    public void An_operation_without_a_rule_says_so_only_when_its_input_moves()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, 2.0])), still = tape.Input(_scope.From([2], [3.0, 4.0]));
        Variable y = tape.Add(x, NoRule(tape, still));
        Assert.That(tape.Linearise(y, [(x, x)]).Value.ToArray<double>(), Is.EqualTo(new[] { 1.0, 2.0 }));
        Assert.That(() => tape.Linearise(y, [(still, x)]), Throws.TypeOf<NotSupportedException>().With.Message.Contains("no taped tangent"));
    }

    [Test]
    public void A_forgetful_tape_and_a_seed_of_another_shape_are_refused()
    {
        Tensor value = _scope.From([2], [1.0, 2.0]);
        using var forgetful = Tape.Forgetful(Device.Cpu);
        Variable kept = forgetful.Input(value);
        Assert.That(() => forgetful.Linearise(forgetful.Add(kept, kept), [(kept, kept)]), Throws.InvalidOperationException.With.Message.Contains("linearise"));
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(value), y = tape.Add(x, x);
        Assert.That(() => tape.Linearise(y, [(x, tape.Input(_scope.Zeros(DType.Float64, [3])))]), Throws.TypeOf<ShapeException>().With.Message.Contains("linearise: seed"));
    }

    [TestCase(3, 3)]
    [TestCase(2, 3)]
    public void A_wrong_linearisation_is_caught(double factor, double factorOfItsTangent)
    {
        // Right forward and reverse sweeps of y = 2 x; the taped tangent, or the reverse sweep through it, is wrong.
        // The product before it makes the tangent depend on the inputs.
        Tensor s = _scope.From(Shape.Scalar, [0.7]), x = _scope.From([3], [1.0, -2.0, 0.5]);
        var wrong = new GradientCase("wrong", [s, x], (tape, v) =>
        {
            Variable product = tape.ScaleBy(v[0], v[1]);
            return Twice(tape, product, 2, from => Twice(tape, from[product]!, factor, null, factorOfItsTangent));
        });
        GradientCheckResult result = GradientCheck.Run(wrong, new CounterRandom(1));
        Assert.That(result.FiniteDifference, Is.LessThanOrEqualTo(GradientCheckResult.FiniteDifferenceTolerance));
        Assert.That(result.Duality, Is.LessThanOrEqualTo(GradientCheckResult.DualityTolerance));
        Assert.That(result.Passed, Is.False);
    }

    private static Variable NoRule(Tape tape, Variable x) => Twice(tape, x, 1, null);

    private static Variable Twice(Tape tape, Variable x, double factor, Linearisation? rule, double? reverse = null)
    {
        Tensor y = tape.Values.Like(x.Value);
        Kernels.Scale.Run(factor, x.Value, y);
        return tape.Record(
            y,
            [x],
            (yBar, into) =>
            {
                (Tensor xBar, Kernels.WriteMode mode) = into.Of(x);
                Kernels.Scale.Run(reverse ?? factor, yBar, xBar, mode);
            },
            (from, yDot) => Kernels.Scale.Run(factor, from[x]!, yDot),
            rule);
    }
}
