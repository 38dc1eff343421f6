using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Convolutions at the levels of a U-Net, and U-Nets.</summary>
internal static class ConvolutionCases
{
    private static readonly (int Channels, int Side)[] s_upward = [(256, 32), (128, 64), (64, 128)];

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All()
    {
        foreach ((int channels, int side) in new[] { (32, 256), (64, 128), (128, 64), (256, 32) })
        {
            string size = $"conv 3x3, {channels} ch {side}x{side}";
            WorkCount work = Work.Convolution(channels, channels, 3, (long)side * side);
            yield return new($"{size}: forward", work, device => Forward(device, channels, side)) { Scales = true };
            yield return new($"{size}: forward, gradients", 3 * work, device => Gradients(device, channels, side)) { Scales = true };
        }

        foreach ((int channels, int side) in s_upward)
        {
            string size = $"transposed conv 2x2, {channels} to {channels / 2} ch, {side}x{side} to {2 * side}x{2 * side}";
            WorkCount work = Work.Convolution(channels, 2 * channels, 1, (long)side * side);
            yield return new($"{size}: forward", work, device => UpwardForward(device, channels, side)) { Scales = true };
            yield return new($"{size}: forward, gradients", 3 * work, device => UpwardGradients(device, channels, side)) { Scales = true };
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

    private static PreparedCase Forward(Device device, int channels, int side)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = Operands(scope, channels, side);
        return new PreparedCase(() => Conv2d.Forward(x, w, null, y), scope);
    }

    private static PreparedCase Gradients(Device device, int channels, int side)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = Operands(scope, channels, side);
        Tensor seed = BenchmarkInputs.Random(scope, DType.Float32, y.Shape), dx = scope.Like(x), dw = scope.Like(w);
        return new PreparedCase(
            () =>
            {
                Conv2d.Forward(x, w, null, y);
                Conv2d.BackwardInput(seed, w, dx, WriteMode.Overwrite);
                Conv2d.BackwardWeight(x, seed, dw, WriteMode.Overwrite);
            },
            scope);
    }

    private static (Tensor X, Tensor W, Tensor Y) Operands(TensorScope scope, int channels, int side)
    {
        Tensor x = BenchmarkInputs.Random(scope, DType.Float32, [1, channels, side, side]);
        return (x, BenchmarkInputs.Random(scope, DType.Float32, [channels, channels, 3, 3]), scope.Like(x));
    }

    private static PreparedCase UpwardForward(Device device, int channels, int side)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = UpwardOperands(scope, channels, side);
        return new PreparedCase(() => ConvTranspose2d.Forward(x, w, null, y), scope);
    }

    private static PreparedCase UpwardGradients(Device device, int channels, int side)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        (Tensor x, Tensor w, Tensor y) = UpwardOperands(scope, channels, side);
        Tensor seed = BenchmarkInputs.Random(scope, DType.Float32, y.Shape), dx = scope.Like(x), dw = scope.Like(w);
        return new PreparedCase(
            () =>
            {
                ConvTranspose2d.Forward(x, w, null, y);
                ConvTranspose2d.BackwardInput(seed, w, dx, WriteMode.Overwrite);
                ConvTranspose2d.BackwardWeight(x, seed, dw, WriteMode.Overwrite);
            },
            scope);
    }

    private static (Tensor X, Tensor W, Tensor Y) UpwardOperands(TensorScope scope, int channels, int side)
    {
        Tensor x = BenchmarkInputs.Random(scope, DType.Float32, [1, channels, side, side]);
        return (x, BenchmarkInputs.Random(scope, DType.Float32, [channels, channels / 2, 2, 2]), scope.New(DType.Float32, [1, channels / 2, 2 * side, 2 * side]));
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
}
