using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Benchmarks;

/// <summary>Networks and whole training steps at the sizes of the presets.</summary>
internal static class ModelCases
{
    private const int Evaluations = 10; // of the layer in each solve, so that steps can be compared

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All(Device device)
    {
        foreach (string preset in new[] { "tiny", "small" })
        {
            TrainingConfig config = TrainingConfig.FromPreset(preset) with { Tolerance = 1e-30, MaxIterations = Evaluations };
            string size = $"{preset}, {config.Matrix}x{config.Matrix}, base {config.Base}, {config.Poolings} poolings";
            yield return new($"U-Net {size}: forward", 0, "", () => Forward(device, config));
            yield return new($"U-Net {size}: with backward", 0, "", () => Backward(device, config));
            yield return new($"IFDEQ step {preset}, {config.Coils} coils, {Evaluations} iterations", 0, "", () => Step(device, config));
        }
    }

    private static PreparedCase Forward(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        Tensor x = Inputs.Random(scope, DType.Float32, [1, 2, config.Matrix, config.Matrix]);
        return new PreparedCase(
            () =>
            {
                using var tape = Tape.Forgetful(device);
                model.Unet.Apply(tape, tape.Input(x));
            },
            scope,
            model);
    }

    private static PreparedCase Backward(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        Tensor x = Inputs.Random(scope, DType.Float32, [1, 2, config.Matrix, config.Matrix]), seed = Inputs.Random(scope, DType.Float32, x.Shape);
        return new PreparedCase(
            () =>
            {
                using var tape = Tape.Recording(device);
                Variable y = model.Unet.Apply(tape, tape.Input(x));
                model.Parameters.ClearGradients();
                tape.Backward(y, seed, new GradientTargets().Add(tape, model.Parameters.All.Where(p => p.Name != EquilibriumModel.StepSizeName)));
            },
            scope,
            model);
    }

    private static PreparedCase Step(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        var adam = new Adam(model.Parameters, new(0, config.AdamBeta1, config.AdamBeta2, config.AdamEpsilon));
        (RadialEncoding encoding, SliceProblem slice) = Problem(scope, config);
        var batch = new SliceBatch([slice], device);
        var step = new TrainingStep(config, model, adam);
        return new PreparedCase(() => step.Run(batch), scope, encoding, model, adam, batch);
    }

    /// <summary>Radial sampling as in training, random images, maps of equal magnitude: the time does not depend on them.</summary>
    private static (RadialEncoding Encoding, SliceProblem Slice) Problem(TensorScope scope, TrainingConfig config)
    {
        int n = config.Matrix, spokes = (int)Math.Ceiling(Math.PI / 2 * n);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, spokes);
        var encoding = new RadialEncoding(
            SpokeGeometry.Radial(angles, RadialTrajectory.ReadoutPositions(2 * n)),
            SpokeSubset.Select(config.TrainPattern, angles, config.Acceleration),
            n,
            n,
            SliceLoader.Settings(config),
            scope.Device);
        var map = new Complex64((float)(1 / Math.Sqrt(config.Coils)), 0);
        Tensor maps = scope.From<Complex64>([config.Coils, n, n], [.. Enumerable.Repeat(map, config.Coils * n * n)]);
        return (encoding, new SliceProblem
        {
            Subject = "random",
            Maps = maps,
            Support = scope.From<float>([n, n], [.. Enumerable.Repeat(1f, n * n)]),
            Spectrum = encoding.Spectrum,
            B = Inputs.Random(scope, DType.Complex64, [n, n]),
            Target = Inputs.Random(scope, DType.Complex64, [n, n]),
            Scale = 1,
            AreaScale = encoding.AreaScale,
        });
    }
}
