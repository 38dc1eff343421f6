namespace Stardeq.Compare;

/// <summary>One row: a case of ours beside the same work elsewhere.</summary>
/// <param name="Case">Name of the case in <c>stardeq bench</c>.</param>
/// <param name="Program">Whose time it is compared with.</param>
/// <param name="Quoted">Milliseconds of that program on two cores of an AMD EPYC (Zen 5), used where it does not run here.</param>
/// <param name="Aim">Largest ratio, ours over theirs, that was aimed at.</param>
internal sealed record Comparison(string Case, string Program, double Quoted, double Aim)
{
    private const string Torch = "libtorch", Finufft = "FINUFFT", Bart = "BART";

    /// <summary>The rows, in the order of the table.</summary>
    public static IReadOnlyList<Comparison> All { get; } =
    [
        new("conv 3x3, 32 ch 256x256: forward", Torch, 3.9, 0.8),
        new("conv 3x3, 64 ch 128x128: forward", Torch, 4.0, 0.8),
        new("conv 3x3, 128 ch 64x64: forward", Torch, 3.4, 0.8),
        new("conv 3x3, 256 ch 32x32: forward", Torch, 3.6, 0.8),
        new("conv 3x3, 32 ch 256x256: forward, gradients", Torch, 12.6, 0.85),
        new("conv 3x3, 64 ch 128x128: forward, gradients", Torch, 11.4, 0.85),
        new("conv 3x3, 128 ch 64x64: forward, gradients", Torch, 10.5, 0.85),
        new("conv 3x3, 256 ch 32x32: forward, gradients", Torch, 10.9, 0.85),
        new("U-Net 256x256, base 32, 3 poolings: forward", Torch, 80, 0.6),
        new("U-Net 256x256, base 32, 3 poolings: forward, gradients", Torch, 223, 0.6),
        new("NUFFT accurate, 256x256, 32 coils, 100 spokes: type 1", Finufft, 28.5, 0.9),
        new("NUFFT accurate, 256x256, 32 coils, 100 spokes: type 2", Finufft, 24.5, 0.9),
        new("NUFFT coarse, 256x256, 32 coils, 100 spokes: type 1", Finufft, 21.6, 0.9),
        new("NUFFT coarse, 256x256, 32 coils, 100 spokes: type 2", Finufft, 17.6, 0.9),
        new("normal operator 256x256, 32 coils", Torch, 64, 25.0 / 64),
        new("IFDEQ step 256x256, 32 coils, base 32, 20 iterations", Torch, 3200, 0.45),
        new("MoDL-5 step 256x256, 32 coils, base 32", Torch, 1800, 0.6),
        new("CG-SENSE 256x256, 8 coils, 30 iterations", Bart, 30 * 131, 0.25),
        new("JSENSE 256x256, 8 coils, 100 spokes", Bart, 45_000, 0.25),
    ];
}

/// <summary>A program that is measured.</summary>
internal interface ITimes
{
    /// <summary>Why it cannot be measured here; null if it can.</summary>
    string? ReasonToSkip { get; }

    /// <summary>Seconds by the name of our case.</summary>
    /// <param name="round">1 for the first; what takes very long is measured in that one only.</param>
    IReadOnlyDictionary<string, double> Measure(int round);
}
