using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Size and kind of an <see cref="EquilibriumModel"/>.</summary>
public sealed record ModelOptions
{
    /// <summary>What one application computes.</summary>
    public LayerKind Layer { get; init; } = LayerKind.Prox;

    /// <summary>The network.</summary>
    public required UnetOptions Unet { get; init; }

    /// <summary>How the network becomes a denoiser.</summary>
    public DenoiserKind Denoiser { get; init; } = DenoiserKind.Residual;

    /// <summary>t of the averaged denoiser.</summary>
    public double DenoiserShare { get; init; } = 0.5;

    /// <summary>η before training.</summary>
    public double StepSize { get; init; } = 1;

    /// <summary>Largest legal η. The data step is non-expansive for 0 &lt; η ≤ 2 because ‖H‖ ≤ 1.</summary>
    public double LargestStepSize { get; init; } = 1.9;

    /// <summary>Whether η is trained.</summary>
    public bool LearnStepSize { get; init; } = true;

    /// <summary>Normalisation of the network's weights; null for none.</summary>
    public SpectralOptions? Spectral { get; init; }
}

/// <summary>
/// The layer of the abstract [SHA24] and its parameters: f(z) = R(z − η (H z − b)), a gradient step of data consistency
/// and then a denoiser, both shared by all iterations.
/// </summary>
public sealed class EquilibriumModel : IDisposable
{
    /// <summary>Name of the learned step size in checkpoints.</summary>
    public const string StepSizeName = "eta";

    // Smallest step size after an update; a step of zero would cut the data out of the layer for good.
    private const double SmallestStepSize = 1e-3;

    private readonly Denoiser _denoiser;
    private readonly Parameter _stepSize;

    /// <summary>A model with all parameters zero except η; call <see cref="Initialise"/> or load a checkpoint.</summary>
    public EquilibriumModel(Device device, ModelOptions options, DType dtype = DType.Float32)
    {
        Options = options;
        Parameters = new ParameterSet(device, dtype);
        Unet = new Unet(Parameters, options.Unet);
        Normalisation = options.Spectral is { } spectral ? new SpectralNormalisation(Parameters, Unet, spectral) : null;
        Unet.WeightRule = Normalisation;
        _denoiser = new Denoiser(Unet, options.Denoiser, options.DenoiserShare);
        _stepSize = Parameters.Add(StepSizeName, Shape.Scalar);
        Fill.Run(options.StepSize, _stepSize.Value);
    }

    /// <summary>Size and kind.</summary>
    public ModelOptions Options { get; }

    /// <summary>All parameters, η included.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>The network.</summary>
    public Unet Unet { get; }

    /// <summary>Normalises the network's weights; null if they are used as they are. Training steps call its Advance before they
    /// solve, everybody else Refresh once the weights are there.</summary>
    public SpectralNormalisation? Normalisation { get; }

    /// <summary>η now.</summary>
    public double StepSize => _stepSize.Value.Item();

    /// <summary>Parameters that an optimiser may change.</summary>
    public IEnumerable<Parameter> Trained => Options.LearnStepSize ? Parameters.All : Parameters.All.Where(p => p != _stepSize);

    /// <summary>Draws the weights of the network; see <see cref="Autodiff.Unet.Initialise"/>.</summary>
    public void Initialise(CounterRandom random) => Unet.Initialise(random);

    /// <summary>f for a batch of slices.</summary>
    /// <param name="normal">H of all slices, complex [slices, rows, columns] to itself, ‖H‖ ≤ 1.</param>
    /// <param name="b">Aᴴ W y of all slices, complex [slices, rows, columns].</param>
    public FixedPointMap Layer(ILinearOperator normal, Tensor b) => (tape, z) => Layer(tape, normal, tape.Input(b), z);

    /// <summary>One application f(z) with b as a variable.</summary>
    public Variable Layer(Tape tape, ILinearOperator normal, Variable b, Variable z) => Options.Layer switch
    {
        LayerKind.Prox => Prox(tape, normal, b, z),
        LayerKind other => throw new InvalidOperationException($"layer: there is no computation for {other}."),
    };

    /// <summary>The denoiser alone, R(u).</summary>
    public Variable Denoise(Tape tape, Variable image) => _denoiser.Apply(tape, image);

    /// <summary>Moves η back into (0, <see cref="ModelOptions.LargestStepSize"/>] after an update.</summary>
    /// <returns>True if it had left the range.</returns>
    public bool ClampStepSize()
    {
        double legal = Math.Clamp(StepSize, SmallestStepSize, Options.LargestStepSize);
        bool moved = legal != StepSize;
        if (moved)
        {
            Fill.Run(legal, _stepSize.Value);
        }

        return moved;
    }

    /// <summary>Gives the parameters' bytes back.</summary>
    public void Dispose()
    {
        Normalisation?.Dispose();
        Parameters.Dispose();
    }

    /// <summary>What the denoiser gets when the layer is at z.</summary>
    public Variable DenoiserInput(Tape tape, ILinearOperator normal, Variable b, Variable z)
    {
        Variable residual = tape.Subtract(tape.Apply(normal, z), b);
        return tape.Subtract(z, tape.ScaleBy(tape.Use(_stepSize), residual));
    }

    private Variable Prox(Tape tape, ILinearOperator normal, Variable b, Variable z) =>
        _denoiser.Apply(tape, DenoiserInput(tape, normal, b, z));
}
