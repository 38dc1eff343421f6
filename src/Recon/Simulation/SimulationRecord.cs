using System.Globalization;

namespace Stardeq.Recon;

/// <summary>Writes down how a dataset was simulated.</summary>
internal static class SimulationRecord
{
    /// <summary>Name of the record beside raw files.</summary>
    public const string RawName = "simulation.json";

    /// <summary>The record of a simulation: sizes, sources, and every setting.</summary>
    public static DatasetDescription Describe(SimulationSettings settings, DatasetSubject[] subjects, IReadOnlyList<Anatomy> anatomies, double fitError) => new()
    {
        Format = DatasetDescription.FormatName,
        Version = typeof(SimulationRecord).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
        Matrix = settings.Matrix,
        Coils = settings.Coils,
        Partitions = settings.Partitions,
        VolumeSlices = settings.Partitions,
        FirstSlice = settings.FirstSlice,
        Slices = settings.Slices,
        Spokes = settings.SpokeCount,
        Readout = settings.ReadoutLength,
        Source = anatomies.Count == 0 ? "ellipsoid phantom" : string.Join("; ", anatomies.Select(a => a.Name)),
        Parameters = Parameters(settings, anatomies, fitError),
        Subjects = subjects,
    };

    private static SortedDictionary<string, string> Parameters(SimulationSettings settings, IReadOnlyList<Anatomy> anatomies, double fitError)
    {
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["seed"] = settings.Seed.ToString(CultureInfo.InvariantCulture),
            ["signalToNoise"] = Text(settings.SignalToNoise),
            ["order"] = settings.Order.ToString().ToLowerInvariant(),
            ["halfShift"] = settings.HalfShift ? "true" : "false",
            ["groupsShareSlices"] = anatomies.Any(a => !a.SeparatesGroups(settings)) ? "true" : "false",
        };
        Add(settings.GoldenNumber != 1, "goldenNumber", Text(settings.GoldenNumber));
        Add(settings.Body != BodyKind.Simple, "body", settings.Body.ToString().ToLowerInvariant());
        Add(settings.Array != CoilLayout.Ring, "array", settings.Array.ToString().ToLowerInvariant());
        Add(settings.Array != CoilLayout.Ring, "coilFitError", fitError.ToString("g3", CultureInfo.InvariantCulture));
        Add(settings.CorrelatedNoise, "noise", "correlated");
        Add(settings.Delays != default, "delays", $"{Text(settings.Delays.X)},{Text(settings.Delays.Y)},{Text(settings.Delays.XY)}");
        Add(settings.KzFraction < 1, "kzFraction", Text(settings.KzFraction));
        Add(settings.Breathing.Amplitude > 0, "breathing", $"{Text(settings.Breathing.Amplitude)} mm, {Text(settings.Breathing.Period)} s, readout {Text(settings.Breathing.RepetitionTime)} s");
        return parameters;

        void Add(bool isUsed, string key, string value)
        {
            if (isUsed)
            {
                parameters[key] = value;
            }
        }
    }

    private static string Text(double value) => value.ToString("r", CultureInfo.InvariantCulture);
}
