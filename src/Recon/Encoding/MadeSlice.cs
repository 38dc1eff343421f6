using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A slice as it was made, with the scope that owns it until the next is asked for.</summary>
/// <param name="Slice">In host memory.</param>
/// <param name="Owner">Whoever wants to keep the slice adopts its arrays from here.</param>
public readonly record struct MadeSlice(SliceProblem Slice, TensorScope Owner);
