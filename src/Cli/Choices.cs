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

    /// <summary>Unit of angles.</summary>
    public static AngleUnit AngleUnit(string option, string text) =>
        Values.Choice(option, text, ("radians", Recon.AngleUnit.Radians), ("degrees", Recon.AngleUnit.Degrees));

    /// <summary>Unit of trajectories.</summary>
    public static TrajectoryUnit TrajectoryUnit(string option, string text) => Values.Choice(
        option,
        text,
        ("cycles-per-fov", Recon.TrajectoryUnit.CyclesPerFieldOfView),
        ("cycles-per-pixel", Recon.TrajectoryUnit.CyclesPerPixel),
        ("radians-per-pixel", Recon.TrajectoryUnit.RadiansPerPixel),
        ("normalised", Recon.TrajectoryUnit.Normalised));

    /// <summary>Order of spoke angles.</summary>
    public static SpokeOrder Order(string option, string text) =>
        Values.Choice(option, text, ("golden", SpokeOrder.Golden), ("uniform", SpokeOrder.Uniform), ("full-circle", SpokeOrder.FullCircle));

    /// <summary>How coil maps are estimated.</summary>
    public static CoilMapMethod CoilMaps(string option, string text) =>
        Values.Choice(option, text, ("walsh", CoilMapMethod.Walsh), ("jsense", CoilMapMethod.Jsense), ("espirit", CoilMapMethod.Espirit));
}
