namespace Stardeq.Recon;

/// <summary>The problems of one subject as a <see cref="SliceLoader"/> makes them.</summary>
/// <param name="Count">Number of slices.</param>
/// <param name="Slices">They are made one after the other, in order, when they are asked for.</param>
/// <param name="Undersampling">The kept spokes, in one line.</param>
/// <param name="Kept">Sampling of the kept spokes, with their weights and spectrum; the loader owns it.</param>
public sealed record SubjectProblems(int Count, IEnumerable<MadeSlice> Slices, string Undersampling, RadialEncoding Kept);
