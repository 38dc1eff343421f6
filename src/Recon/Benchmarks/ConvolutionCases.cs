using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Convolutions at the levels of a U-Net, and U-Nets.</summary>
internal static class ConvolutionCases
{
    private static readonly IEnumerable<Layer> s_plain = new[] { (32, 256), (64, 128), (128, 64), (256, 32) }.Select(Plain);
    private static readonly IEnumerable<Layer> s_upward = new[] { (256, 32), (128, 64), (64, 128) }.Select(Upward);

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All()
    {
        foreach (Layer layer in s_plain.Concat(s_upward))
        {
            yield return new($"{layer.Name}: forward", layer.Work, device => Forward(device, layer)) { Scales = true };
            yield return new($"{layer.Name}: forward, gradients", 3 * layer.Work, device => Gradients(device, layer)) { Scales = true };
        }

        foreach (TrainingConfig config in new[] { TrainingCases.Small, TrainingCases.Full })
        {
            string size = $"U-Net {config.Matrix}x{config.Matrix}, base {config.Base}, {config.Poolings} poolings";
            yield return new($"{size}: forward", UnetWork(config), device => UnetForward(device, config));
            yield return new($"{size}: forward, gradients", 3 * UnetWork(config), device => UnetGradients(device, config with { Recompute = RecomputeKind.None }));
        }
    }

    private static WorkCount UnetWork(TrainingConfig config)
    {
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        return ModelWork.Unet(model.Unet, config.Matrix);
    }

    private static PreparedCase Forward(Device device, Layer layer)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = layer.Operands(scope);
        return new PreparedCase(() => layer.Forward(x, w, y), scope);
    }

    private static PreparedCase Gradients(Device device, Layer layer)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = layer.Operands(scope);
        Tensor seed = BenchmarkInputs.Random(scope, DType.Float32, y.Shape), dx = scope.Like(x), dw = scope.Like(w);
        return new PreparedCase(
            () =>
            {
                layer.Forward(x, w, y);
                layer.BackwardInput(seed, w, dx);
                layer.BackwardWeight(x, seed, dw);
            },
            scope);
    }

    private static PreparedCase UnetForward(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        Tensor x = BenchmarkInputs.Random(scope, DType.Float32, [1, 2, config.Matrix, config.Matrix]);
        return new PreparedCase(
            () =>
            {
                using var tape = Tape.Forgetful(device);
                model.Unet.Apply(tape, tape.Input(x));
            },
            scope,
            model);
    }

    private static PreparedCase UnetGradients(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        Tensor x = BenchmarkInputs.Random(scope, DType.Float32, [1, 2, config.Matrix, config.Matrix]);
        Tensor seed = BenchmarkInputs.Random(scope, DType.Float32, x.Shape);
        Parameter[] weights = [.. model.Parameters.All.Where(p => p.Name != EquilibriumModel.StepSizeName)];
        return new PreparedCase(
            () =>
            {
                using var tape = Tape.Recording(device);
                Variable y = model.Unet.Apply(tape, tape.Input(x));
                model.Parameters.ClearGradients();
                tape.Backward(y, seed, new GradientTargets().Add(tape, weights));
            },
            scope,
            model);
    }

    private static Layer Plain((int Channels, int Side) size)
    {
        (int channels, int side) = size;
        return new Layer($"conv 3x3, {channels} ch {side}x{side}", Work.Convolution(channels, channels, 3, (long)side * side))
        {
            Shapes = ([1, channels, side, side], [channels, channels, 3, 3], [1, channels, side, side]),
            Forward = (x, w, y) => Conv2d.Forward(x, w, null, y),
            BackwardInput = (yBar, w, xBar) => Conv2d.BackwardInput(yBar, w, xBar, WriteMode.Overwrite),
            BackwardWeight = (x, yBar, wBar) => Conv2d.BackwardWeight(x, yBar, wBar, WriteMode.Overwrite),
        };
    }

    private static Layer Upward((int Channels, int Side) size)
    {
        (int channels, int side) = size;
        return new Layer(
            $"transposed conv 2x2, {channels} to {channels / 2} ch, {side}x{side} to {2 * side}x{2 * side}", Work.Convolution(channels, 2 * channels, 1, (long)side * side))
        {
            Shapes = ([1, channels, side, side], [channels, channels / 2, 2, 2], [1, channels / 2, 2 * side, 2 * side]),
            Forward = (x, w, y) => ConvTranspose2d.Forward(x, w, null, y),
            BackwardInput = (yBar, w, xBar) => ConvTranspose2d.BackwardInput(yBar, w, xBar, WriteMode.Overwrite),
            BackwardWeight = (x, yBar, wBar) => ConvTranspose2d.BackwardWeight(x, yBar, wBar, WriteMode.Overwrite),
        };
    }

    /// <summary>A linear layer and its gradients.</summary>
    private sealed record Layer(string Name, WorkCount Work)
    {
        public required (Shape X, Shape W, Shape Y) Shapes { get; init; }

        public required Action<Tensor, Tensor, Tensor> Forward { get; init; }

        public required Action<Tensor, Tensor, Tensor> BackwardInput { get; init; }

        public required Action<Tensor, Tensor, Tensor> BackwardWeight { get; init; }

        public (Tensor X, Tensor W, Tensor Y) Operands(TensorScope scope) =>
            (BenchmarkInputs.Random(scope, DType.Float32, Shapes.X), BenchmarkInputs.Random(scope, DType.Float32, Shapes.W), scope.New(DType.Float32, Shapes.Y));
    }
}
