using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What a raw stack-of-stars file says besides its samples.</summary>
public sealed record StackOfStarsDescription
{
    /// <summary>Place of the image in the patient.</summary>
    public required ImageGeometry Geometry { get; init; }

    /// <summary>Time from sample to sample, microseconds.</summary>
    public double SampleTime { get; init; } = 5;

    /// <summary>Resonance frequency, Hz.</summary>
    public long ResonanceFrequency { get; init; } = 127_740_000;

    /// <summary>Name of the protocol.</summary>
    public string? Protocol { get; init; }

    /// <summary>kz index of each measured partition, or null for all of <see cref="Partitions"/>.</summary>
    public int[]? PartitionIndices { get; init; }

    /// <summary>Partitions of the whole grid; 0 for as many as there are in the data. The centre is floor(P/2).</summary>
    public int Partitions { get; init; }

    /// <summary>[coil, sample] noise without signal, written before the data, or null.</summary>
    public Tensor? Noise { get; init; }
}
