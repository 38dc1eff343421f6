using System.Text.Json.Nodes;

namespace Stardeq.Recon;

/// <summary>All that decides the problems of a subject besides its slices.</summary>
/// <param name="Slices">Weights, maps, scale and target.</param>
/// <param name="Pattern">Spokes that are kept.</param>
/// <param name="Acceleration">Undersampling factor.</param>
public sealed record ProblemChoices(SliceChoices Slices, UndersamplingPattern Pattern, int Acceleration)
{
    /// <summary>What a training asks for in one of its groups.</summary>
    public static ProblemChoices From(TrainingConfig config, Split split) =>
        new(SliceChoices.From(config), split == Split.Test ? config.TestPattern : config.TrainPattern, config.Acceleration);

    /// <summary>What differs from other choices, such as <c>acceleration 4, not 8</c>; empty if nothing does.</summary>
    /// <param name="other">The choices that are called "not".</param>
    public string Difference(ProblemChoices other) => string.Join(", ", Differences(PreparationPlan.Node(this), PreparationPlan.Node(other), ""));

    private static IEnumerable<string> Differences(JsonNode? mine, JsonNode? theirs, string name) => (mine, theirs) switch
    {
        (JsonObject a, JsonObject b) => a.Select(child => child.Key).Union(b.Select(child => child.Key)).SelectMany(key => Differences(a[key], b[key], name.Length == 0 ? key : $"{name}.{key}")),
        _ when Text(mine) == Text(theirs) => [],
        _ => [$"{name} {Text(mine)}, not {Text(theirs)}"],
    };

    private static string Text(JsonNode? node) => node switch { null => "none", JsonObject => "given", _ => node.ToString() };
}
