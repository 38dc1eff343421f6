using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A trained model, started from the gridded image.</summary>
public sealed class ModelReconstructor : IReconstructor
{
    private readonly TrainingConfig _config;
    private readonly ReconstructionScheme _scheme;
    private readonly Certifier? _certifier;

    /// <summary>A model as it is used, with the weights that it has now.</summary>
    /// <param name="model">The trained layer.</param>
    /// <param name="config">Names the model, its solver and their limits.</param>
    /// <param name="options">What differs from training; null for nothing.</param>
    /// <exception cref="InputException">The options do not fit the model.</exception>
    public ModelReconstructor(EquilibriumModel model, TrainingConfig config, InferenceOptions? options = null)
    {
        options ??= new InferenceOptions();
        (_config, Name) = (options.Apply(config), options.Name(config));
        model.Normalisation?.Refresh();
        _scheme = ModelFactory.Scheme(_config, model);
        _certifier = options.Certificates && _scheme.Solver is not null ? new Certifier(model, _config) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        bool isSolved = false;
        try
        {
            using var batch = new SliceBatch([slice], image.Device);
            using var scope = new TensorScope(image.Device, MemoryOwner.Solver);
            FixedPointProblem problem = _scheme.Problem(batch);
            FixedPointSolution solution = _scheme.Solve(problem, scope);
            _scheme.Apply(problem, solution.Value, image.Reshape(batch.B.Shape));
            slice.MaskToSupport(image);
            isSolved = true;
            return solution.Slices.Count == 0
                ? null
                : new SolvedSlice(solution.Slices[0], _certifier?.Certify(problem, solution.Value, solution.Slices[0], slice));
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw isSolved ? failure.WithAdvice(Certifier.LessMemory) : MemoryAdvice.For(failure, _config, batch: 1);
        }
    }
}
