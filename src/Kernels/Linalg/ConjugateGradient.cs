using Stardeq.Engine;

namespace Stardeq.Kernels;

// conjugate gradients: (H + shift I) x = rhs
// spec: tests/Kernels/Linalg/ConjugateGradientTests.cs

/// <summary>How an iterative solve ended.</summary>
public enum LinearSolveStatus
{
    /// <summary>The relative residual reached the tolerance.</summary>
    Converged,

    /// <summary>The iterations were used up.</summary>
    IterationLimit,

    /// <summary>A direction had no positive curvature: the operator is not positive definite, or rounding has taken over.</summary>
    Breakdown,

    /// <summary>A value was not finite.</summary>
    NotFinite,
}

/// <summary>Result of <see cref="ConjugateGradient.Solve"/>.</summary>
/// <param name="Iterations">Steps taken by the slowest slice.</param>
/// <param name="RelativeResidual">Largest |rhs - (H + shift) x| / |rhs| over the slices, by the recurrence.</param>
/// <param name="Status">The worst status over the slices.</param>
public readonly record struct ConjugateGradientResult(int Iterations, double RelativeResidual, LinearSolveStatus Status);

/// <summary>Conjugate gradients for (H + shift I) x = rhs, H self-adjoint and positive semi-definite.</summary>
/// <remarks>[HES52]. Products are accumulated in double. Leading batch axes beyond the operator's domain are slices with
/// steps and stopping of their own, so no slice influences another; a finished slice keeps its solution.</remarks>
public static partial class ConjugateGradient
{
    /// <summary>Improves x by conjugate-gradient steps.</summary>
    /// <param name="normal">H; its domain is one slice.</param>
    /// <param name="shift">Added to the diagonal, ≥ 0.</param>
    /// <param name="rhs">Right-hand side: the operator's domain, after any leading batch axes.</param>
    /// <param name="x">Like <paramref name="rhs"/>. Start in, solution out.</param>
    /// <param name="iterations">Largest number of steps.</param>
    /// <param name="relativeTolerance">A slice stops when |r| ≤ this times |rhs|; 0 uses all steps.</param>
    /// <exception cref="ShapeException">Shapes or types differ.</exception>
    public static ConjugateGradientResult Solve(ILinearOperator normal, double shift, Tensor rhs, Tensor x, int iterations, double relativeTolerance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(iterations);
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        OperatorShapes.Batch("conjugate gradient", rhs, normal.Domain, x, normal.Domain);
        using var scope = new TensorScope(x.Device, MemoryOwner.Solver);
        Tensor r = scope.Like(x), p = scope.Like(x), q = scope.Like(x);
        Apply(normal, shift, x, q);
        Subtract.Run(rhs, q, r);
        p.CopyFrom(r);
        if (x.Device is CudaDevice cuda)
        {
            return SolveCuda(cuda, normal, shift, rhs, x, r, p, q, iterations, relativeTolerance);
        }

        Slice[] slices = Slices(normal.Domain, rhs, x, r, p, q, relativeTolerance);
        int taken = 0;
        while (taken < iterations && slices.Any(slice => slice.Running))
        {
            taken++;
            Apply(normal, shift, p, q);
            foreach (Slice slice in slices.Where(slice => slice.Running))
            {
                slice.Step();
            }
        }

        return new ConjugateGradientResult(taken, slices.Max(slice => slice.RelativeResidual), slices.Max(slice => slice.Status));
    }

    private static void Apply(ILinearOperator normal, double shift, Tensor x, Tensor y)
    {
        normal.Forward(x, y);
        if (shift != 0)
        {
            Scale.Run(shift, x, y, WriteMode.Add);
        }
    }

    private static Slice[] Slices(Shape domain, Tensor rhs, Tensor x, Tensor r, Tensor p, Tensor q, double tolerance)
    {
        Shape flat = Shape.Create([(int)(x.Count / Math.Max(1, domain.Count))]).Concat(domain);
        var slices = new Slice[flat[0]];
        for (int i = 0; i < slices.Length; i++)
        {
            Tensor Part(Tensor all) => all.Reshape(flat).Slice(i);
            slices[i] = new Slice(Part(rhs), Part(x), Part(r), Part(p), Part(q), tolerance);
        }

        return slices;
    }

    private sealed class Slice
    {
        private readonly Tensor _x, _r, _p, _q;
        private readonly double _size, _tolerance;
        private double _square;

        public Slice(Tensor rhs, Tensor x, Tensor r, Tensor p, Tensor q, double tolerance)
        {
            (_x, _r, _p, _q, _tolerance) = (x, r, p, q, tolerance);
            _size = Math.Sqrt(Reduce.SumOfSquares(rhs));
            _square = Reduce.SumOfSquares(r);
            Judge();
        }

        public bool Running { get; private set; } = true;

        public LinearSolveStatus Status { get; private set; } = LinearSolveStatus.IterationLimit;

        public double RelativeResidual => _square == 0 ? 0 : Math.Sqrt(_square) / _size;

        public void Step()
        {
            double curvature = Reduce.Dot(_p, _q);
            if (!(curvature > 0))
            {
                (Running, Status) = (false, double.IsFinite(curvature) ? LinearSolveStatus.Breakdown : LinearSolveStatus.NotFinite);
                return;
            }

            double step = _square / curvature, previous = _square;
            Scale.Run(step, _p, _x, WriteMode.Add);
            Scale.Run(-step, _q, _r, WriteMode.Add);
            _square = Reduce.SumOfSquares(_r);
            Scale.Run(_square / previous, _p, _p);
            Scale.Run(1, _r, _p, WriteMode.Add);
            Judge();
        }

        private void Judge()
        {
            if (!double.IsFinite(_square))
            {
                (Running, Status) = (false, LinearSolveStatus.NotFinite);
            }
            else if (_square == 0 || Math.Sqrt(_square) <= _tolerance * _size)
            {
                (Running, Status) = (false, LinearSolveStatus.Converged);
            }
        }
    }
}
