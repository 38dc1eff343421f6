using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One simulated scan.</summary>
/// <param name="Acquisition">Noisy k-space of all encodings and the nominal spokes; encodings that are not measured are 0.</param>
/// <param name="Coils">True sensitivities.</param>
/// <param name="Truth">Makes the object [slice, y, x] of the used slices, at exhale.</param>
/// <param name="NoiseScan">[coil, sample] noise without signal, or null.</param>
/// <param name="CoilFitError">Relative l2 distance between the sensitivities and the fields of the loops; 0 for the ring.</param>
internal sealed record SimulatedSubject(
    StackOfStarsAcquisition Acquisition, ExponentialCoils Coils, Func<TensorScope, Tensor> Truth, Tensor? NoiseScan, double CoilFitError);
