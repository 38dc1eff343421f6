using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A radial trajectory to be made.</summary>
public sealed record TrajectoryRequest
{
    /// <summary>Number of full spokes; 0 for as many as a file of angles has.</summary>
    public int Spokes { get; init; }

    /// <summary>Image height in pixels.</summary>
    public required int Rows { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Columns { get; init; }

    /// <summary>Samples per spoke, or 0 for the longer side of the image.</summary>
    public int Readout { get; init; }

    /// <summary>Where the angles come from.</summary>
    public SpokeAngles Angles { get; init; } = new();

    /// <summary>Whether k = 0 lies between two samples.</summary>
    public bool HalfShift { get; init; }

    /// <summary>Which spokes are kept.</summary>
    public UndersamplingPattern Pattern { get; init; }

    /// <summary>Undersampling factor; 1 keeps all spokes.</summary>
    public int Acceleration { get; init; } = 1;
}

/// <summary>Radial trajectories as array files.</summary>
public static class TrajectoryFile
{
    /// <summary>Makes a trajectory and writes it as float32 [spokes, readout, 2] = (kx, ky) in cycles per field of view.</summary>
    /// <returns>The shape, and how evenly the kept spokes lie.</returns>
    /// <exception cref="InputException">A number makes no sense, or the file cannot be written.</exception>
    public static (Shape Shape, AngularGaps Gaps) Write(string path, TrajectoryRequest request)
    {
        double[] all = request.Angles.Create(request.Spokes);
        double[] angles = [.. SpokeSubset.Select(request.Pattern, all, request.Acceleration).Select(spoke => all[spoke])];
        int readout = request.Readout == 0 ? Math.Max(request.Rows, request.Columns) : request.Readout;
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] radius = RadialTrajectory.ReadoutPositions(readout, request.HalfShift);
        Tensor points = RadialTrajectory.Points(angles, radius, request.Rows, request.Columns, scope);
        points = points.Reshape([angles.Length, readout, 2]);
        ArrayFile.Write(path, points);
        return (points.Shape, SpokeSubset.Gaps(angles));
    }
}
