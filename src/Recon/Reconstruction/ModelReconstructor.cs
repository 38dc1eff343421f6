using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A trained model, started from the gridded image.</summary>
/// <param name="model">The trained layer.</param>
/// <param name="config">Names the model, its solver and their limits.</param>
public sealed class ModelReconstructor(EquilibriumModel model, TrainingConfig config) : IReconstructor
{
    private readonly ReconstructionScheme _scheme = ModelFactory.Scheme(config, model);

    /// <inheritdoc/>
    public string Name { get; } = ModelFactory.Name(config);

    /// <inheritdoc/>
    public SliceSolve? Reconstruct(SliceProblem slice, Tensor image)
    {
        try
        {
            model.Normalisation?.Refresh();
            using var batch = new SliceBatch([slice], image.Device);
            IReadOnlyList<SliceSolve> solves = _scheme.Run(_scheme.Problem(batch), image.Reshape(batch.B.Shape));
            slice.MaskToSupport(image);
            return solves.Count > 0 ? solves[0] : null;
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw MemoryAdvice.For(failure, config, batch: 1);
        }
    }
}
