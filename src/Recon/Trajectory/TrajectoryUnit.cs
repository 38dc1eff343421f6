namespace Stardeq.Recon;

/// <summary>Units of trajectories in files; inside the program there is only the first.</summary>
public enum TrajectoryUnit
{
    /// <summary>Cycles per field of view, within ± N/2.</summary>
    CyclesPerFieldOfView,

    /// <summary>Cycles per pixel, within ± 1/2.</summary>
    CyclesPerPixel,

    /// <summary>Radians per pixel, within ± π.</summary>
    RadiansPerPixel,

    /// <summary>The edge of k-space is at ± 1.</summary>
    Normalised,
}
