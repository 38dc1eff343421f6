namespace Stardeq.Recon;

/// <summary>What each kind of reference case computes.</summary>
internal static class ReferenceKinds
{
    public static IReadOnlyDictionary<string, Action<CaseRun>> All { get; } = new SortedDictionary<string, Action<CaseRun>>(StringComparer.Ordinal)
    {
        ["adam"] = KernelKinds.Adam,
        ["anderson_linear"] = SolverKinds.AndersonLinear,
        ["cascaded"] = SolverKinds.Cascaded,
        ["coil_combine"] = KernelKinds.CoilCombine,
        ["coil_multiply"] = KernelKinds.CoilMultiply,
        ["concat"] = KernelKinds.Concat,
        ["conv2d"] = KernelKinds.Conv2d,
        ["conv_norm"] = StabiliserKinds.ConvNorm,
        ["conv_transpose2d"] = KernelKinds.ConvTranspose2d,
        ["density"] = EncodingKinds.Density,
        ["equilibrium"] = ModelKinds.Equilibrium,
        ["image_norms"] = EncodingKinds.ImageNorms,
        ["jacobian_penalty"] = StabiliserKinds.JacobianPenalty,
        ["jsense"] = CoilKinds.Jsense,
        ["kz_decouple"] = EncodingKinds.KzDecouple,
        ["lambda_max"] = EncodingKinds.LambdaMax,
        ["layer"] = ModelKinds.Layer,
        ["leaky_relu"] = KernelKinds.LeakyRelu,
        ["metrics"] = EncodingKinds.Metrics,
        ["ndft"] = EncodingKinds.Ndft,
        ["pad_crop"] = KernelKinds.PadCrop,
        ["pool2d"] = KernelKinds.Pool2d,
        ["sense_normal"] = EncodingKinds.SenseNormal,
        ["spectral_norm_reshaped"] = StabiliserKinds.SpectralNorm,
        ["spoke_subsets"] = EncodingKinds.SpokeSubsets,
        ["stalling_solve"] = ModelKinds.StallingSolve,
        ["tikhonov"] = ModelKinds.Tikhonov,
        ["unet"] = ModelKinds.Unet,
        ["unrolled"] = ModelKinds.UnrolledLayers,
    };
}
