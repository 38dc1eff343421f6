using System.Globalization;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>What a sparse reconstruction penalises.</summary>
public abstract record Penalty
{
    /// <summary>Name of the method.</summary>
    public abstract string Name { get; }

    /// <summary>The penalty in formulas, with its settings.</summary>
    public abstract string Formula { get; }

    /// <summary>Whether every step sees the same function, so that a step uphill tells something about the momentum.</summary>
    internal virtual bool IsFixed => true;

    /// <summary>Its proximal map for images of a size.</summary>
    internal abstract IProximalMap Map(Shape image, double weight);

    /// <summary>Magnitudes of wavelet coefficients, all but the coarsest.</summary>
    /// <param name="Family">Which wavelet.</param>
    /// <param name="Seed">Seed of the random shifts.</param>
    public sealed record Wavelets(Wavelet Family, int Seed) : Penalty
    {
        /// <inheritdoc/>
        public override string Name => "l1-wavelet";

        /// <inheritdoc/>
        public override string Formula => $"|Psi x|_1, Psi {Family.ToString().ToLowerInvariant()} wavelets with random shifts of seed {Seed}";

        /// <inheritdoc/>
        internal override bool IsFixed => false; // the shifts are drawn anew

        internal override IProximalMap Map(Shape image, double weight)
        {
            var transform = new WaveletTransform(Family, image[0], image[1], WaveletTransform.Levels(image[0], image[1]));
            return new WaveletShrinkage(transform, weight, new CounterRandom((ulong)Seed).Stream("cycle spinning"));
        }
    }

    /// <summary>Isotropic total variation.</summary>
    public sealed record Variation : Penalty
    {
        // Continued from the dual of the step before, a few steps follow the slowly moving argument.
        private const int InnerSteps = 10;

        /// <inheritdoc/>
        public override string Name => "tv";

        /// <inheritdoc/>
        public override string Formula => "sum of |D x|, D differences to the next pixels";

        internal override IProximalMap Map(Shape image, double weight) => new TotalVariation(weight, InnerSteps);
    }
}

/// <summary>
/// ½ ‖W^½ (A x − y)‖² + μ R(x) by accelerated proximal gradients, μ = λ L a: L the largest eigenvalue of Aᴴ W A, a the 99.9th percentile of the
/// magnitude of a few conjugate-gradient steps, where the iteration also starts. Derivation: docs/derivations/classical.md.
/// </summary>
/// <param name="penalty">R.</param>
/// <param name="regularisation">λ ≥ 0.</param>
/// <param name="iterations">Limit.</param>
/// <param name="tolerance">Stops below this relative step.</param>
public sealed class SparseReconstructor(Penalty penalty, double regularisation, int iterations, double tolerance) : ISolvingReconstructor
{
    private const int StartSteps = 10;
    private const int LanczosSteps = 40;
    private const double LanczosTolerance = 1e-5;

    // Lanczos approaches L from below; a step beyond 2/L would diverge, one of 1/L is safe.
    private const double StepSafety = 1.01;

    private readonly List<ClassicalSolve> _solves = [];

    /// <inheritdoc/>
    public string Name => penalty.Name;

    /// <inheritdoc/>
    public string Objective => string.Create(
        CultureInfo.InvariantCulture,
        $"1/2 |W^(1/2) (A x - y)|^2 + mu R, R = {penalty.Formula}; mu = lambda L a, lambda {regularisation:g3}; at most {iterations} steps, until one moves x by less than {tolerance:g3} of its norm");

    /// <inheritdoc/>
    public IReadOnlyList<ClassicalSolve> Solves => _solves;

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        using ToeplitzNormal normal = slice.Normal();
        double largest = Lanczos.LargestEigenvalue(normal, slice.B, LanczosSteps, LanczosTolerance).Value;
        image.Clear();
        ConjugateGradient.Solve(normal, 0, slice.B, image, StartSteps, 0);
        using var host = new TensorScope(image.Device.Host, MemoryOwner.Workspace);
        Tensor x = host.Clone(image);
        double weight = regularisation * largest * ImageNorms.Of(x, ImageNorm.P999);
        IProximalMap map = penalty.Map(x.Shape, weight);
        using (map as IDisposable)
        {
            var limits = new ProximalLimits(1 / (StepSafety * largest), iterations, tolerance, penalty.IsFixed);
            ProximalResult result = ProximalGradient.Solve(new StagedOperator(normal, image.Device), host.Bring(slice.B), map, x, limits);
            _solves.Add(new ClassicalSolve(largest, weight * slice.Scale, result.Iterations, result.RelativeStep, result.Status));
        }

        image.CopyFrom(x);
        return null;
    }
}
