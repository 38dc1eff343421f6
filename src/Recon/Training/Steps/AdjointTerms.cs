using System.Globalization;

namespace Stardeq.Recon;

/// <summary>Length of the Neumann series that <c>adjoint=auto</c> has found, and when it is to be measured again: in the first
/// step of each epoch.</summary>
/// <param name="schedule">Epochs of steps.</param>
public sealed class AdjointTerms(TrainingSchedule schedule) : ICheckpointPart
{
    private const string Key = "adjoint_terms";

    /// <summary>Terms of the last measurement; null before the first.</summary>
    public int? Value { get; set; }

    /// <summary>Whether a step, from 1, measures.</summary>
    public bool IsDue(long step) => Value is null || schedule.Epoch(step) != schedule.Epoch(step - 1);

    /// <inheritdoc/>
    public void Save(CheckpointContent content) => content.Metadata[Key] = (Value ?? 0).ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        int stored = int.Parse(content.Text(Key), CultureInfo.InvariantCulture);
        Value = stored > 0 ? stored : null;
    }
}
