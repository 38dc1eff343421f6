using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of data that are simulated for a training; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class SimulationKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Whole("matrix", c => c.Matrix, (c, v) => c with { Matrix = v }, "image side in pixels of simulated data", 8),
        Whole("coils", c => c.Coils, (c, v) => c with { Coils = v }, "coils of simulated data", 1),
        Whole("slices", c => c.Slices, (c, v) => c with { Slices = v }, "slices of each simulated subject", 1),
        Whole("train_subjects", c => c.TrainSubjects, (c, v) => c with { TrainSubjects = v }, "simulated subjects to train on", 1),
        Whole("validation_subjects", c => c.ValidationSubjects, (c, v) => c with { ValidationSubjects = v }, "simulated subjects to watch progress on", 0),
        Whole("test_subjects", c => c.TestSubjects, (c, v) => c with { TestSubjects = v }, "simulated subjects that only measure the result", 1),
        Number("snr", c => c.SignalToNoise, (c, v) => c with { SignalToNoise = v }, "signal to noise ratio of simulated data", "snr > 0", v => v > 0),
    ];

    /// <summary>Refuses assignments of these keys beside data that are there already.</summary>
    /// <exception cref="InputException">There is one.</exception>
    public static void RequireNone(IEnumerable<string> assignments, string dataFolder) => ConfigKeys.RequireRead(
        assignments, key => !All.Contains(key), $"the data are in '{dataFolder}', so none are simulated that this could decide. Leave it out, or --data.");
}
