using Stardeq.Engine;

namespace Stardeq.Kernels;

// R(x) = weight Σ_r |(D x)(r)|, D forward differences. min_z ½ ‖z − x‖² + w R(z) by the primal-dual hybrid gradient for strongly convex
// problems, algorithm 2 of [CHA11]: u ← P(u + σ D z̄), z ← (z − τ Dᴴ u + τ x) / (1 + τ), θ = 1/√(1 + 2τ), τ ← θ τ, σ ← σ/θ, z̄ = z + θ (z − z_old).
// Started with z = x − Dᴴ u from the dual u of the last call, which a solver's slowly moving x makes nearly right.

/// <summary>The proximal map of isotropic total variation of complex images.</summary>
/// <param name="weight">Weight of the variation, above 0.</param>
/// <param name="iterations">Primal-dual steps of each application.</param>
public sealed class TotalVariation(double weight, int iterations) : IProximalMap, IDisposable
{
    private TensorScope? _scope;
    private Tensor? _dual;
    private double _radius;

    /// <inheritdoc/>
    public void Apply(Tensor x, double step, int iteration)
    {
        var gradient = new ImageGradient(x.Shape[^2], x.Shape[^1]);
        double radius = step * weight;
        Tensor dual = Dual(x, gradient, radius);
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor z = work.Clone(x), next = work.Like(x), extrapolated = work.Like(x), scaled = work.Like(x);
        gradient.Adjoint(dual, next);
        Scale.Run(-1, next, z, WriteMode.Add);
        extrapolated.CopyFrom(z);
        double primalStep = 1 / Math.Sqrt(ImageGradient.SquaredNorm), dualStep = primalStep;
        for (int inner = 0; inner < iterations; inner++)
        {
            Scale.Run(dualStep, extrapolated, scaled);
            gradient.Forward(scaled, dual, WriteMode.Add);
            BallProjection.Run(dual, radius);
            gradient.Adjoint(dual, scaled);
            double share = 1 / (1 + primalStep);
            LinearCombination.Run([share, -primalStep * share, primalStep * share], [z, scaled, x], next);
            double theta = 1 / Math.Sqrt(1 + (2 * primalStep));
            (primalStep, dualStep) = (primalStep * theta, dualStep / theta);
            LinearCombination.Run([1 + theta, -theta], [next, z], extrapolated);
            (z, next) = (next, z);
        }

        x.CopyFrom(z);
    }

    /// <summary>Gives the dual variable back.</summary>
    public void Dispose() => _scope?.Dispose();

    /// <summary>The dual of the last call, scaled to a radius that has changed; zero at first.</summary>
    private Tensor Dual(Tensor x, ImageGradient gradient, double radius)
    {
        Shape shape = x.Shape[..^2].Concat(gradient.Range);
        if (_dual is null || _dual.Shape != shape || _dual.DType != x.DType)
        {
            _scope?.Dispose();
            _scope = new TensorScope(x.Device, MemoryOwner.Solver);
            _dual = _scope.Zeros(x.DType, shape);
        }
        else if (radius != _radius)
        {
            Scale.Run(radius / _radius, _dual, _dual);
        }

        _radius = radius;
        return _dual;
    }
}
