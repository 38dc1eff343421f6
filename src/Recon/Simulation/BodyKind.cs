namespace Stardeq.Recon;

/// <summary>Random analytic subjects.</summary>
public enum BodyKind
{
    /// <summary>The anatomies of the small training sets, in a thin slab.</summary>
    Simple,

    /// <summary>A whole upper abdomen with organs in their places; see <see cref="DetailedAbdomen"/>.</summary>
    Detailed,
}
