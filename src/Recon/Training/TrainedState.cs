using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The tensors that a training step changes, under the names that they have in checkpoints.</summary>
internal static class TrainedState
{
    private const string Mean = "adam.mean.", MeanSquare = "adam.mean_square.";

    /// <summary>Parameters and further state of a model: what inference needs.</summary>
    public static IEnumerable<(string Name, Tensor Value)> Of(ParameterSet parameters) =>
        parameters.All.Select(p => (p.Name, p.Value)).Concat(parameters.States);

    /// <summary>The same and the state of its optimiser: what the next step needs.</summary>
    public static IEnumerable<(string Name, Tensor Value)> Of(ParameterSet parameters, Adam adam) =>
        Of(parameters).Concat(adam.State.SelectMany(s => new[] { (Mean + s.Name, s.Mean), (MeanSquare + s.Name, s.MeanSquare) }));
}
