using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Pooling = Stardeq.Autodiff.Pooling;

namespace Stardeq.Tests;

/// <summary>Values that wait for a sweep in another form, or are computed again by it.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class SavedValueTests(TestDevice device)
{
    [Test]
    public void Levels_that_are_computed_again_give_the_same_bits_and_leave_less_than_half_on_the_tape(
        [Values] Pooling pooling, [Values(1, 2)] int batch, [Values] bool normalised)
    {
        using var network = new Network(device.Device, pooling, batch, normalised);
        Sweeps found = network.Run(), again = network.Run(unet => unet.Recomputes = true);
        Assert.That(again.Bits, Is.EqualTo(found.Bits));
        Assert.That(again.Linearised, Is.EqualTo(found.Linearised));
        Assert.That(again.TapeBytes, Is.LessThan(0.5 * found.TapeBytes));
    }

    // A rectifier's rule asks for a sign, which 16 bits keep; a convolution's rules for the weights and, for their gradient alone, its input.
    [Test]
    public void Rounded_activations_change_the_gradients_of_convolution_weights_alone(
        [Values(SavedAs.BFloat16, SavedAs.Half)] SavedAs form, [Values] Pooling pooling, [Values(1, 2)] int batch)
    {
        using var network = new Network(device.Device, pooling, batch, normalised: false);
        Sweeps whole = network.Run(), rounded = network.Run(unet => unet.Saved = form);
        Assert.That(rounded.TapeBytes, Is.LessThan(0.8 * whole.TapeBytes));
        Assert.That(Sample.Bits(rounded.Input), Is.EqualTo(Sample.Bits(whole.Input)));
        foreach ((string name, Tensor gradient) in whole.Gradients)
        {
            if (name.EndsWith("bias", StringComparison.Ordinal))
            {
                Assert.That(Sample.Bits(rounded.Gradients[name]), Is.EqualTo(Sample.Bits(gradient)), name);
            }
        }
    }

    [Test]
    public void Rounded_maps_between_levels_suffice_to_compute_the_others_again([Values(SavedAs.BFloat16, SavedAs.Half)] SavedAs form)
    {
        using var network = new Network(device.Device, Pooling.Average, 1, normalised: false);
        Sweeps whole = network.Run(unet => unet.Recomputes = true), rounded = network.Run(unet => (unet.Saved, unet.Recomputes) = (form, true));
        Assert.That(rounded.TapeBytes, Is.LessThan(0.6 * whole.TapeBytes));

        // Rounding by a share u moves every map by about u, and a share of about u of the rectifiers to the other slope, by as much as
        // the gradient of a map there: √u of its norm. The network has five levels.
        double u = form == SavedAs.Half ? 1.0 / 4096 : 1.0 / 512;
        double Error(Tensor a, Tensor b) => Math.Sqrt(Reduce.SquaredDistance(a, b) / Reduce.SumOfSquares(b));
        Assert.That(Error(rounded.Input, whole.Input), Is.LessThan(5 * Math.Sqrt(u)));
        foreach ((string name, Tensor gradient) in whole.Gradients)
        {
            Assert.That(Error(rounded.Gradients[name], gradient), Is.LessThan(5 * Math.Sqrt(u)), name);
        }

        Assert.That(Error(rounded.Gradients["unet.dec0.conv1.weight"], whole.Gradients["unet.dec0.conv1.weight"]), Is.GreaterThan(0), "its input is rounded");
    }

    // w̄ = Σ x ȳ with x rounded by a share u at most: |Δw̄| <= u Σ |x| |ȳ|, and the sums of 2 x 9 x 11 products err by less than that of bfloat16.
    [TestCase(SavedAs.BFloat16, 1.0 / 256)]
    [TestCase(SavedAs.Half, 1.0 / 2048)]
    public void A_rounded_input_moves_a_weight_gradient_by_no_more_than_its_rounding(SavedAs form, double u)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, DType.Float32, [2, 3, 9, 11], 1), yBar = Sample.Normal(scope, DType.Float32, [2, 4, 9, 11], 2);
        Tensor weight = Sample.Normal(scope, DType.Float32, [4, 3, 3, 3], 3), bias = scope.Zeros(DType.Float32, [4]);
        float[] Gradient(SavedAs saved)
        {
            using var tape = Tape.Recording(device.Device);
            Variable image = tape.Scale(1, tape.Input(x)), w = tape.Input(weight), y = tape.Conv2d(image, w, tape.Input(bias));
            tape.Release(image, saved);
            Tensor gradient = scope.Zeros(DType.Float32, weight.Shape);
            tape.Backward(y, yBar, new GradientTargets().Add(w, gradient));
            return gradient.ToArray<float>();
        }

        Tensor bound = scope.Like(weight), size = scope.From(x.Shape, [.. x.ToArray<float>().Select(Math.Abs)]), sizeBar = scope.From(yBar.Shape, [.. yBar.ToArray<float>().Select(Math.Abs)]);
        Conv2d.BackwardWeight(size, sizeBar, bound, WriteMode.Overwrite);
        float[] exact = Gradient(SavedAs.Whole), rounded = Gradient(form), allowed = bound.ToArray<float>();
        double largest = exact.Zip(rounded, (a, b) => Math.Abs(a - b)).Zip(allowed, (error, sum) => error / sum).Max();
        Assert.That(largest, Is.LessThan(u / 2 * 1.01).And.GreaterThan(u / 200)); // half a last place, and it does round
    }

    [Test]
    public void Double_precision_waits_whole()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        using var tape = Tape.Recording(device.Device);
        Variable x = tape.Scale(1, tape.Input(Sample.Normal(scope, DType.Float64, [5], 1))), y = tape.InnerProduct(x, x);
        tape.Release(x, SavedAs.Half);
        Assert.That(x.Value.ToArray<double>().Sum(v => v * v), Is.EqualTo(y.Value.Item()).Within(1e-14));
    }

    private sealed record Sweeps(byte[] Bits, byte[] Linearised, Tensor Input, Dictionary<string, Tensor> Gradients, long TapeBytes);

    /// <summary>A small network with everything that a sweep needs.</summary>
    private sealed class Network : IDisposable
    {
        private readonly TensorScope _scope;
        private readonly ParameterSet _parameters;
        private readonly Unet _unet;
        private readonly SpectralNormalisation? _normalisation;
        private readonly Tensor _x, _seed, _direction;

        public Network(Device device, Pooling pooling, int batch, bool normalised)
        {
            _scope = new TensorScope(device, MemoryOwner.Data);
            _parameters = new ParameterSet(device, DType.Float32);
            _unet = new Unet(_parameters, new UnetOptions(4, 2, pooling));
            foreach (Parameter parameter in _parameters.All)
            {
                RandomFill.Normal(parameter.Value, new CounterRandom(1).Stream(parameter.Name), 0.3);
            }

            _normalisation = normalised ? new SpectralNormalisation(_parameters, _unet, new SpectralOptions(SpectralNorm.Reshape, new NormTarget(1, NormRule.Divide))) : null;
            _normalisation?.Refresh();
            _unet.WeightRule = _normalisation;
            _x = Sample.Normal(_scope, DType.Float32, [batch, 2, 20, 24], 3);
            _seed = Sample.Normal(_scope, DType.Float32, _x.Shape, 4);
            _direction = Sample.Normal(_scope, DType.Float32, _x.Shape, 5);
        }

        /// <summary>A tangent, two reverse sweeps, the last of which releases, and a linearisation.</summary>
        public Sweeps Run(Action<Unet>? set = null)
        {
            (_unet.Saved, _unet.Recomputes) = (SavedAs.Whole, false);
            set?.Invoke(_unet);
            Ledger ledger = _scope.Device.Ledger;
            long Held() => ledger.Entries().Where(entry => entry.Owner == MemoryOwner.Tape).Sum(entry => entry.CurrentBytes);
            long before = Held();
            using var tape = Tape.Recording(_scope.Device);
            Variable input = tape.Input(_x), output = _unet.Apply(tape, input);
            long held = Held() - before;
            Tensor tangent = _scope.Like(_x), once = _scope.Zeros(DType.Float32, _x.Shape), gradient = _scope.Zeros(DType.Float32, _x.Shape);
            tape.Tangent(output, [(input, _direction)], tangent);
            tape.Backward(output, _seed, new GradientTargets().Add(input, once));
            _parameters.ClearGradients();
            tape.BackwardAndRelease(output, _seed, new GradientTargets().Add(tape, _parameters.All).Add(input, gradient));
            Assert.That(Sample.Bits(once), Is.EqualTo(Sample.Bits(gradient)));

            using var linear = Tape.Recording(_scope.Device);
            Variable start = linear.Input(_x), end = _unet.Apply(linear, start);
            byte[] linearised = Sample.Bits(linear.Linearise(end, [(start, linear.Input(_direction))]).Value);
            return new Sweeps(
                [.. Sample.Bits(output.Value), .. Sample.Bits(tangent), .. Sample.Bits(gradient), .. _parameters.All.SelectMany(p => Sample.Bits(p.Gradient))],
                linearised,
                gradient,
                _parameters.All.ToDictionary(p => p.Name, p => _scope.Clone(p.Gradient)),
                held);
        }

        public void Dispose()
        {
            _normalisation?.Dispose();
            _parameters.Dispose();
            _scope.Dispose();
        }
    }
}
