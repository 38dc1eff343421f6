using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// How a model gets from b to an image: by the fixed point of its layer, by a fixed number of applications of the layer, or by
/// its network alone; and how the gradient comes back. Training and reconstruction both go through it.
/// </summary>
public sealed class ReconstructionScheme
{
    private readonly EquilibriumModel _model;
    private readonly bool _isNetworkAlone;

    private ReconstructionScheme(EquilibriumModel model, IFixedPointSolver? solver, IEquilibriumAdjoint adjoint, int applications, bool isNetworkAlone)
    {
        (_model, Solver, Adjoint, Applications, _isNetworkAlone) = (model, solver, adjoint, applications, isNetworkAlone);
    }

    /// <summary>Finds the fixed point; null where there is none to find.</summary>
    public IFixedPointSolver? Solver { get; }

    /// <summary>Puts the result on the tape and takes the gradient back.</summary>
    public IEquilibriumAdjoint Adjoint { get; }

    /// <summary>Applications of the map after the solve, or without one: the last one gives the image.</summary>
    public int Applications { get; }

    /// <summary>The fixed point of the layer, found by a solver; the image is one more application.</summary>
    public static ReconstructionScheme Equilibrium(EquilibriumModel model, IFixedPointSolver solver, IEquilibriumAdjoint adjoint) =>
        new(model, solver, adjoint, applications: 1, isNetworkAlone: false);

    /// <summary>A number of applications of the layer, all differentiated.</summary>
    /// <param name="model">The layer.</param>
    /// <param name="applications">Their number, at least 1.</param>
    /// <param name="recomputes">Keeps only the states between applications; see <see cref="CheckpointOp"/>.</param>
    public static ReconstructionScheme Unrolled(EquilibriumModel model, int applications, bool recomputes) =>
        new(model, null, new Unrolled(applications, recomputes ? model.Parameters.All : null), applications, isNetworkAlone: false);

    /// <summary>The denoiser, applied once.</summary>
    public static ReconstructionScheme Network(EquilibriumModel model) => new(model, null, new Unrolled(1), applications: 1, isNetworkAlone: true);

    /// <summary>The problem of a batch: the map that is applied, and where it starts.</summary>
    public FixedPointProblem Problem(SliceBatch batch) => _isNetworkAlone
        ? new FixedPointProblem(_model.Denoise, batch.Start)
        : _model.Problem(batch.Normal, batch.B, batch.Start);

    /// <summary>Solves a problem, where there is something to solve.</summary>
    /// <param name="problem">From <see cref="Problem"/>.</param>
    /// <param name="into">Owner of the value.</param>
    /// <returns>z* with a record per slice, or the start without any.</returns>
    public FixedPointSolution Solve(FixedPointProblem problem, TensorScope into) => Solver?.Solve(problem, into) ?? new FixedPointSolution(problem.Start, []);

    /// <summary>The image of a problem, without a tape.</summary>
    /// <param name="problem">From <see cref="Problem"/>.</param>
    /// <param name="image">[slices, rows, columns], replaced.</param>
    /// <returns>One record per slice; none where nothing is solved.</returns>
    public IReadOnlyList<SliceSolve> Run(FixedPointProblem problem, Tensor image)
    {
        using var scope = new TensorScope(image.Device, MemoryOwner.Solver);
        FixedPointSolution solution = Solve(problem, scope);
        Apply(problem, solution.Value, image);
        return solution.Slices;
    }

    /// <summary>The applications that follow a solve, or stand in its place.</summary>
    /// <param name="problem">From <see cref="Problem"/>.</param>
    /// <param name="solution">Value of <see cref="Solve"/>.</param>
    /// <param name="image">Like it, replaced.</param>
    public void Apply(FixedPointProblem problem, Tensor solution, Tensor image)
    {
        problem.Evaluate(solution, image);
        if (Applications > 1)
        {
            using var scope = new TensorScope(image.Device, MemoryOwner.Solver);
            Tensor state = scope.Like(image);
            for (int application = 1; application < Applications; application++)
            {
                state.CopyFrom(image);
                problem.Evaluate(state, image);
            }
        }
    }
}
