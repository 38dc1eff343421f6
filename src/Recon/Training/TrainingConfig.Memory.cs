using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>What of a network a reverse sweep computes once more instead of finding it on the tape.</summary>
public enum RecomputeKind
{
    /// <summary>Levels where that costs one application of many: the Jacobian-free gradient of an equilibrium, swept once. Nothing elsewhere.</summary>
    Auto,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>The maps inside each level of the U-Net.</summary>
    Levels,
}

/// <content>What is kept for the reverse sweep.</content>
public sealed partial record TrainingConfig
{
    /// <summary>How activations wait for the reverse sweep.</summary>
    public SavedAs Activations { get; init; } = SavedAs.Whole;

    /// <summary>What the reverse sweep computes once more.</summary>
    public RecomputeKind Recompute { get; init; } = RecomputeKind.Auto;

    /// <summary>Scratch memory that one operation may take where it can do with less in more passes, as users write it; see
    /// <see cref="Engine.Device.WorkspaceBytes"/>.</summary>
    public string Workspace { get; init; } = "256MiB";

    /// <summary>How much of host memory slices may wait in: an amount, <see cref="SliceRoom.All"/> or <see cref="SliceRoom.Auto"/>. Changes no result.</summary>
    public string DataMemory { get; init; } = SliceRoom.Auto;
}
