using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Every key decides something: it is read, and what it says about training shows in the run.</summary>
public sealed class ConfigEffectTests
{
    // Keys whose effect shows only beside other choices, separated by spaces, or only with a value of this size.
    private static readonly (string Assignment, string Beside)[] s_training =
    [
        ("base=3", ""), ("poolings=2", ""), ("pool=max", ""), ("slope=0.5", ""),
        ("denoiser=direct", ""), ("denoiser=averaged", ""), ("denoiser_t=0.25", "denoiser=averaged"),
        ("model=deq", ""), ("model=modl", ""), ("model=unet", ""), ("unrolls=2", "model=modl"),
        ("layer=grad", ""), ("layer=modl", ""), ("layer=mol", ""), ("mol_alpha=0.25", "layer=mol"),
        ("eta_init=0.5", ""), ("eta_learned=false", ""), ("eta_max=1", "learning_rate=0.5"),
        ("lambda_init=0.5", "layer=modl"), ("lambda_learned=false", "layer=modl"), ("lambda_max=0.06", "layer=modl learning_rate=0.5"),
        ("cg_iterations=1", "layer=modl"), ("cg_tolerance=0.5", "layer=modl"),
        ("adjoint=neumann", ""), ("adjoint=unrolled", ""), ("adjoint=auto", ""), ("adjoint_terms=2", "adjoint=neumann"), ("adjoint_terms=2", "adjoint=unrolled"),
        ("adjoint_solver=anderson", "model=deq max_iterations=20"), ("adjoint_solver=neumann", "model=deq max_iterations=20"), ("adjoint_tolerance=0.5", "model=deq max_iterations=20 denoiser=averaged"),
        ("adjoint_max_iterations=1", "model=deq max_iterations=20"), ("adjoint_memory=1", "model=deq max_iterations=20"), ("adjoint_cosine=0.9999999", "adjoint=auto adjoint_terms=20 denoiser=averaged"), ("adjoint_residual=0.00001", "model=deq max_iterations=20"), ("adjoint_give_up=0.01", "model=deq max_iterations=20"),
        ("solver=picard", ""), ("picard_damping=0.5", "solver=picard"), ("solver=broyden", ""), ("broyden_memory=1", "solver=broyden"),
        ("anderson_memory=2", ""), ("anderson_ridge=0.1", ""), ("anderson_ridge_mode=mean", "anderson_ridge=0.1"), ("anderson_ridge_mode=absolute", "anderson_ridge=0.1"),
        ("anderson_beta=0.5", ""), ("anderson_safeguard=true", "eta_init=1.9 denoiser=direct learning_rate=0.5"),
        ("tolerance=0.5", ""), ("max_iterations=3", ""),
        ("dcf=ramp", ""), ("dcf=voronoi", ""), ("dcf_norm=none", "eta_init=0.001"), ("image_norm=l2", ""), ("image_norm=rms", ""), ("image_norm=max", ""), ("ksp_norm=maxeig", ""), ("ksp_norm=none", ""),
        ("nufft=fast", ""), ("target=cg-sense", ""), ("train_pattern=equiangular", ""), ("train_pattern=contiguous", ""), ("acceleration=2", ""),
        ("maps=true", ""), ("maps=jsense", ""), ("jsense_basis=polynomial", "maps=jsense"), ("jsense_kernel=4", "maps=jsense"), ("jsense_degree=2", "maps=jsense jsense_basis=polynomial"),
        ("jsense_calibration=16", "maps=jsense"), ("jsense_outer=2", "maps=jsense"), ("jsense_inner=2", "maps=jsense"), ("jsense_lambda=0.1", "maps=jsense"),
        ("maps=espirit", ""), ("espirit_calibration=16", "maps=espirit"), ("espirit_kernel=4", "maps=espirit"), ("espirit_threshold=0.2", "maps=espirit"), ("espirit_crop=0.95", "maps=espirit"),
        ("maps_from=undersampled", ""),
        ("loss=nmse", ""), ("learning_rate=0.01", ""), ("adam_beta1=0.5", ""), ("adam_beta2=0.5", ""), ("adam_eps=0.1", ""), ("gradient_clip=0.00001", ""),
        ("loss=mse-magnitude", ""), ("loss_states=2", ""), ("loss_decay=0.5", "loss_states=2"), ("weight_decay=10", ""),
        ("lr_schedule=cosine", ""), ("lr_schedule=step", "lr_step_epochs=1 epochs=2"), ("lr_warmup=3", ""), ("lr_final=0.5", "lr_schedule=cosine"),
        ("lr_step_epochs=1", "lr_schedule=step epochs=2"), ("lr_step_factor=0.25", "lr_schedule=step lr_step_epochs=1 epochs=2"),
        ("tolerance_start=0.5", ""), ("tolerance_epochs=1", "tolerance_start=0.5 epochs=2"),
        ("pretrain=denoiser", "epochs=2"), ("pretrain=unrolled", "epochs=2"), ("pretrain_epochs=2", "pretrain=denoiser epochs=3"), ("pretrain_steps=3", "pretrain=unrolled epochs=2"),
        ("init=cascaded", "epochs=2 tolerance=0.1"), ("cache_store=mapped", "init=cascaded epochs=2 tolerance=0.1"), ("cache_precision=half", "init=cascaded epochs=2 tolerance=0.1"),
        ("cascade_backward=false", "model=deq init=cascaded epochs=2 tolerance=0.1 adjoint_residual=1 denoiser=averaged"),
        ("early_stop=1", "epochs=4 learning_rate=1e-30"), ("best_by=loss", ""),
        ("guard=off", ""), ("guard_factor=1.01", "guard_window=4 guard_every=1 guard_rescues=99 epochs=3"), ("guard_window=7", "guard_diverged=0 guard_window=4 guard_factor=1e30 learning_rate=0.3 solver=picard epochs=3"), ("guard_every=1", "learning_rate=1e30"), ("guard_diverged=0", "guard_window=4 guard_factor=1e30 learning_rate=0.3 solver=picard epochs=3"),
        ("sn=reshape", "sn_rule=divide"), ("sn=power", "sn_rule=divide"), ("sn=fft", "sn_rule=divide"), ("sn_target=0.5", "sn=reshape"), ("sn_rule=divide", "sn=reshape sn_target=100"), ("sn_size=3", "sn=power sn_rule=divide"),
        ("certified=true", "denoiser=direct"), ("certified_margin=0.5", "denoiser=direct certified=true"),
        ("jr_kind=fro", ""), ("jr_kind=spec", "jr_margin=0.9"), ("jr_on=network", "jr_kind=fro learning_rate=0.1"), ("jr_weight=10", "jr_kind=fro"), ("jr_frequency=0.1", "jr_kind=fro"),
        ("jr_start=2", "jr_kind=fro epochs=2"), ("jr_stop=1", "jr_kind=fro epochs=2"), ("jr_ramp=4", "jr_kind=fro"), ("jr_probes=2", "jr_kind=fro"), ("jr_probe=rademacher", "jr_kind=fro"),
        ("jr_iterations=1", "jr_kind=spec jr_margin=0.9"), ("jr_margin=0.5", "jr_kind=spec jr_margin=0.9"),
        ("activations=half", "recompute=none"), ("epochs=2", ""), ("batch=2", ""), ("seed=2", ""), ("validation_every=2", "epochs=2"), ("psnr_range=slice", ""),
    ];

