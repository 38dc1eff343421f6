namespace Stardeq.Recon;

/// <summary>What to measure, and how.</summary>
/// <param name="DataFolder">Dataset.</param>
/// <param name="Checkpoint">Trained model.</param>
/// <param name="OutPath">JSON file to write; a curve goes beside it.</param>
public sealed record EvaluationRequest(string DataFolder, string Checkpoint, string OutPath)
{
    /// <summary>Spokes to keep; null for those that the training names for its test.</summary>
    public UndersamplingPattern? Pattern { get; init; }

    /// <summary>Undersampling factor; 0 for that of the training.</summary>
    public int Acceleration { get; init; }

    /// <summary>How the model is used.</summary>
    public InferenceOptions Inference { get; init; } = new(Certificates: true);

    /// <summary>Whether quality is also measured against iterations; see <see cref="IterationCurve"/>.</summary>
    public bool Curve { get; init; }
}
