using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The k-space of a subject, a few slices at a time.</summary>
public interface ISubjectSlices
{
    /// <summary>Where the samples of every slice lie.</summary>
    SpokeGeometry Geometry { get; }

    /// <summary>How many slices are read at a time at best: those that one pass over the files gives.</summary>
    int Together { get; }

    /// <summary>Some slices.</summary>
    /// <param name="first">Index of the first among the used ones.</param>
    /// <param name="count">How many.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, spoke · readout] complex64.</returns>
    /// <exception cref="InputException">A file cannot be read, or a value is not finite.</exception>
    Tensor Read(int first, int count, TensorScope scope);
}
