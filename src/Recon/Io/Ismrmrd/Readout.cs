namespace Stardeq.Recon;

/// <summary>One readout: a line through k-space of all channels.</summary>
/// <param name="Header">What and where.</param>
/// <param name="Trajectory">[sample, dimension] = (kx, ky[, kz]) in the file's unit; empty without a trajectory.</param>
/// <param name="Samples">[channel, sample, 2]: real and imaginary parts, arbitrary unit.</param>
public sealed record Readout(AcquisitionHeader Header, float[] Trajectory, float[] Samples);
