using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// The shortest Neumann series whose parameter gradient has at least a given cosine to the implicit one, as last measured on
/// a probe. Gradient-scale-invariant optimisers see the angle alone.
/// </summary>
public sealed class CheapestNeumann : IEquilibriumAdjoint
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Implicit _exact;
    private readonly double _cosine;
    private readonly int _maxTerms;

    /// <summary>An adjoint that takes the longest series until its first probe.</summary>
    /// <param name="parameters">Whose gradients are compared.</param>
    /// <param name="exact">The implicit gradient that is the measure.</param>
    /// <param name="cosine">Least cosine.</param>
    /// <param name="maxTerms">Terms that are taken if no shorter series will do.</param>
    public CheapestNeumann(IReadOnlyList<Parameter> parameters, Implicit exact, double cosine, int maxTerms)
    {
        (_parameters, _exact, _cosine, _maxTerms, Terms) = (parameters, exact, cosine, maxTerms, maxTerms);
    }

    /// <summary>Terms taken now. State of a training run.</summary>
    public int Terms { get; set; }

    /// <inheritdoc/>
    public EquilibriumPoint Attach(Tape tape, FixedPointMap map, Tensor solution) => new JacobianFree().Attach(tape, map, solution);

    /// <inheritdoc/>
    public AdjointSolution Backward(Tape tape, EquilibriumPoint point, Tensor lossGradient, GradientTargets targets, TensorScope into) =>
        new Neumann(Terms).Backward(tape, point, lossGradient, targets, into);

    /// <summary>Measures the cosine of each series to the implicit gradient and sets <see cref="Terms"/>.</summary>
    /// <param name="tape">Tape of <see cref="Attach"/>.</param>
    /// <param name="point">Result of <see cref="Attach"/>.</param>
    /// <param name="lossGradient">g, like z**.</param>
    /// <returns>The cosines of one term, two terms, ... up to the chosen number.</returns>
    public IReadOnlyList<double> Probe(Tape tape, EquilibriumPoint point, Tensor lossGradient)
    {
        using var scope = new TensorScope(lossGradient.Device, MemoryOwner.Workspace);
        Tensor[] truth = Zeros(scope), sum = Zeros(scope);
        _exact.Backward(tape, point, lossGradient, Targets(tape, truth), scope);
        double size = Math.Sqrt(truth.Sum(Reduce.SumOfSquares));
        Tensor term = scope.Clone(lossGradient), next = scope.Like(term);
        var cosines = new List<double>();
        for (Terms = 1; ; Terms++)
        {
            // Gradients are linear in u, so that each term of the series adds its own.
            tape.Backward(point.Output, term, Targets(tape, sum));
            double product = truth.Zip(sum, Reduce.Dot).Sum();
            cosines.Add(product / (size * Math.Sqrt(sum.Sum(Reduce.SumOfSquares))));
            if (cosines[^1] >= _cosine || Terms == _maxTerms)
            {
                return cosines;
            }

            next.Clear();
            tape.Backward(point.Output, term, new GradientTargets().Add(point.Input, next));
            (term, next) = (next, term);
        }
    }

    private Tensor[] Zeros(TensorScope scope) => [.. _parameters.Select(p => scope.Zeros(p.Value.DType, p.Value.Shape))];

    private GradientTargets Targets(Tape tape, Tensor[] gradients)
    {
        var targets = new GradientTargets();
        for (int i = 0; i < gradients.Length; i++)
        {
            targets.Add(tape.Use(_parameters[i]), gradients[i]);
        }

        return targets;
    }
}
