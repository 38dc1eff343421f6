using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The fixed point of a trained layer, started from the gridded image; the result is z** = f(z*).</summary>
/// <param name="model">The trained layer.</param>
/// <param name="config">Names the solver and its limits.</param>
public sealed class EquilibriumReconstructor(EquilibriumModel model, TrainingConfig config) : IReconstructor
{
    private readonly IFixedPointSolver _solver = ModelFactory.Solver(config);

    /// <inheritdoc/>
    public string Name { get; } = ModelFactory.Name(config);

    /// <inheritdoc/>
    public SliceSolve? Reconstruct(SliceProblem slice, Tensor image)
    {
        try
        {
            model.Normalisation?.Refresh();
            using var batch = new SliceBatch([slice], image.Device);
            using var workspace = new TensorScope(image.Device, MemoryOwner.Solver);
            var problem = new FixedPointProblem(model.Layer(batch.Normal, batch.B), batch.Start);
            FixedPointSolution solution = _solver.Solve(problem, workspace);
            problem.Evaluate(solution.Value, image.Reshape(batch.B.Shape));
            slice.MaskToSupport(image);
            return solution.Slices[0];
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw MemoryAdvice.For(failure, config, batch: 1);
        }
    }
}
