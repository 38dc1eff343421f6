namespace Stardeq.Cli;

/// <summary>All verbs, in the order of the help page.</summary>
internal static class Verbs
{
    /// <summary>The list.</summary>
    public static IReadOnlyList<Verb> All { get; } =
    [
        Verb.Of<DoctorOptions>("doctor", "checks program, machine and device in seconds", DoctorVerb.Run),
        Verb.Of<TrajOptions>("traj", "makes a radial trajectory", TrajVerb.Run),
    ];
}
