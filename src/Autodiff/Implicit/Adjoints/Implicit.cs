using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>How (I − Jᵀ) u = g is solved.</summary>
public enum AdjointMethod
{
    /// <summary>Restarted GMRES: the smallest residual that the sweeps allow.</summary>
    Gmres,

    /// <summary>Anderson acceleration of u ← g + Jᵀu.</summary>
    Anderson,

    /// <summary>Plain iteration u ← g + Jᵀu, the Neumann series until its residual is small.</summary>
    Neumann,
}

/// <summary>
/// The exact implicit gradient [BAI19]: u = (I − Jᵀ)⁻¹ g, solved on the one tape that holds f at z*. Sweeps for the input
/// alone run no weight-gradient kernel; the last sweep adds all gradients and measures the true residual on its way.
/// </summary>
public sealed record Implicit : IEquilibriumAdjoint
{
    /// <summary>How the equation is solved.</summary>
    public AdjointMethod Method { get; init; } = AdjointMethod.Gmres;

    /// <summary>Relative residual ‖g + Jᵀu − u‖ at which a slice ends: relative to ‖g‖ with GMRES, to ‖g + Jᵀu‖ otherwise; so is <see cref="GiveUpAbove"/>.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Most sweeps for the input alone.</summary>
    public int MaxSweeps { get; init; } = 40;

    /// <summary>Relative residual above which an equation that ran out of sweeps is given up and u = g taken instead. Far from a
    /// solution u can be long and point anywhere: where I − Jᵀ is nearly singular that is how a training explodes.</summary>
    public double GiveUpAbove { get; init; } = double.PositiveInfinity;

    /// <summary>Basis vectors of GMRES, pairs of Anderson: images of memory, two of them per pair.</summary>
    public int Memory { get; init; } = 10;

    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution) => new JacobianFree().Attach(tape, map, solution);

    /// <inheritdoc/>
    public AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into)
    {
        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        int slices = lossGradient.Shape[0];
        bool[] wanted = [.. Enumerable.Range(0, slices).Select(s => point.IsSolved?[s] ?? true)];
        Tensor rhs = scope.Clone(lossGradient);
        for (int s = 0; s < slices; s++)
        {
            if (!wanted[s])
            {
                rhs.Slice(s).Clear(); // its equation becomes 0 = 0
            }
        }

        (Tensor state, (int Sweeps, double Residual)[] ends) = wanted.Contains(true) ? Solve(tape, point, rhs, into) : (into.Like(rhs), new (int, double)[slices]);
        bool[] fellBack = [.. Enumerable.Range(0, slices).Select(s => !wanted[s] || ends[s].Residual > GiveUpAbove || !Reduce.AllFinite(state.Slice(s)))];
        for (int s = 0; s < slices; s++)
        {
            if (fellBack[s])
            {
                state.Slice(s).CopyFrom(lossGradient.Slice(s));
            }
        }

        Tensor product = scope.Zeros(state.DType, state.Shape);
        point.LastSweep(tape, state, targets.With(point.Input, product));
        return new AdjointSolution(state, [.. Enumerable.Range(0, slices).Select(s => Judge(state.Slice(s), product.Slice(s), lossGradient.Slice(s), ends[s].Sweeps, fellBack[s]))]);
    }

    private (Tensor State, (int Sweeps, double Residual)[] Ends) Solve(Tape tape, EquilibriumPoint point, Tensor rhs, TensorScope into)
    {
        void Transposed(Tensor v, Tensor result)
        {
            result.Clear();
            tape.Backward(point.Output, v, new GradientTargets().Add(point.Input, result));
        }

        if (Method == AdjointMethod.Gmres)
        {
            Tensor state = point.AdjointStart is { } start ? into.Clone(start) : into.Zeros(rhs.DType, rhs.Shape);
            GmresSlice[] records = Gmres.Solve(
                (v, result) =>
                {
                    Transposed(v, result);
                    Subtract.Run(v, result, result);
                },
                rhs, state, startIsZero: point.AdjointStart is null, Memory, MaxSweeps, Tolerance);
            return (state, [.. records.Select(record => (record.Steps, record.RelativeResidual))]);
        }

        IFixedPointSolver solver = Method == AdjointMethod.Anderson
            ? new Anderson { Memory = Memory, Tolerance = Tolerance, MaxEvaluations = MaxSweeps }
            : new Picard(Tolerance, MaxSweeps);
        var problem = new FixedPointProblem(
            (inner, u) =>
            {
                Tensor next = inner.Values.Clone(rhs);
                tape.Backward(point.Output, u.Value, new GradientTargets().Add(point.Input, next));
                return inner.Input(next);
            },
            point.AdjointStart ?? rhs)
        { CanCapture = false };
        FixedPointSolution solution = solver.Solve(problem, into);
        return (solution.Value, [.. solution.Slices.Select(slice => (slice.Evaluations, slice.BestResidual))]);
    }

    private SliceAdjoint Judge(Tensor u, Tensor product, Tensor g, int sweeps, bool fellBack)
    {
        using var scope = new TensorScope(u.Device, MemoryOwner.Workspace);
        Tensor residual = scope.Like(u);
        LinearCombination.Run([1, 1, -1], [g, product, u], residual);
        double size = Math.Sqrt(Reduce.SumOfSquares(g)), relative = size == 0 ? 0 : Math.Sqrt(Reduce.SumOfSquares(residual)) / size;

        // The recurrence of GMRES and the stop of the others err by rounding and by the norm that they divide by; a
        // factor of ten on the true residual tells a solved equation from one that ran out of sweeps.
        AdjointStatus status = fellBack ? AdjointStatus.FellBack : relative <= 10 * Tolerance ? AdjointStatus.Solved : AdjointStatus.Stalled;
        return new SliceAdjoint(status, sweeps, relative);
    }
}
