using Stardeq.Kernels;
using static Stardeq.Recon.ConfigKey;

namespace Stardeq.Recon;

/// <summary>The keys of what becomes of measured data before a model sees them; part of <see cref="ConfigKeys.All"/>.</summary>
internal static class PreparationKeys
{
    /// <summary>In the order in which they are written.</summary>
    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        Choice("dcf", c => c.Density, (c, v) => c with { Density = v }, "density compensation",
            ("voronoi", DensityRule.Voronoi), ("ramp", DensityRule.Ramp), ("pipe", DensityRule.Pipe), ("none", DensityRule.None)),
        Choice("dcf_norm", c => c.DensityNorm, (c, v) => c with { DensityNorm = v }, "scale of the density weights",
            ("maxeig", DensityNormKind.MaximumEigenvalue), ("none", DensityNormKind.None)),
        Choice("ksp_norm", c => c.KSpaceNorm, (c, v) => c with { KSpaceNorm = v }, "what the data are divided by",
            ("image", KSpaceNormKind.Image), ("maxeig", KSpaceNormKind.MaximumEigenvalue), ("none", KSpaceNormKind.None)),
        Choice("image_norm", c => c.ImageNorm, (c, v) => c with { ImageNorm = v }, "norm of the gridded image that scales the data with ksp_norm=image",
            ("p99.9", ImageNorm.P999), ("l2", ImageNorm.L2), ("rms", ImageNorm.Rms), ("max", ImageNorm.Max)),
        Choice("nufft", c => c.Nufft, (c, v) => c with { Nufft = v }, "accuracy of the NUFFT",
            ("accurate", NufftAccuracy.Accurate), ("fast", NufftAccuracy.Fast)),
        Choice("target", c => c.Target, (c, v) => c with { Target = v }, "image that training aims at",
            ("gridding", TargetKind.Gridding), ("cg-sense", TargetKind.CgSense)),
        Choice("train_pattern", c => c.TrainPattern, (c, v) => c with { TrainPattern = v }, "spokes that training keeps",
            ("temporal", UndersamplingPattern.Temporal), ("equiangular", UndersamplingPattern.Equiangular), ("contiguous", UndersamplingPattern.Contiguous)),
        Choice("test_pattern", c => c.TestPattern, (c, v) => c with { TestPattern = v }, "spokes that the measured result keeps",
            ("temporal", UndersamplingPattern.Temporal), ("equiangular", UndersamplingPattern.Equiangular), ("contiguous", UndersamplingPattern.Contiguous)),
        Whole("acceleration", c => c.Acceleration, (c, v) => c with { Acceleration = v }, "undersampling factor", 1),
        Choice("maps", c => c.Maps, (c, v) => c with { Maps = v }, "origin of the coil maps",
            ("walsh", MapsKind.Walsh), ("jsense", MapsKind.Jsense), ("espirit", MapsKind.Espirit), ("true", MapsKind.True)),
        Choice("maps_from", c => c.MapsFrom, (c, v) => c with { MapsFrom = v }, "data that the coil maps are estimated from",
            ("full", MapsSourceKind.Full), ("undersampled", MapsSourceKind.Undersampled)),
        .. CoilKeys.All,
    ];

    /// <summary>Refuses assignments of other keys, which decide nothing of what is prepared.</summary>
    /// <exception cref="InputException">There is one.</exception>
    public static void RequireOnly(IEnumerable<string> assignments) => ConfigKeys.RequireRead(
        assignments,
        All.Contains,
        $"this decides nothing of what is prepared. Leave it to 'stardeq train --set'; keys that concern preparation are {string.Join(", ", All.Select(key => key.Name))}.");
}
