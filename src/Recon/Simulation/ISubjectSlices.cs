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

    /// <summary>All slices in order, a few at a time: views of what is read together, in memory until the next are asked for.</summary>
    /// <param name="count">Number of used slices.</param>
    /// <param name="most">Most slices of a view.</param>
    /// <param name="host">Host memory.</param>
    /// <returns>Index of the first slice of each view, and the view.</returns>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    IEnumerable<(int First, Tensor Slices)> InTurn(int count, int most, Device host)
    {
        for (int first = 0; first < count; first += Together)
        {
            host.Pool.Trim(); // a part is large, and the next may have another size
            using var read = new TensorScope(host, MemoryOwner.Workspace);
            Tensor part = Read(first, Math.Min(Together, count - first), read);
            for (int start = 0; start < part.Shape[0]; start += most)
            {
                yield return (first + start, part.Slice(start, Math.Min(most, part.Shape[0] - start)));
            }
        }
    }
}
