using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Which product with the Jacobian a probe enters; both have the same mean.</summary>
public enum ProbeSide
{
    /// <summary>J v: one linearised pass.</summary>
    Right,

    /// <summary>Jᵀv: one reverse sweep more; the form of the reference codes [BAI21].</summary>
    Left,
}

/// <summary>
/// ‖J‖²_F / d by Hutchinson's estimate [HUT90]: the mean over probes v of ‖J v‖²/d or ‖Jᵀv‖²/d, d the real numbers of a
/// slice. Without differentiating a gradient: the tangent is written on the tape and swept.
/// </summary>
/// <param name="Probes">Number of probes, at least 1.</param>
/// <param name="Kind">What they are drawn from.</param>
/// <param name="Side">Where they enter.</param>
public sealed record FrobeniusPenalty(int Probes = 1, ProbeKind Kind = ProbeKind.Gaussian, ProbeSide Side = ProbeSide.Right) : IJacobianPenalty
{
    /// <inheritdoc/>
    public double AddGradient(Tape tape, Variable input, Variable output, double weight, GradientTargets targets, CounterRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Probes, 1);
        using var scope = new TensorScope(tape.Device, MemoryOwner.Workspace);
        Tensor probe = scope.Like(Side == ProbeSide.Right ? input.Value : output.Value);
        double sum = 0;
        for (int i = 0; i < Probes; i++)
        {
            Draw(probe, random.Stream(i));
            sum += AddGradient(tape, input, output, probe, weight / Probes, targets);
        }

        return sum / Probes;
    }

    /// <summary>The term of one given probe: ‖J v‖²/d or ‖Jᵀv‖²/d.</summary>
    /// <param name="tape">Tape of the map.</param>
    /// <param name="input">Where it starts.</param>
    /// <param name="output">Where it ends.</param>
    /// <param name="probe">v, like the input of the product.</param>
    /// <param name="weight">Factor of the gradient.</param>
    /// <param name="targets">Parameters whose gradient is wanted.</param>
    public double AddGradient(Tape tape, Variable input, Variable output, Tensor probe, double weight, GradientTargets targets)
    {
        double reals = input.Value.AsReal().Count;
        using var scope = new TensorScope(tape.Device, MemoryOwner.Workspace);
        Tensor cotangent = scope.Like(output.Value);
        if (Side == ProbeSide.Right)
        {
            Variable product = tape.Linearise(output, [(input, tape.Input(probe))]);
            Scale.Run(2 * weight / reals, product.Value, cotangent);
            tape.Backward(product, cotangent, targets);
            return Reduce.SumOfSquares(product.Value) / reals;
        }

        // d‖Jᵀv‖² = 2 ⟨v, dJ w⟩ with w = Jᵀv held: the tangent along w, swept with v.
        Tensor w = scope.Zeros(input.Value.DType, input.Value.Shape);
        tape.Backward(output, probe, new GradientTargets().Add(input, w));
        Scale.Run(2 * weight / reals, probe, cotangent);
        tape.Backward(tape.Linearise(output, [(input, tape.Input(w))]), cotangent, targets);
        return Reduce.SumOfSquares(w) / reals;
    }

    private void Draw(Tensor probe, CounterRandom random)
    {
        if (Kind == ProbeKind.Gaussian)
        {
            RandomFill.Normal(probe, random);
        }
        else
        {
            RandomFill.Sign(probe, random);
        }
    }
}
