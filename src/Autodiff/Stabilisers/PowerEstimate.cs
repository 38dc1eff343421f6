using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// Power iteration on A(w)ᵀA(w) with a vector u that persists, so that one iteration per training step follows the slowly
/// changing weight [MIY18]: v = Aᵀu/‖Aᵀu‖, u = A v/‖A v‖, σ = ⟨u, A v⟩, ∂σ/∂w with u and v constant.
/// </summary>
public sealed class PowerEstimate : INormEstimate
{
    // Lengths below this are zero: the guard of the reference codes.
    private const double SmallestLength = 1e-12;

    private readonly IWeightedMap _map;
    private readonly Tensor _u, _v, _weight;

    /// <summary>An estimate with a random first u; call <see cref="Renew"/>.</summary>
    /// <param name="map">A, linear in the weight.</param>
    /// <param name="weight">The weight, or one like it.</param>
    /// <param name="scope">Owner of the vectors.</param>
    /// <param name="random">Draws of the first u.</param>
    public PowerEstimate(IWeightedMap map, Tensor weight, TensorScope scope, CounterRandom random)
    {
        (_map, _weight) = (map, weight);
        _u = scope.New(weight.DType, map.Range);
        _v = scope.New(weight.DType, map.Domain);
        RandomFill.Normal(_u, random);
        Normalise(_u);
    }

    /// <inheritdoc/>
    public double Sigma { get; private set; }

    /// <summary>u, of the map's range and of length one.</summary>
    public Tensor State => _u;

    /// <summary>v of the last renewal, of the map's domain.</summary>
    public Tensor Right => _v;

    Tensor? INormEstimate.State => _u;

    /// <inheritdoc/>
    public void Renew(Tensor weight, int iterations)
    {
        _map.Adjoint(weight, _u, _v);
        Sigma = Normalise(_v); // = ⟨u, A v⟩ if u stays
        for (int i = 0; i < iterations; i++)
        {
            if (i > 0)
            {
                _map.Adjoint(weight, _u, _v);
                Normalise(_v);
            }

            _map.Forward(weight, _v, _u);
            Sigma = Normalise(_u);
        }
    }

    /// <inheritdoc/>
    /// <remarks>An outer product of two vectors: made where it is wanted, it takes no memory beside the weight.</remarks>
    public Tensor Derivative(TensorScope scope)
    {
        Tensor derivative = scope.Like(_weight);
        _map.Outer(_u, _v, derivative);
        return derivative;
    }

    private static double Normalise(Tensor vector)
    {
        double length = Math.Sqrt(Reduce.SumOfSquares(vector));
        Scale.Run(1 / Math.Max(length, SmallestLength), vector, vector);
        return length;
    }
}
