using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// Measures a map at a point where a solver stopped, by sweeps of one tape: how strongly it contracts there, and how far the
/// fixed point is. Derivation: docs/derivations/certificates.md.
/// </summary>
public sealed record SolutionProbe
{
    /// <summary>Most steps of Lanczos on JᵀJ for ‖J‖; each is a forward and a reverse sweep.</summary>
    public int NormSteps { get; init; } = 10;

    /// <summary>Relative change of ‖J‖² at which Lanczos ends earlier.</summary>
    public double NormTolerance { get; init; } = 1e-3;

    /// <summary>Steps of Arnoldi on J for the spectral radius; each is a forward sweep, and keeps an array like z.</summary>
    public int RadiusSteps { get; init; } = 30;

    /// <summary>Most steps of GMRES on (I − J) d = f(z) − z; each is a forward sweep, and keeps an array like z.</summary>
    public int DistanceSteps { get; init; } = 30;

    /// <summary>Relative residual at which that equation counts as solved. A distance needs two digits.</summary>
    public double DistanceTolerance { get; init; } = 1e-2;

    /// <summary>Measures.</summary>
    /// <param name="map">f.</param>
    /// <param name="z">[1, ...]: what the solver returned.</param>
    /// <param name="random">Draws of the first vector; the same draws give the same bits.</param>
    /// <exception cref="ShapeException">There are several slices: vectors of one would hide those of another.</exception>
    public SolutionEstimate Measure(FixedPointMap map, Tensor z, CounterRandom random)
    {
        if (z.Shape.Rank == 0 || z.Shape[0] != 1)
        {
            throw new ShapeException($"solution probe: z is {z.Describe()}; one slice, [1, ...], was expected. Probe slices one by one.");
        }

        using var tape = Tape.Recording(z.Device);
        using var scope = new TensorScope(z.Device, MemoryOwner.Solver);
        Variable input = tape.Input(z), output = map(tape, input);
        Tensor residual = scope.Like(z);
        Subtract.Run(output.Value, z, residual);
        double step = Norm(residual), size = Norm(output.Value);
        if (!double.IsFinite(step) || !double.IsFinite(size))
        {
            return new SolutionEstimate(step, size, double.NaN, double.NaN, double.NaN, IsDistanceSolved: false, Sweeps: 1);
        }

        var jacobian = new RecordedJacobian(tape, input, output);
        Tensor start = scope.Like(z);
        RandomFill.Normal(start, random);
        double norm = Math.Sqrt(Math.Max(0, Lanczos.LargestEigenvalue(new GramOperator(jacobian), start, NormSteps, NormTolerance).Value));

        // What a solver could not remove lies where J is largest: the residual shows the rim of the spectrum first. The random
        // part sees to the directions that it lacks.
        Scale.Run(1 / Norm(start), start, start);
        if (step > 0)
        {
            Scale.Run(1 / step, residual, start, WriteMode.Add);
        }

        double radius = Arnoldi.SpectralRadius(jacobian, start, RadiusSteps);
        (double distance, bool isSolved) = Distance(jacobian, residual);
        return new SolutionEstimate(step, size, Math.Max(norm, radius), radius, distance, isSolved, 1 + jacobian.Sweeps);
    }

    /// <summary>‖J d‖ with (I − J) d = r: z* − z = d and z* − f(z) = d − r = J d, to first order.</summary>
    private (double Value, bool IsSolved) Distance(RecordedJacobian jacobian, Tensor residual)
    {
        using var scope = new TensorScope(residual.Device, MemoryOwner.Solver);
        Tensor d = scope.Zeros(residual.DType, residual.Shape);
        GmresSlice solve = Gmres.Solve(
            (v, result) =>
            {
                jacobian.Forward(v, result);
                Subtract.Run(v, result, result);
            },
            residual, d, startIsZero: true, DistanceSteps, DistanceSteps, DistanceTolerance)[0];
        Subtract.Run(d, residual, d);
        return (Norm(d), solve.Status == LinearSolveStatus.Converged);
    }

    private static double Norm(Tensor x) => Math.Sqrt(Reduce.SumOfSquares(x));

    /// <summary>JᵀJ.</summary>
    private sealed class GramOperator(RecordedJacobian jacobian) : ILinearOperator
    {
        public Shape Domain => jacobian.Domain;

        public Shape Range => jacobian.Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
        {
            using var scope = new TensorScope(x.Device, MemoryOwner.Solver);
            Tensor jx = scope.Like(x);
            jacobian.Forward(x, jx);
            jacobian.Adjoint(jx, y, mode);
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
    }
}
