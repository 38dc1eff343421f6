using System.Diagnostics;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Makes the certificates of a model's reconstructions. Deterministic: random vectors come from the model's seed.</summary>
/// <param name="model">The model; its normalisation, if any, has been renewed.</param>
/// <param name="config">Seed, and whether ‖Fᴴ W F‖ ≤ 1 holds.</param>
internal sealed class Certifier(EquilibriumModel model, TrainingConfig config)
{
    /// <summary>What to do where a certificate needs more memory than there is.</summary>
    public const string LessMemory = "A certificate keeps the tape of one application of the layer, as training does; use --certificates off.";

    private readonly SolutionProbe _probe = new();
    private readonly CounterRandom _random = new CounterRandom((ulong)config.Seed).Stream("certificate");
    private readonly Dictionary<(int Rows, int Columns), ContractionBound> _bounds = [];

    /// <summary>The certificate of one slice.</summary>
    /// <param name="problem">What was solved.</param>
    /// <param name="solution">[1, rows, columns] z; the image is f(z).</param>
    /// <param name="solve">How the solve ended.</param>
    /// <param name="slice">The slice.</param>
    public Certificate Certify(FixedPointProblem problem, Tensor solution, SliceSolve solve, SliceProblem slice)
    {
        var clock = Stopwatch.StartNew();
        SolutionEstimate estimate = _probe.Measure(problem.Map, solution, _random);
        double? factor = ProvenFactor(slice);
        return Certificate.Of(solve, estimate, factor, clock.Elapsed.TotalSeconds);
    }

    /// <summary>The contraction factor that holds everywhere, if it is below one.</summary>
    private double? ProvenFactor(SliceProblem slice)
    {
        if (model.Options.Denoiser == DenoiserKind.Residual || config.DensityNorm != DensityNormKind.MaximumEigenvalue)
        {
            return null; // R = I + U has no bound below one, and without the norm of W none of H is known
        }

        (int Rows, int Columns) size = (slice.B.Shape[^2], slice.B.Shape[^1]);
        if (!_bounds.TryGetValue(size, out ContractionBound? bound))
        {
            _bounds[size] = bound = ContractionBound.Of(model, size.Rows, size.Columns);
        }

        // No layer gains from a larger norm of H, so that the coils need not be looked at where the weights alone prove nothing.
        double factor = bound.ForNormal(model, 0).Factor < 1 ? bound.ForNormal(model, slice.LargestCoilPower()).Factor : 1;
        return factor < 1 ? factor : null;
    }
}
