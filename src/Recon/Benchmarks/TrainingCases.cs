using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The layer, Anderson's own cost around it, and whole training steps.</summary>
internal static class TrainingCases
{
    // No residual is below the tolerance, so that each solve takes all its iterations and steps can be compared.
    private const double NoTolerance = 1e-30;

    private const int ProfiledSteps = 5; // as many as the verb watches

    /// <summary>Name of the layer's case.</summary>
    public const string Layer = "layer f(z) 256x256, 32 coils, base 32";

    /// <summary>Name of the case of Anderson's own cost.</summary>
    public const string AndersonAlone = "Anderson alone, m = 5, 256x256, 20 iterations";

    /// <summary>The preset <c>tiny</c>, 10 iterations.</summary>
    public static TrainingConfig Small { get; } = TrainingConfig.FromPreset("tiny") with { Tolerance = NoTolerance, MaxIterations = 10 };

    /// <summary>256 × 256, 32 coils, base 32, 3 poolings, 20 iterations.</summary>
    public static TrainingConfig Full { get; } = Small with { Matrix = 256, Coils = 32, Base = 32, Poolings = 3, MaxIterations = 20 };

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All()
    {
        yield return new(Layer, LayerWork(Full), device => OneLayer(device, Full));
        yield return new(AndersonAlone, Full.MaxIterations * Work.Anderson(Full.AndersonMemory, (long)Full.Matrix * Full.Matrix), device => Anderson(device, Full));
        foreach (TrainingConfig config in new[] { Small, Full })
        {
            string size = $"{config.Matrix}x{config.Matrix}, {config.Coils} coils, base {config.Base}";
            yield return new($"IFDEQ step {size}, {config.MaxIterations} iterations", (config.MaxIterations + 3) * LayerWork(config), device => Step(device, config));
        }

        yield return new("5 IFDEQ steps 64x64, 4 coils, base 8, with a profile", ProfiledSteps * (Small.MaxIterations + 3) * LayerWork(Small), device => Watched(device, Small));

        TrainingConfig unrolled = Full with { Model = ModelKind.Modl };
        yield return new(
            $"MoDL-{unrolled.Unrolls} step {unrolled.Matrix}x{unrolled.Matrix}, {unrolled.Coils} coils, base {unrolled.Base}",
            3 * unrolled.Unrolls * LayerWork(unrolled),
            device => Step(device, unrolled));
    }

    // A gradient costs twice the forward pass, in the network as in the normal operator up to its image.
    private static WorkCount LayerWork(TrainingConfig config)
    {
        using EquilibriumModel model = ModelFactory.Create(config, Device.Cpu);
        return ModelWork.Unet(model.Unet, config.Matrix) + Work.Normal(config.Matrix, config.Matrix, config.Coils);
    }

    private static PreparedCase OneLayer(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(config, device);
        RadialEncoding encoding = BenchmarkInputs.Encoding(config, device);
        var batch = new SliceBatch([BenchmarkInputs.Slice(scope, encoding, config)], device);
        FixedPointProblem problem = model.Problem(batch.Normal, batch.B, batch.Start);
        Tensor fz = scope.Like(batch.B);
        return new PreparedCase(() => problem.Evaluate(batch.Start, fz), scope, encoding, model, batch);
    }

    /// <summary>Anderson around f(z) = d ⊙ z + b, 0 ≤ d &lt; 1: the map, two passes over an image, is part of the time.</summary>
    private static PreparedCase Anderson(Device device, TrainingConfig config)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        int side = config.Matrix;
        Tensor b = BenchmarkInputs.Random(scope, DType.Complex64, [1, side, side]);
        var diagonal = new Diagonal(scope.From<float>([side, side], [.. Enumerable.Range(0, side * side).Select(i => (float)(i / (double)(side * side)))]));
        var problem = new FixedPointProblem((tape, z) => tape.Add(tape.Apply(diagonal, z), tape.Input(b)), b);
        IFixedPointSolver solver = ModelFactory.Solver(config with { SolverLadder = false, AndersonRestart = 0 });
        return new PreparedCase(
            () =>
            {
                using var solution = new TensorScope(device, MemoryOwner.Solver);
                solver.Solve(problem, solution);
            },
            scope);
    }

    private static PreparedCase Step(Device device, TrainingConfig config)
    {
        // A ladder would follow solves that did not converge by further ones.
        TrainingConfig fixedWork = config with { SolverLadder = false };
        var scope = new TensorScope(device, MemoryOwner.Data);
        EquilibriumModel model = ModelFactory.Create(fixedWork, device);
        var adam = new Adam(model.Parameters, new(0, config.AdamBeta1, config.AdamBeta2, config.AdamEpsilon));
        RadialEncoding encoding = BenchmarkInputs.Encoding(config, device);
        var batch = new SliceBatch([BenchmarkInputs.Slice(scope, encoding, config)], device);
        var step = new TrainingStep(fixedWork, model, adam);
        return new PreparedCase(() => step.Run(batch), scope, encoding, model, adam, batch);
    }

    /// <summary>Steps of which a profile is taken, in turn with as many without.</summary>
    private static PreparedCase Watched(Device device, TrainingConfig config)
    {
        PreparedCase step = Step(device, config);
        void Steps()
        {
            for (int i = 0; i < ProfiledSteps; i++)
            {
                step.Run();
            }
        }

        return new PreparedCase(
            () =>
            {
                using var session = new ProfileSession(device);
                Steps();
            },
            step)
        {
            Against = Steps,
        };
    }

    private sealed class Diagonal(Tensor values) : ILinearOperator
    {
        public Shape Domain { get; } = values.Shape;

        public Shape Range => Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
        {
            using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
            Tensor target = mode == WriteMode.Overwrite ? y : work.Like(y);
            RealComplexMultiply.Run(values, x, target);
            if (mode == WriteMode.Add)
            {
                Add.Run(y, target, y);
            }
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
    }
}
