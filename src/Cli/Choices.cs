using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Named choices that several verbs offer.</summary>
internal static class Choices
{
    /// <summary>on or off.</summary>
    public static bool Switch(string option, string text) => Values.Choice(option, text, ("on", true), ("off", false));

    /// <summary>Which spokes undersampling keeps.</summary>
    public static UndersamplingPattern Pattern(string option, string text) => Values.Choice(
        option,
        text,
        ("temporal", UndersamplingPattern.Temporal),
        ("equiangular", UndersamplingPattern.Equiangular),
        ("contiguous", UndersamplingPattern.Contiguous));

    /// <summary>How coil maps are estimated.</summary>
    public static CoilMapMethod CoilMaps(string option, string text) =>
        Values.Choice(option, text, ("walsh", CoilMapMethod.Walsh), ("jsense", CoilMapMethod.Jsense), ("espirit", CoilMapMethod.Espirit));
}
