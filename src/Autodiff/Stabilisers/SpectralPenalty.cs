using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// max(0, σ − (1 − margin))² with σ = ‖J‖ of each slice, by power iteration on JᵀJ at the point. Where σ is below the
/// threshold there is neither penalty nor gradient.
/// </summary>
/// <param name="Iterations">Rounds of power iteration, at least 1; each is a forward and a reverse sweep. σ is approached
/// from below.</param>
/// <param name="Margin">How far below one σ is to stay.</param>
public sealed record SpectralPenalty(int Iterations = 10, double Margin = 0.05) : IJacobianPenalty
{
    /// <inheritdoc/>
    public double AddGradient(Tape tape, Variable input, Variable output, double weight, GradientTargets targets, CounterRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        using var scope = new TensorScope(tape.Device, MemoryOwner.Workspace);
        Tensor v = scope.Like(input.Value), jv = scope.Like(output.Value);
        RandomFill.Normal(v, random);
        Normalise(v);
        for (int round = 0; round < Iterations; round++)
        {
            tape.Tangent(output, [(input, v)], jv);
            v.Clear();
            tape.Backward(output, jv, new GradientTargets().Add(input, v));
            Normalise(v);
        }

        tape.Tangent(output, [(input, v)], jv);
        double[] norms = Norms(jv), excess = [.. norms.Select(sigma => Math.Max(0, sigma - (1 - Margin)))];
        int slices = norms.Length;
        if (excess.Any(e => e > 0))
        {
            // dσ = ⟨J v / σ, dJ v⟩: σ is stationary in its singular vectors.
            ScaleSlices(jv, excess.Select((e, s) => e > 0 ? 2 * weight * e / (slices * norms[s]) : 0));
            tape.Backward(tape.Linearise(output, [(input, tape.Input(tape.Values.Clone(v)))]), jv, targets);
        }

        return excess.Sum(e => e * e) / slices;
    }

    private static void Normalise(Tensor v) => ScaleSlices(v, Norms(v).Select(norm => norm > 0 ? 1 / norm : 0));

    private static double[] Norms(Tensor v) => [.. Enumerable.Range(0, v.Shape[0]).Select(s => Math.Sqrt(Reduce.SumOfSquares(v.Slice(s))))];

    private static void ScaleSlices(Tensor v, IEnumerable<double> factors)
    {
        int slice = 0;
        foreach (double factor in factors)
        {
            Tensor part = v.Slice(slice++);
            Scale.Run(factor, part, part);
        }
    }
}
