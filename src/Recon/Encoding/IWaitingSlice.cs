using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A slice that waits for its turn: a <see cref="SliceProblem"/> in host memory, or a <see cref="StoredSlice"/> in files. What is small is known of
/// either; see <see cref="SliceReading"/> for the rest.</summary>
public interface IWaitingSlice
{
    /// <summary>Volume that the slice belongs to.</summary>
    string Subject { get; }

    /// <summary>Toeplitz spectrum, in memory whatever waits elsewhere: all slices with the same spokes share it.</summary>
    Tensor Spectrum { get; }

    /// <summary>s in image units; see <see cref="SliceProblem.Scale"/>.</summary>
    double Scale { get; }

    /// <summary>Name of the content, where something is remembered about the slice; see <see cref="SliceIdentity"/>.</summary>
    string? Identity { get; }

    /// <summary>Type of the images.</summary>
    DType ImageType { get; }

    /// <summary>[y, x].</summary>
    Shape ImageShape { get; }

    /// <summary>Bytes of the arrays that are its own, in memory or to be read, with the rounding of the pool.</summary>
    long OwnBytes { get; }

    /// <summary>The same slice with a name for what is remembered about it.</summary>
    IWaitingSlice Named(string identity);

    /// <summary>The slice in memory, with room for what is not read yet.</summary>
    /// <param name="host">Owner of the room, in host memory.</param>
    SliceProblem Place(TensorScope host);

    /// <summary>Reads what is not in memory, on any thread.</summary>
    /// <param name="place">From <see cref="Place"/>; complete afterwards.</param>
    /// <exception cref="InputException">A file is gone or has changed.</exception>
    void ReadInto(SliceProblem place);

    /// <summary>The target alone.</summary>
    /// <param name="host">Owner of what is read, in host memory.</param>
    /// <exception cref="InputException">There is none, or its file is gone or has changed.</exception>
    Tensor RequireTarget(TensorScope host);
}
