namespace Stardeq.Recon;

/// <summary>The problems of one subject as a <see cref="SliceLoader"/> makes them.</summary>
/// <param name="Slices">One per slice, in order; in the scope that was given.</param>
/// <param name="Undersampling">The kept spokes, in one line.</param>
/// <param name="Kept">Sampling of the kept spokes, with their weights and spectrum; the loader owns it.</param>
public sealed record SubjectProblems(IReadOnlyList<SliceProblem> Slices, string Undersampling, RadialEncoding Kept);
