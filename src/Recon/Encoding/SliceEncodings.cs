namespace Stardeq.Recon;

/// <summary>The samplings that one slice is prepared with.</summary>
/// <param name="Kept">The undersampled set: input, scale and normal operator come from it alone.</param>
public sealed record SliceEncodings(RadialEncoding Kept)
{
    /// <summary>The same spokes without weights, or null if no method wants plain least squares.</summary>
    public RadialEncoding? Plain { get; init; }

    /// <summary>The same spokes with areas for weights, or null if no method wants a gridded image by other weights than
    /// those of <see cref="Kept"/>.</summary>
    public RadialEncoding? Area { get; init; }

    /// <summary>All spokes, for the target, or null for none.</summary>
    public RadialEncoding? Full { get; init; }
}
