using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>What a sweep refuses, and what it leaves alone.</summary>
public sealed class SweepTests
{
    private TensorScope _scope = null!;

    [SetUp]
    public void MakeScope() => _scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

    [TearDown]
    public void DropScope() => _scope.Dispose();

    [Test]
    public void A_target_of_another_type_or_shape_is_refused()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.Zeros(DType.Float64, [2, 3]));
        Assert.That(() => new GradientTargets().Add(x, _scope.Zeros(DType.Float32, [2, 3])), Throws.TypeOf<ShapeException>().With.Message.Contains("float32"));
        Assert.That(() => new GradientTargets().Add(x, _scope.Zeros(DType.Float64, [3, 2])), Throws.TypeOf<ShapeException>().With.Message.Contains("gradient"));
        GradientTargets once = new GradientTargets().Add(x, _scope.Zeros(DType.Float64, [2, 3]));
        Assert.That(() => once.Add(x, _scope.Zeros(DType.Float64, [2, 3])), Throws.ArgumentException);
    }

    [Test]
    public void Seeds_and_results_of_another_type_or_shape_are_refused()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.Zeros(DType.Float64, [3])), y = tape.Add(x, x);
        Tensor good = _scope.Zeros(DType.Float64, [3]), bad = _scope.Zeros(DType.Float64, [4]);
        Assert.That(() => tape.Backward(y, bad, new GradientTargets()), Throws.TypeOf<ShapeException>().With.Message.Contains("backward: seed"));
        Assert.That(() => tape.Tangent(y, [(x, bad)], good), Throws.TypeOf<ShapeException>().With.Message.Contains("tangent: seed"));
        Assert.That(() => tape.Tangent(y, [(x, good)], bad), Throws.TypeOf<ShapeException>().With.Message.Contains("tangent: result"));
    }

    [Test]
    public void The_tangent_along_a_variable_that_the_output_does_not_use_is_zero()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, 2.0])), unused = tape.Input(_scope.From([2], [3.0, 4.0]));
        Variable y = tape.InnerProduct(x, x);
        Tensor tangent = _scope.From(Shape.Scalar, [123.0]);
        tape.Tangent(y, [(unused, unused.Value)], tangent);
        Assert.That(tangent.Item(), Is.Zero);
        tape.Tangent(y, [], tangent);
        Assert.That(tangent.Item(), Is.Zero);
    }

    [Test]
    public void The_gradient_of_a_variable_that_the_output_does_not_use_is_left_as_it_was()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, 2.0])), unused = tape.Input(_scope.From([2], [3.0, 4.0]));
        Variable later = tape.Add(unused, x), y = tape.InnerProduct(x, x);
        Tensor gradient = _scope.From([2], [7.0, 8.0]);
        tape.Backward(y, _scope.From(Shape.Scalar, [1.0]), new GradientTargets().Add(unused, gradient));
        Assert.That(gradient.ToArray<double>(), Is.EqualTo(new[] { 7.0, 8.0 }));
        Assert.That(later.Value.ToArray<double>(), Is.EqualTo(new[] { 4.0, 6.0 }));
    }

    [Test]
    public void A_sweep_may_start_and_end_at_the_same_variable()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([2], [1.0, 2.0])), y = tape.WeightedSum(3, x, 0, x);
        Tensor seed = _scope.From([2], [5.0, -6.0]), atLeaf = _scope.Zeros(DType.Float64, [2]), atOutput = _scope.Zeros(DType.Float64, [2]), tangent = _scope.Like(seed);
        tape.Backward(x, seed, new GradientTargets().Add(x, atLeaf));
        tape.Backward(y, seed, new GradientTargets().Add(y, atOutput));
        tape.Tangent(x, [(x, seed)], tangent);
        Assert.That(atLeaf.ToArray<double>(), Is.EqualTo(new[] { 5.0, -6.0 }));
        Assert.That(atOutput.ToArray<double>(), Is.EqualTo(new[] { 5.0, -6.0 }));
        Assert.That(tangent.ToArray<double>(), Is.EqualTo(new[] { 5.0, -6.0 }));
    }

    [Test]
    public void A_target_is_given_its_cotangent_before_a_rule_computes_in_it()
    {
        using var tape = Tape.Recording(Device.Cpu);
        Variable x = tape.Input(_scope.From([1, 1, 1, 2], [3.0, -5.0])), weight = tape.Input(_scope.From([1, 1, 1, 1], [2.0])), bias = tape.Input(_scope.Zeros(DType.Float64, [1]));
        Variable y = tape.Conv2d(x, weight, bias, slope: 0.5), last = tape.WeightedSum(4, y, 0, y);
        Tensor atOutput = _scope.Zeros(DType.Float64, y.Value.Shape), atInput = _scope.Zeros(DType.Float64, x.Value.Shape);
        tape.Backward(last, _scope.From(y.Value.Shape, [1.0, 1.0]), new GradientTargets().Add(y, atOutput).Add(x, atInput));
        Assert.That(atOutput.ToArray<double>(), Is.EqualTo(new[] { 4.0, 4.0 }));            // the rule's mask is not in it
        Assert.That(atInput.ToArray<double>(), Is.EqualTo(new[] { 2 * 4.0, 2 * 0.5 * 4 })); // w m ȳ
    }

    [Test]
    public void A_rectified_convolution_keeps_its_output_and_nothing_else()
    {
        var cpu = new CpuDevice(1);
        using var scope = new TensorScope(cpu, MemoryOwner.Data);
        using var tape = Tape.Recording(cpu);
        Variable y = tape.Conv2d(
            tape.Input(scope.Zeros(DType.Float32, [1, 2, 16, 16])), tape.Input(scope.Zeros(DType.Float32, [3, 2, 3, 3])), tape.Input(scope.Zeros(DType.Float32, [3])), slope: 0.1);
        long kept = cpu.Ledger.Entries().Where(entry => entry.Owner == MemoryOwner.Tape).Sum(entry => entry.CurrentBytes);
        Assert.That(kept, Is.EqualTo(y.Value.Count * sizeof(float)));
    }

    [Test]
    public void A_bound_variable_stands_for_its_parameter_and_only_before_the_first_use()
    {
        using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
        Parameter parameter = parameters.Add("p", [2]);
        using var tape = Tape.Recording(Device.Cpu);
        Variable stand = tape.Input(_scope.From([2], [1.0, 2.0]));
        tape.Bind(parameter, stand);
        Assert.That(tape.Use(parameter), Is.SameAs(stand));
        Assert.That(() => tape.Bind(parameter, stand), Throws.InvalidOperationException.With.Message.Contains("'p'"));
        using var other = Tape.Recording(Device.Cpu);
        Assert.That(other.Use(parameter), Is.SameAs(other.Use(parameter)));
        Assert.That(() => other.Bind(parameter, other.Input(stand.Value)), Throws.InvalidOperationException);
    }

    [Test]
    public void Parameters_have_one_name_each_and_an_unknown_name_lists_them()
    {
        using var parameters = new ParameterSet(Device.Cpu, DType.Float64);
        parameters.Add("weight", [2]);
        Assert.That(() => parameters.Add("weight", [2]), Throws.ArgumentException);
        Assert.That(() => parameters["bias"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("'bias'").And.Message.Contains("weight"));
        Assert.That((parameters.Contains("weight"), parameters.Contains("bias"), parameters.Count), Is.EqualTo((true, false, 2L)));
    }
}
