namespace Stardeq.Cli;

/// <summary>All verbs, in the order of the help page.</summary>
internal static class Verbs
{
    /// <summary>The list.</summary>
    public static IReadOnlyList<Verb> All { get; } =
    [
        Verb.Of<DoctorOptions>("doctor", "checks program, machine and device in seconds", DoctorVerb.Run),
        Verb.Of<TrainOptions>("train", "trains a reconstruction model and reports on held-out slices", TrainVerb.Run),
        Verb.Of<ReconstructOptions>("reconstruct", "reconstructs images from radial k-space", ReconstructVerb.Run),
        Verb.Of<EvaluateOptions>("evaluate", "measures a trained model beside classical methods", EvaluateVerb.Run),
        Verb.Of<ExportOptions>("export", "writes the denoiser of a trained model as ONNX", ExportVerb.Run),
        Verb.Of<SimulateOptions>("simulate", "makes a stack-of-stars dataset from phantoms or image volumes", SimulateVerb.Run),
        Verb.Of<PrepareOptions>("prepare", "makes a dataset of raw stack-of-stars files", PrepareVerb.Run),
        Verb.Of<ConvertOptions>("convert", "writes a file in another format", ConvertVerb.Run),
        Verb.Of<InfoOptions>("info", "says in plain words what a file holds", InfoVerb.Run),
        Verb.Of<GradcheckOptions>("gradcheck", "checks every gradient, by differences and against references", GradcheckVerb.Run),
        Verb.Of<BenchOptions>("bench", "measures kernels, models and reconstructions against the roof of the machine", BenchVerb.Run),
        Verb.Of<PlanOptions>("plan", "predicts memory and time of a training, and makes it fit", PlanVerb.Run),
        new("profile", "shows where time and memory of a verb go, by kernel, owner and phase", ProfileVerb.Run),
        Verb.Of<TrajOptions>("traj", "makes a radial trajectory", TrajVerb.Run),
        Verb.Of<DensityOptions>("density", "computes density weights of a trajectory", DensityVerb.Run),
        Verb.Of<CoilsOptions>("coils", "estimates coil maps from radial k-space", CoilsVerb.Run),
        Verb.Of<NufftOptions>("nufft", "applies a NUFFT or its adjoint to a file", NufftVerb.Run),
        Verb.Of<PhantomOptions>("phantom", "writes image, maps or k-space of the analytic phantom", PhantomVerb.Run),
    ];
}
