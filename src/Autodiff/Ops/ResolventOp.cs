using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// shifted:   y = (H + λ)⁻¹ r      q = (H + λ)⁻¹ ȳ:     r̄ += q      λ̄ −= ⟨q, y⟩       ẏ = (H + λ)⁻¹ (ṙ − λ̇ y)
// resolvent: y = (I + λH)⁻¹ r     q = (I + λH)⁻¹ ȳ:    r̄ += q      λ̄ −= ⟨q, H y⟩     ẏ = (I + λH)⁻¹ (ṙ − λ̇ H y)
// keeps: y and λ; H is self-adjoint, so both directions solve the same system · derivation: docs/derivations/layers.md

/// <summary>How far the systems of <see cref="ResolventOp"/> are solved.</summary>
/// <param name="Steps">Most conjugate-gradient steps of a solve.</param>
/// <param name="Tolerance">Relative residual at which a solve ends. Gradients are as exact as the solves.</param>
public sealed record ResolventOptions(int Steps, double Tolerance)
{
    /// <summary>As exact as a precision allows: some ten times its rounding.</summary>
    public static ResolventOptions For(DType dtype) => dtype.ToReal() == DType.Float64 ? new(1000, 1e-14) : new(50, 1e-6);
}

/// <summary>
/// Inverses of a self-adjoint positive operator with a learned shift, differentiated implicitly: no step of the solver
/// is on the tape [AGG19].
/// </summary>
public static class ResolventOp
{
    /// <summary>y = (H + λ I)⁻¹ r.</summary>
    /// <param name="tape">Tape of the variables.</param>
    /// <param name="normal">H, self-adjoint and positive semi-definite; must outlive the tape.</param>
    /// <param name="shift">λ &gt; 0, a real scalar of the precision of r.</param>
    /// <param name="r">The operator's domain, after any batch axes.</param>
    /// <param name="options">How far systems are solved.</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is not positive.</exception>
    public static Variable ShiftedSolve(this Tape tape, ILinearOperator normal, Variable shift, Variable r, ResolventOptions options) =>
        Apply(tape, new Inverse(normal, options, scalesOperator: false), shift, r);

    /// <summary>y = (I + λ H)⁻¹ r.</summary>
    /// <param name="tape">Tape of the variables.</param>
    /// <param name="normal">H, self-adjoint and positive semi-definite; must outlive the tape.</param>
    /// <param name="factor">λ &gt; 0, a real scalar of the precision of r.</param>
    /// <param name="r">The operator's domain, after any batch axes.</param>
    /// <param name="options">How far systems are solved.</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is not positive.</exception>
    public static Variable Resolvent(this Tape tape, ILinearOperator normal, Variable factor, Variable r, ResolventOptions options) =>
        Apply(tape, new Inverse(normal, options, scalesOperator: true), factor, r);

    private static Variable Apply(Tape tape, Inverse inverse, Variable scalar, Variable r)
    {
        double value = scalar.Value.Item();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
        Tensor y = tape.Values.Like(r.Value);
        inverse.Solve(value, r.Value, y);
        Variable output = null!; // its tangent is written with it
        output = tape.Record(
            y,
            [scalar, r],
            (yBar, into) =>
            {
                using TensorScope scope = into.Workspace();
                Tensor q = scope.Like(yBar);
                inverse.Solve(value, yBar, q);
                if (into.Wants(r))
                {
                    (Tensor rBar, WriteMode mode) = into.Of(r);
                    Scale.Run(1, q, rBar, mode);
                }

                if (into.Wants(scalar))
                {
                    (Tensor scalarBar, WriteMode mode) = into.Of(scalar);
                    AccumulateScalar.Run(-Reduce.Dot(q, inverse.Derivative(output.Value, scope)), scalarBar, mode);
                }
            },
            (from, yDot) =>
            {
                using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
                Tensor right = from[r] is { } rDot ? scope.Clone(rDot) : scope.Zeros(yDot.DType, yDot.Shape);
                if (from[scalar] is { } scalarDot)
                {
                    Scale.Run(-scalarDot.Item(), inverse.Derivative(output.Value, scope), right, WriteMode.Add);
                }

                inverse.Solve(value, right, yDot);
            },
            from => Apply(tape, inverse, scalar, from.Sum(
                r, rDot => rDot, scalar, scalarDot => tape.Scale(-1, tape.ScaleBy(scalarDot, inverse.Derivative(tape, output))))));
        return output;
    }

    /// <summary>M⁻¹ with M = H + λ, or M = I + λ H = λ (H + 1/λ).</summary>
    private sealed class Inverse(ILinearOperator normal, ResolventOptions options, bool scalesOperator)
    {
        public void Solve(double scalar, Tensor r, Tensor y)
        {
            y.Clear();
            if (!scalesOperator)
            {
                ConjugateGradient.Solve(normal, scalar, r, y, options.Steps, options.Tolerance);
                return;
            }

            using var scope = new TensorScope(r.Device, MemoryOwner.Workspace);
            Tensor divided = scope.Like(r);
            Scale.Run(1 / scalar, r, divided);
            ConjugateGradient.Solve(normal, 1 / scalar, divided, y, options.Steps, options.Tolerance);
        }

        /// <summary>(∂M/∂λ) y on a tape.</summary>
        public Variable Derivative(Tape tape, Variable y) => scalesOperator ? tape.Apply(normal, y) : y;

        /// <summary>(∂M/∂λ) y: y itself, or H y.</summary>
        public Tensor Derivative(Tensor y, TensorScope scope)
        {
            if (!scalesOperator)
            {
                return y;
            }

            Tensor result = scope.Like(y);
            normal.Forward(y, result);
            return result;
        }
    }
}
