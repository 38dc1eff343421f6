using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of coil maps; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class CoilKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Choice("jsense_basis", c => c.JsenseBasis, (c, v) => c with { JsenseBasis = v }, "what the maps of maps=jsense are built from",
            ("fourier", CoilBasisKind.Fourier), ("polynomial", CoilBasisKind.Polynomial)),
        Whole("jsense_kernel", c => c.JsenseKernel, (c, v) => c with { JsenseKernel = v }, "side of a coil's kernel in k-space, cycles per field of view", 1),
        Whole("jsense_degree", c => c.JsenseDegree, (c, v) => c with { JsenseDegree = v }, "total degree of the polynomials", 0),
        Whole("jsense_calibration", c => c.JsenseCalibration, (c, v) => c with { JsenseCalibration = v }, "width of the calibration region, cycles per field of view, even", 2),
        Whole("jsense_outer", c => c.JsenseRounds, (c, v) => c with { JsenseRounds = v }, "rounds of coil step and image step", 1),
        Whole("jsense_inner", c => c.JsenseIterations, (c, v) => c with { JsenseIterations = v }, "CG steps of each", 1),
        Number("jsense_lambda", c => c.JsenseLambda, (c, v) => c with { JsenseLambda = v }, "weight of the squared norms of maps and image beside the data", "lambda >= 0", v => v >= 0),
        Whole("espirit_calibration", c => c.EspiritCalibration, (c, v) => c with { EspiritCalibration = v }, "width of the calibration region of maps=espirit, cycles per field of view, even", 2),
        Whole("espirit_kernel", c => c.EspiritKernel, (c, v) => c with { EspiritKernel = v }, "side of the kernels, cycles per field of view", 1),
        Number("espirit_threshold", c => c.EspiritThreshold, (c, v) => c with { EspiritThreshold = v }, "least singular value of a kernel, part of the largest", "0 < threshold < 1", v => v is > 0 and < 1),
        Number("espirit_crop", c => c.EspiritCrop, (c, v) => c with { EspiritCrop = v }, "least eigenvalue of a pixel of the support", "0 <= crop < 1", v => v is >= 0 and < 1),
    ];
}
