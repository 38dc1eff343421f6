namespace Stardeq.Recon;

/// <content>Settings of coil maps; see <see cref="JsenseSettings"/> and <see cref="EspiritSettings"/>.</content>
public sealed partial record TrainingConfig
{
    private static readonly JsenseSettings s_jsense = new();
    private static readonly EspiritSettings s_espirit = new();

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

    /// <summary>Width of the calibration region of ESPIRiT in cycles per field of view.</summary>
    public int EspiritCalibration { get; init; } = s_espirit.Calibration;

    /// <summary>Side of its kernels in cycles per field of view.</summary>
    public int EspiritKernel { get; init; } = s_espirit.Kernel;

    /// <summary>Least singular value of a kernel, part of the largest.</summary>
    public double EspiritThreshold { get; init; } = s_espirit.Threshold;

    /// <summary>Least eigenvalue of a pixel of the support.</summary>
    public double EspiritCrop { get; init; } = s_espirit.Crop;
}
