using Stardeq.Engine;

namespace Stardeq.Kernels;

// gmres: min ‖rhs − A x‖ over x₀ + span{r₀, A r₀, ...}, A any linear map on the real view of the arrays
// used by: Autodiff/Implicit/Adjoints/Implicit.cs · spec: tests/Kernels/Linalg/GmresTests.cs

/// <summary>How GMRES ended for one slice.</summary>
/// <param name="Status">Converged by the recurrence's residual, or why not.</param>
/// <param name="RelativeResidual">‖rhs − A x‖ / ‖rhs‖ by the recurrence.</param>
/// <param name="Steps">Applications of A that the slice made use of.</param>
public readonly record struct GmresSlice(LinearSolveStatus Status, double RelativeResidual, int Steps);

/// <summary>
/// Restarted GMRES [SAA86] for several independent systems A_s x_s = rhs_s, the slices of the first axis, whose maps are
/// applied together. Products and the small least-squares problems are in double precision; the basis is orthogonalised by
/// modified Gram-Schmidt. The residual never grows within a cycle.
/// </summary>
public static class Gmres
{
    /// <summary>Improves x.</summary>
    /// <param name="apply">Writes A v into its second argument; must treat slices independently.</param>
    /// <param name="rhs">[slices, ...] of any floating-point type.</param>
    /// <param name="x">Like <paramref name="rhs"/>. Start in, solution out.</param>
    /// <param name="startIsZero">True if x is all zero: saves an application.</param>
    /// <param name="memory">Basis vectors of a cycle, at least 1; each costs one array like rhs.</param>
    /// <param name="maxSteps">Most applications of A.</param>
    /// <param name="tolerance">A slice ends at this relative residual.</param>
    /// <returns>One record per slice.</returns>
    public static GmresSlice[] Solve(Action<Tensor, Tensor> apply, Tensor rhs, Tensor x, bool startIsZero, int memory, int maxSteps, double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(memory, 1);
        Operands.RequireLike("gmres", nameof(x), x, rhs);
        using var scope = new TensorScope(rhs.Device, MemoryOwner.Solver);
        int cycle = Math.Min(memory, Math.Max(1, maxSteps));
        Tensor basis = scope.New(rhs.DType, Shape.Create([cycle + 1]).Concat(rhs.Shape));
        Slice[] slices = [.. Enumerable.Range(0, rhs.Shape[0]).Select(s => new Slice(s, basis, rhs.Slice(s), x.Slice(s), cycle, tolerance))];
        int steps = 0;
        bool isZero = startIsZero;
        while (slices.Any(slice => slice.IsRunning) && steps < maxSteps)
        {
            if (isZero)
            {
                basis.Slice(0).CopyFrom(rhs);
            }
            else
            {
                apply(x, basis.Slice(0));
                steps++;
                Subtract.Run(rhs, basis.Slice(0), basis.Slice(0));
            }

            isZero = false;
            foreach (Slice slice in slices)
            {
                slice.BeginCycle();
            }

            for (int column = 0; column < cycle && steps < maxSteps && slices.Any(slice => slice.IsInCycle); column++, steps++)
            {
                apply(basis.Slice(column), basis.Slice(column + 1));
                foreach (Slice slice in slices)
                {
                    slice.Extend(column);
                }
            }

            foreach (Slice slice in slices)
            {
                slice.EndCycle();
            }
        }

        return [.. slices.Select(slice => slice.Record)];
    }

    private sealed class Slice(int index, Tensor basis, Tensor rhs, Tensor x, int cycle, double tolerance)
    {
        private readonly double[,] _r = new double[cycle + 1, cycle]; // Hessenberg matrix, rotated to a triangle column by column
        private readonly double[] _cosines = new double[cycle], _sines = new double[cycle], _right = new double[cycle + 1];
        private readonly double _size = Math.Sqrt(Reduce.SumOfSquares(rhs));
        private int _columns, _steps;
        private double _residual;
        private LinearSolveStatus _status = LinearSolveStatus.IterationLimit;

        public bool IsRunning => _status == LinearSolveStatus.IterationLimit;

        public bool IsInCycle { get; private set; }

        public GmresSlice Record => new(_status, _size == 0 ? 0 : _residual / _size, _steps);

        /// <summary>Takes the residual that stands in the first basis vector.</summary>
        public void BeginCycle()
        {
            _columns = 0;
            _residual = Math.Sqrt(Reduce.SumOfSquares(Basis(0)));
            IsInCycle = IsRunning && !Judge();
            Array.Clear(_right);
            _right[0] = _residual;
            if (IsInCycle)
            {
                Scale.Run(1 / _residual, Basis(0), Basis(0));
            }
            else
            {
                Basis(0).Clear(); // a slice that has ended rides along as zero
            }
        }

        /// <summary>Takes A v, v the basis vector of the column, into the basis.</summary>
        public void Extend(int column)
        {
            Tensor next = Basis(column + 1);
            if (!IsInCycle)
            {
                next.Clear();
                return;
            }

            _steps++;
            for (int row = 0; row <= column; row++)
            {
                double product = Reduce.Dot(Basis(row), next);
                _r[row, column] = product;
                Scale.Run(-product, Basis(row), next, WriteMode.Add);
            }

            double below = Math.Sqrt(Reduce.SumOfSquares(next));
            Rotate(column, below);
            _columns = column + 1;
            _residual = Math.Abs(_right[column + 1]);

            // Where A v lies in the basis already the solution does too, and the residual has become rounding.
            IsInCycle = !Judge() && below > 0;
            if (IsInCycle)
            {
                Scale.Run(1 / below, next, next);
            }
            else
            {
                next.Clear();
            }
        }

        /// <summary>x += Σ y_i v_i with the y of least residual.</summary>
        public void EndCycle()
        {
            IsInCycle = false;
            double[] y = new double[_columns];
            for (int row = _columns - 1; row >= 0; row--)
            {
                double sum = _right[row];
                for (int column = row + 1; column < _columns; column++)
                {
                    sum -= _r[row, column] * y[column];
                }

                y[row] = _r[row, row] == 0 ? 0 : sum / _r[row, row];
                Scale.Run(y[row], Basis(row), x, WriteMode.Add);
            }
        }

        private Tensor Basis(int column) => basis.Slice(column).Slice(index);

        private void Rotate(int column, double below)
        {
            for (int row = 0; row < column; row++)
            {
                (_r[row, column], _r[row + 1, column]) = (
                    (_cosines[row] * _r[row, column]) + (_sines[row] * _r[row + 1, column]),
                    (_cosines[row] * _r[row + 1, column]) - (_sines[row] * _r[row, column]));
            }

            double length = Math.Sqrt((_r[column, column] * _r[column, column]) + (below * below));
            (_cosines[column], _sines[column]) = length == 0 ? (1, 0) : (_r[column, column] / length, below / length);
            _r[column, column] = length;
            (_right[column], _right[column + 1]) = (_cosines[column] * _right[column], -_sines[column] * _right[column]);
        }

        private bool Judge()
        {
            if (!double.IsFinite(_residual))
            {
                _status = LinearSolveStatus.NotFinite;
            }
            else if (_residual <= tolerance * _size)
            {
                _status = LinearSolveStatus.Converged;
            }

            return !IsRunning;
        }
    }
}
