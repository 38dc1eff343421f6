using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Values that a tape gives back before it is disposed: no result changes, and nothing is missed.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class ReleaseTests(TestDevice device)
{
    [Test]
    public void The_rules_of_every_operation_read_no_more_than_they_say()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        foreach (GradientCase check in OpCases.All(scope, new CounterRandom(11)))
        {
            Assert.That(Sweeps(check, releases: true), Is.EqualTo(Sweeps(check, releases: false)), check.Name);
        }
    }

    [Test]
    public void A_last_sweep_gives_the_same_bits_and_leaves_only_the_output([Values] Pooling pooling, [Values(1, 2)] int batch)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        using var parameters = new ParameterSet(device.Device, DType.Float32);
        Unet unet = Network(parameters, pooling);
        Tensor x = Sample.Normal(scope, DType.Float32, [batch, 2, 10, 12], 3), seed = Sample.Normal(scope, DType.Float32, x.Shape, 4);
        long Held() => device.Device.Ledger.Entries().Where(entry => entry.Owner == MemoryOwner.Tape).Sum(entry => entry.CurrentBytes);
        byte[] Gradient(Action<Tape, Variable, GradientTargets> sweep)
        {
            using var tape = Tape.Recording(device.Device);
            Variable input = tape.Input(x), output = unet.Apply(tape, input);
            Tensor gradient = scope.Zeros(x.DType, x.Shape);
            parameters.ClearGradients();
            sweep(tape, output, new GradientTargets().Add(tape, parameters.All).Add(input, gradient));
            return [.. Sample.Bits(gradient), .. parameters.All.SelectMany(p => Sample.Bits(p.Gradient))];
        }

        long before = Held();
        byte[] kept = Gradient((tape, output, targets) => tape.Backward(output, seed, targets));
        byte[] released = Gradient((tape, output, targets) =>
        {
            tape.BackwardAndRelease(output, seed, targets);
            long positions = pooling == Pooling.Max ? MemoryPool.RoundUp(batch * 4 * 6 * 6 * 4) + MemoryPool.RoundUp(batch * 8 * 3 * 3 * 4) : 0; // of maxima, no variables
            Assert.That(Held() - before, Is.EqualTo(MemoryPool.RoundUp(output.Value.ByteCount) + positions));
            Assert.That(() => tape.Backward(output, seed, targets), Throws.InvalidOperationException.With.Message.Contains("last sweep"));
            Assert.That(() => tape.Tangent(output, [], seed), Throws.InvalidOperationException.With.Message.Contains("last sweep"));
        });
        Assert.That(released, Is.EqualTo(kept));
        Assert.That(Held(), Is.EqualTo(before));
    }

    [Test]
    public void A_released_value_that_no_rule_reads_cannot_be_read_by_mistake()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        using var tape = Tape.Recording(device.Device);
        Variable x = tape.Input(scope.Zeros(DType.Float32, [3])), sum = tape.Add(x, x), scaled = tape.Scale(2, sum);
        tape.Release(sum);
        tape.Release(x); // not the tape's: stays
        Assert.That(() => sum.Value.ToArray<float>(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(x.Value.ToArray<float>(), Is.All.Zero);
        Assert.That(scaled.Value.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Without_a_tape_a_network_holds_a_few_maps_of_its_first_level()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        using var parameters = new ParameterSet(device.Device, DType.Float64); // plain definitions take little scratch memory
        Unet unet = Network(parameters, Pooling.Average);
        Tensor x = Sample.Normal(scope, DType.Float64, [1, 2, 32, 32], 3);
        long map = 4 * 32 * 32 * sizeof(double);
        long Values(Tape tape)
        {
            unet.Apply(tape, tape.Input(x));
            return device.Device.Ledger.Entries().Where(entry => entry.Origin.EndsWith("Op", StringComparison.Ordinal)).Sum(entry => entry.CurrentBytes);
        }

        using Tape recording = Tape.Recording(device.Device), forgetful = Tape.Forgetful(device.Device);
        long result = 2 * 32 * 32 * sizeof(double), before = Values(forgetful);
        Assert.That(before, Is.EqualTo(result), "the result alone is left");

        // Maps of a level: first convolution 1, joined 2 (the skip lies in it), decoder 2; pooled ¼ of it. Level 1 has half of that, the bottom
        // two maps of a quarter; the result; and the upsampled half is in the joined one.
        double expected = (5.25 * (1 + 0.5)) + (2 * 0.25);
        Assert.That(Values(recording) - before, Is.EqualTo((expected * map) + result));
    }

    private static Unet Network(ParameterSet parameters, Pooling pooling)
    {
        var unet = new Unet(parameters, new UnetOptions(4, 2, pooling));
        foreach (Parameter parameter in parameters.All)
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(1).Stream(parameter.Name), 0.3);
        }

        return unet;
    }

    /// <summary>The bits of a reverse, a forward and a linearised sweep of an operation whose inputs and output the tape owns.</summary>
    private static byte[] Sweeps(GradientCase check, bool releases)
    {
        using var scope = new TensorScope(check.Inputs[0].Device, MemoryOwner.Workspace);
        using var tape = Tape.Recording(scope.Device);
        Variable[] leaves = [.. check.Inputs.Select(tape.Input)], inputs = [.. leaves.Select(leaf => tape.Scale(1, leaf))];
        Variable output = check.Function(tape, inputs);
        Tensor seed = scope.Like(output.Value), tangent = scope.Like(output.Value);
        RandomFill.Normal(seed, new CounterRandom(5));
        foreach (Variable variable in releases ? [.. inputs, output] : Array.Empty<Variable>())
        {
            tape.Release(variable);
        }

        (Variable Leaf, Tensor Direction)[] moved = [.. leaves.Select((leaf, i) => (leaf, Direction(leaf, i)))];
        tape.Tangent(output, moved, tangent);
        byte[] linearised = check.CanLinearise
            ? Sample.Bits(tape.Linearise(output, [.. moved.Select(pair => (pair.Leaf, tape.Input(pair.Direction)))]).Value)
            : [];
        Tensor[] gradients = [.. leaves.Select(leaf => scope.Zeros(leaf.Value.DType, leaf.Value.Shape))];
        var targets = new GradientTargets();
        foreach ((Variable leaf, Tensor gradient) in leaves.Zip(gradients))
        {
            targets.Add(leaf, gradient);
        }

        tape.Backward(output, seed, targets);
        return [.. Sample.Bits(tangent), .. linearised, .. gradients.SelectMany(Sample.Bits)];

        Tensor Direction(Variable leaf, int i)
        {
            Tensor direction = scope.Like(leaf.Value);
            RandomFill.Normal(direction, new CounterRandom(6).Stream(i));
            return direction;
        }
    }
}
