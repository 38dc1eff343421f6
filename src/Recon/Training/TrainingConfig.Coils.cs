namespace Stardeq.Recon;

/// <content>Settings of coil maps by joint estimation; see <see cref="JsenseSettings"/>.</content>
public sealed partial record TrainingConfig
{
    private static readonly JsenseSettings s_jsense = new();

    /// <summary>What maps are built from.</summary>
    public CoilBasisKind JsenseBasis { get; init; } = s_jsense.Basis;

    /// <summary>Side of a coil's kernel in k-space, in cycles per field of view.</summary>
    public int JsenseKernel { get; init; } = s_jsense.Kernel;

    /// <summary>Total degree of the polynomials.</summary>
    public int JsenseDegree { get; init; } = s_jsense.Degree;

    /// <summary>Width of the calibration region in cycles per field of view.</summary>
    public int JsenseCalibration { get; init; } = s_jsense.Calibration;

    /// <summary>Rounds of coil step and image step.</summary>
    public int JsenseRounds { get; init; } = s_jsense.Rounds;

    /// <summary>Conjugate-gradient steps of each.</summary>
    public int JsenseIterations { get; init; } = s_jsense.Iterations;

    /// <summary>Weight of the squared norms of coefficients and image beside the data.</summary>
    public double JsenseLambda { get; init; } = s_jsense.Lambda;
}
