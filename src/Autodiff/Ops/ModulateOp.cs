using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

// multiply: y_c = s_c x             x̄ += Σ_c conj(s_c) ȳ_c      s̄_c += conj(x) ȳ_c        ẏ_c = s_c ẋ + ṡ_c x
// combine:  x = Σ_c conj(s_c) y_c   ȳ_c += s_c x̄               s̄_c += y_c conj(x̄)        ẋ = Σ_c conj(s_c) ẏ_c + conj(ṡ_c) y_c
// kernels: Kernels/Elementwise/Modulate.cs; both rules keep their two factors

/// <summary>Products of one image with a stack of complex modulations, and their adjoint, on a tape.</summary>
public static class ModulateOp
{
    /// <summary>y_c = s_c x.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="modulations">s, complex [C, rows, columns].</param>
    /// <param name="x">Complex [rows, columns].</param>
    /// <returns>[C, rows, columns].</returns>
    public static Variable Modulate(this Tape tape, Variable modulations, Variable x)
    {
        Tensor y = tape.Values.Like(modulations.Value);
        Kernels.Modulate.Forward(modulations.Value, x.Value, y, WriteMode.Overwrite);
        return tape.Record(
            y,
            [modulations, x],
            (yBar, into) =>
            {
                if (into.Wants(x))
                {
                    (Tensor xBar, WriteMode mode) = into.Of(x);
                    Kernels.Modulate.Adjoint(modulations.Value, yBar, xBar, mode);
                }

                if (into.Wants(modulations))
                {
                    (Tensor sBar, WriteMode mode) = into.Of(modulations);
                    Kernels.Modulate.ForwardConjugate(x.Value, yBar, sBar, mode);
                }
            },
            (from, yDot) =>
            {
                yDot.Clear();
                if (from[x] is { } xDot)
                {
                    Kernels.Modulate.Forward(modulations.Value, xDot, yDot, WriteMode.Add);
                }

                if (from[modulations] is { } sDot)
                {
                    Kernels.Modulate.Forward(sDot, x.Value, yDot, WriteMode.Add);
                }
            },
            from => from.Sum(x, xDot => tape.Modulate(modulations, xDot), modulations, sDot => tape.Modulate(sDot, x)),
            Reads.Inputs);
    }

    /// <summary>x = Σ_c conj(s_c) y_c.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="modulations">s, complex [C, rows, columns].</param>
    /// <param name="y">Complex [C, rows, columns].</param>
    /// <returns>[rows, columns].</returns>
    public static Variable Combine(this Tape tape, Variable modulations, Variable y)
    {
        Tensor x = tape.Values.New(y.Value.DType, y.Value.Shape[1..]);
        Kernels.Modulate.Adjoint(modulations.Value, y.Value, x, WriteMode.Overwrite);
        return tape.Record(
            x,
            [modulations, y],
            (xBar, into) =>
            {
                if (into.Wants(y))
                {
                    (Tensor yBar, WriteMode mode) = into.Of(y);
                    Kernels.Modulate.Forward(modulations.Value, xBar, yBar, mode);
                }

                if (into.Wants(modulations))
                {
                    (Tensor sBar, WriteMode mode) = into.Of(modulations);
                    Kernels.Modulate.ForwardConjugate(xBar, y.Value, sBar, mode);
                }
            },
            (from, xDot) =>
            {
                xDot.Clear();
                if (from[y] is { } yDot)
                {
                    Kernels.Modulate.Adjoint(modulations.Value, yDot, xDot, WriteMode.Add);
                }

                if (from[modulations] is { } sDot)
                {
                    Kernels.Modulate.Adjoint(sDot, y.Value, xDot, WriteMode.Add);
                }
            },
            from => from.Sum(y, yDot => tape.Combine(modulations, yDot), modulations, sDot => tape.Combine(sDot, y)),
            Reads.Inputs);
    }
}
