using System.Globalization;
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
    public string Difference(ProblemChoices other)
    {
        var mine = Leaves(PreparationPlan.Node(this), "").ToDictionary(leaf => leaf.Name, leaf => leaf.Value, StringComparer.Ordinal);
        var theirs = Leaves(PreparationPlan.Node(other), "").ToDictionary(leaf => leaf.Name, leaf => leaf.Value, StringComparer.Ordinal);
        return string.Join(", ", mine.Keys.Union(theirs.Keys)
            .Where(name => mine.GetValueOrDefault(name) != theirs.GetValueOrDefault(name))
            .Select(name => string.Create(CultureInfo.InvariantCulture, $"{name} {mine.GetValueOrDefault(name, "none")}, not {theirs.GetValueOrDefault(name, "none")}")));
    }

    private static IEnumerable<(string Name, string Value)> Leaves(JsonNode? node, string name) => node is JsonObject parent
        ? parent.SelectMany(child => Leaves(child.Value, name.Length == 0 ? child.Key : $"{name}.{child.Key}"))
        : [(name, node?.ToString() ?? "none")];
}
