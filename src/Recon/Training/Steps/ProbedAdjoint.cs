using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>
/// Carries what an adjoint that measures itself has found out, the number of its terms, from one step object to the next and through
/// checkpoints. Without such an adjoint it holds nothing.
/// </summary>
internal sealed class ProbedAdjoint : ICheckpointPart
{
    private const string Key = "adjoint_terms", None = "";

    private int? _terms;

    /// <summary>Notes what a step has found out.</summary>
    public void Note(ITrainingStep step) => _terms = step is TrainingStep { Scheme.Adjoint: CheapestNeumann probed } ? probed.Terms : _terms;

    /// <summary>Tells a new step.</summary>
    public void Tell(ITrainingStep step)
    {
        if (_terms is { } terms && step is TrainingStep { Scheme.Adjoint: CheapestNeumann probed })
        {
            probed.Terms = terms;
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointContent content) => content.Metadata[Key] = $"{_terms}";

    /// <inheritdoc/>
    public void Load(CheckpointContent content) => _terms = content.Text(Key) == None ? null : (int)content.Whole(Key);
}