    private static readonly ConcurrentDictionary<string, string[]> s_without = [];

    [Test]
    [Category(Repository.ReadsSources)]
    public void Every_key_is_read_by_something_outside_the_configuration()
    {
        string source = string.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Recon"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).Contains("Config", StringComparison.Ordinal))
            .Select(File.ReadAllText));
        string[] unread = [.. typeof(TrainingConfig).GetProperties().Where(p => p.SetMethod is { IsStatic: false }).Select(p => p.Name)
            .Where(name => !Regex.IsMatch(source, $@"onfig\.{name}\b"))];
        Assert.That(unread, Is.Empty);
    }

    [Test]
    public void Every_key_that_concerns_training_changes_the_run([ValueSource(nameof(s_training))] (string Assignment, string Beside) key)
    {
        string[] without = s_without.GetOrAdd(key.Beside, beside => Traces(beside));
        Assert.That(Traces(key.Beside, key.Assignment).SequenceEqual(without), Is.False, "the run is the same bit by bit");
    }

    [Test]
    public void Every_key_is_in_the_table_or_named_here_with_its_reason()
    {
        string[] elsewhere =
        [
            "preset",                                                                                                    // names the run
            "matrix", "coils", "slices", "train_subjects", "validation_subjects", "test_subjects", "snr", // the simulation
            "checkpointing",                                                                                             // same bits, less memory: ModelKindTests
            "anderson_restart",                                                                                          // only where residuals grow: CudaAndersonTests
            "solver_ladder",                                                                                             // only where a solve diverges: ModelKindTests
            "test_pattern", "report",                                                                                    // the comparison
            "guard_rescues",                                                                                             // TrainerTests
            "checkpoint_every",                                                                                          // ends with the same bits: TrainerTests
            "recompute",                                                                                                 // same bits, less memory: SavedValueTests
            "workspace",                                                                                                 // more passes: PlanTests
            "data_memory",                                                                                               // same bits, less memory: DataMemoryTests
        ];
        Assert.That(
            s_training.Select(key => key.Assignment.Split('=')[0]).Distinct().Concat(elsewhere),
            Is.EquivalentTo(ConfigKeys.All.Select(key => key.Name)));
    }

    [Test]
    public void The_simulation_keys_decide_the_dataset()
    {
        TrainingConfig config = TinyTraining.Config with { Matrix = 20, Coils = 3, Slices = 5, TrainSubjects = 6, ValidationSubjects = 7, TestSubjects = 8, SignalToNoise = 9, Seed = 10 };
        SimulationSettings settings = SimulationSettings.From(config);
        Assert.That(
            (settings.Matrix, settings.Coils, settings.Slices, settings.TrainSubjects, settings.ValidationSubjects, settings.TestSubjects, settings.SignalToNoise, settings.Seed),
            Is.EqualTo((20, 3, 5, 6, 7, 8, 9.0, 10L)));
        Assert.That(settings.WriteTruth, Is.False);
        Assert.That(SimulationSettings.From(config with { Maps = MapsKind.True }).WriteTruth, Is.True);
    }

    /// <summary>What a run with these assignments leaves, without the configuration itself.</summary>
    private static string[] Traces(params string[] assignments)
    {
        string folder = Fixtures.TemporaryFolder();
        using var tiny = new TinyTraining(assignments.SelectMany(a => a.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Aggregate(TinyTraining.Config with { Epochs = 1 }, ConfigKeys.Assign));
        tiny.Train(folder);
        string[] traces = TinyTraining.Traces(folder);
        Directory.Delete(folder, recursive: true);
        return [.. traces.Where(line => !line.StartsWith("config ", StringComparison.Ordinal))];
    }
}
