using Stardeq.Autodiff;
using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of what training keeps in memory; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class MemoryKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Choice("activations", c => c.Activations, (c, v) => c with { Activations = v }, "how activations wait for the reverse sweep",
            ("float32", SavedAs.Whole), ("bfloat16", SavedAs.BFloat16), ("half", SavedAs.Half)),
        Choice("recompute", c => c.Recompute, (c, v) => c with { Recompute = v }, "maps that the reverse sweep computes again: those inside levels; auto = in ifdeq",
            ("auto", RecomputeKind.Auto), ("none", RecomputeKind.None), ("levels", RecomputeKind.Levels)),
        Memory("workspace", c => c.Workspace, (c, v) => c with { Workspace = v }, "scratch memory of an operation that can do with less in more passes"),
        Memory("data_memory", c => c.DataMemory, (c, v) => c with { DataMemory = v }, "host memory in which slices wait, the others in files; auto = half of the machine's", SliceRoom.Auto, SliceRoom.All),
    ];
}
