using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Aᴴ W y with W the area of k-space that each sample stands for: the adjoint as an approximate inverse. Weights that
/// condition a solver better, Pipe's, leave the gaps between outer spokes out and would blur the image.
/// </summary>
public sealed class GriddingReconstructor : IReconstructor
{
    /// <inheritdoc/>
    public string Name => "gridding";

    /// <inheritdoc/>
    public SolvedSlice? Reconstruct(SliceProblem slice, Tensor image)
    {
        if (slice.Gridded is { } gridded)
        {
            image.CopyFrom(gridded);
        }
        else
        {
            slice.StartFrom(slice.B, image);
        }

        return null;
    }
}
