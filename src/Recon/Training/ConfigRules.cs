namespace Stardeq.Recon;

/// <summary>What the values of a configuration must have to do with each other: no contradictions, and no key that was set
/// although nothing would look at it.</summary>
public static class ConfigRules
{
    /// <summary>Keys that only mean something beside other choices.</summary>
    private static readonly (string[] Keys, string Needs, Func<TrainingConfig, bool> Applies)[] s_relevance =
    [
        (["unrolls", "checkpointing"], "model=modl", c => c.Model == ModelKind.Modl),
        (["layer"], "a model with data consistency, not model=unet", c => c.Model != ModelKind.Unet),
        (["eta_init", "eta_max", "eta_learned"], "layer=prox or layer=grad in a model with data consistency", c => c.Model != ModelKind.Unet && c.Layer.HasStepSize()),
        (["lambda_init", "lambda_max", "lambda_learned", "cg_iterations", "cg_tolerance"], "layer=modl or layer=mol", c => c.Model != ModelKind.Unet && !c.Layer.HasStepSize()),
        (["mol_alpha"], "layer=mol", c => c.Model != ModelKind.Unet && c.Layer == LayerKind.Mol),
        (["denoiser_t"], "denoiser=averaged", c => c.Denoiser == DenoiserKind.Averaged),
        (["adjoint"], "model=ifdeq or model=deq", c => c.IsEquilibrium),
        (["adjoint_terms"], "adjoint=neumann, unrolled or auto", c => c.EffectiveAdjoint is AdjointKind.Neumann or AdjointKind.Unrolled or AdjointKind.Cheapest && c.IsEquilibrium),
        (["adjoint_solver", "adjoint_tolerance", "adjoint_max_iterations", "adjoint_memory"], "model=deq or adjoint=auto", c => c.EffectiveAdjoint is AdjointKind.Implicit or AdjointKind.Cheapest),
        (["adjoint_residual", "adjoint_give_up"], "model=deq", c => c.EffectiveAdjoint == AdjointKind.Implicit),
        (["adjoint_cosine"], "adjoint=auto", c => c.EffectiveAdjoint == AdjointKind.Cheapest),
        (["init", "loss_states", "tolerance", "tolerance_start", "max_iterations"], "model=ifdeq or model=deq", c => c.IsEquilibrium),
        (["cascade_backward"], "model=deq with init=cascaded", c => c.EffectiveAdjoint == AdjointKind.Implicit && c.Init == InitKind.Cascaded),
        (["jr_kind"], "a model with data consistency, not model=unet", c => c.Model != ModelKind.Unet),
        (["certified"], "a model with data consistency, not model=unet", c => c.Model != ModelKind.Unet),
        (["certified_margin"], "certified=true", c => c.Certified),
        (["sn_target", "sn_rule"], "sn=reshape, power or fft", c => c.Normalisation != NormalisationKind.None),
        (["sn_size"], "sn=power", c => c.Normalisation == NormalisationKind.Power),
        (["jr_on", "jr_weight", "jr_frequency", "jr_start", "jr_stop", "jr_ramp"], "jr_kind=fro or spec", c => c.Jacobian != JacobianKind.None),
        (["jr_probes", "jr_probe"], "jr_kind=fro", c => c.Jacobian == JacobianKind.Frobenius),
        (["jr_iterations", "jr_margin"], "jr_kind=spec", c => c.Jacobian == JacobianKind.Spectral),
        (["solver", "solver_ladder"], "model=ifdeq or model=deq", c => c.IsEquilibrium),
        (["anderson_memory", "anderson_ridge", "anderson_ridge_mode", "anderson_beta", "anderson_restart", "anderson_safeguard"], "solver=anderson of an equilibrium model",
            c => c.IsEquilibrium && c.Solver == SolverKind.Anderson),
        (["jsense_basis", "jsense_calibration", "jsense_outer", "jsense_inner", "jsense_lambda"], "maps=jsense", c => c.Maps == MapsKind.Jsense),
        (["jsense_kernel"], "maps=jsense with jsense_basis=fourier", c => c.Maps == MapsKind.Jsense && c.JsenseBasis == CoilBasisKind.Fourier),
        (["jsense_degree"], "maps=jsense with jsense_basis=polynomial", c => c.Maps == MapsKind.Jsense && c.JsenseBasis == CoilBasisKind.Polynomial),
        (["image_norm"], "ksp_norm=image", c => c.KSpaceNorm == KSpaceNormKind.Image),
        (["espirit_calibration", "espirit_kernel", "espirit_threshold", "espirit_crop"], "maps=espirit", c => c.Maps == MapsKind.Espirit),
        (["picard_damping"], "solver=picard of an equilibrium model", c => c.IsEquilibrium && c.Solver == SolverKind.Picard),
        (["broyden_memory"], "solver=broyden of an equilibrium model", c => c.IsEquilibrium && c.Solver == SolverKind.Broyden),
        .. TrainerKeys.Relevance,
    ];

    /// <summary>The configuration, if it makes sense.</summary>
    /// <exception cref="InputException">Two values contradict each other, or a key was set that nothing looks at.</exception>
    public static TrainingConfig Require(TrainingConfig config)
    {
        RequireRelevance(config);
        RequireScalar(config);
        RequireAdjoint(config);
        TrainerKeys.Validate(config);
        StabiliserKeys.Validate(config);
        SliceChoices.Coils(config).Jsense.Require();
        SliceChoices.Coils(config).Espirit.Require();
        return config.Matrix >> config.Poolings >= 2
            ? config
            : throw new InputException(
                $"config: {config.Poolings} poolings leave less than 2 pixels of matrix {config.Matrix}; take fewer poolings.");
    }

    private static void RequireRelevance(TrainingConfig config)
    {
        TrainingConfig preset = TrainingConfig.FromPreset(config.Preset);
        foreach ((string[] keys, string needs, Func<TrainingConfig, bool> applies) in s_relevance)
        {
            foreach (ConfigKey key in keys.Select(ConfigKeys.Find).Where(_ => !applies(config)))
            {
                if (key.Read(config) != key.Read(preset))
                {
                    throw new InputException($"config: {key.Name}={key.Read(config)} has no effect here; it needs {needs}. Leave it out, or change the other choice.");
                }
            }
        }
    }

    private static void RequireScalar(TrainingConfig config)
    {
        ModelOptions options = ModelFactory.Options(config);
        (string name, string keys) = config.Layer.HasStepSize() ? ("step size eta", "eta_") : ("weight lambda", "lambda_");
        if (options.LargestScalar > config.Layer.LargestScalar() && config.Model != ModelKind.Unet)
        {
            throw new InputException($"config: {keys}max {options.LargestScalar} is beyond what is legal for layer={ConfigKeys.Find("layer").Read(config)}: the {name} may be at most {config.Layer.LargestScalar()}.");
        }

        if (options.Scalar > options.LargestScalar)
        {
            throw new InputException($"config: {keys}init {options.Scalar} is above {keys}max {options.LargestScalar}; lower the one or raise the other.");
        }
    }

    private static void RequireAdjoint(TrainingConfig config)
    {
        if (config.Model == ModelKind.Deq && config.EffectiveAdjoint != AdjointKind.Implicit)
        {
            throw new InputException($"config: model=deq is the model with the exact implicit gradient; adjoint={ConfigKeys.Find("adjoint").Read(config)} makes it model=ifdeq.");
        }

        if (config.Model == ModelKind.Ifdeq && config.EffectiveAdjoint == AdjointKind.Implicit)
        {
            throw new InputException("config: adjoint=implicit is the exact gradient of model=deq; choose that model.");
        }
    }
}
