using System.Globalization;

namespace Stardeq.Recon;

/// <summary>What may differ when a trained model is used from when it was trained.</summary>
/// <param name="Iterations">Limit of the solver, or number of applications of an unrolled model; null as trained.</param>
/// <param name="Certificates">Whether each slice gets a certificate, where there is a fixed point to certify.</param>
public sealed record InferenceOptions(int? Iterations = null, bool Certificates = false)
{
    /// <summary>The configuration with these options in it.</summary>
    /// <param name="config">As trained.</param>
    /// <exception cref="InputException">The model has no iterations to choose.</exception>
    public TrainingConfig Apply(TrainingConfig config) => (Iterations, config.Model) switch
    {
        (null, _) => config,
        (_, ModelKind.Unet) => throw new InputException("--iterations: a U-Net is applied once and does not iterate. Leave it out, or give a checkpoint of ifdeq, deq or modl."),
        ({ } applications, ModelKind.Modl) => config with { Unrolls = applications },
        ({ } limit, _) => config with { MaxIterations = limit },
    };

    /// <summary>Name of the model in tables: as trained, with the number of applications where that was changed.</summary>
    /// <param name="config">As trained.</param>
    public string Name(TrainingConfig config) => config.Model == ModelKind.Modl && Iterations is { } applications && applications != config.Unrolls
        ? string.Create(CultureInfo.InvariantCulture, $"{ModelFactory.Name(config)}, {applications} applications")
        : ModelFactory.Name(config);

    /// <summary>Why a model has no certificates, as a line for people; null if it has them.</summary>
    /// <param name="config">As trained.</param>
    public string? WhyNone(TrainingConfig config) => (Certificates, config.Model) switch
    {
        (false, _) => null,
        (_, ModelKind.Unet) => $"no certificates: {Name(config)} is one application of a network and solves nothing",
        (_, ModelKind.Modl) => $"no certificates: {Name(config)} applies its layer a fixed number of times and solves nothing",
        _ => null,
    };
}
