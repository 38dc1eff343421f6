using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>An array in a file, or a part of one, that is read when it is wanted. Elements lie as in memory, row-major.</summary>
/// <param name="Path">The file. In a rehearsal there need be none.</param>
/// <param name="DType">Type of the elements.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Offset">Bytes before the first element.</param>
public sealed record FileArray(string Path, DType DType, Shape Shape, long Offset)
{
    /// <summary>Size of the elements in bytes.</summary>
    public long ByteCount => Shape.Count * DType.Bytes();

    /// <summary>The sub-array at an index of the first axis.</summary>
    public FileArray Slice(int index) => Slice(index, 1) with { Shape = Shape[1..] };

    /// <summary>Entries of the first axis.</summary>
    /// <exception cref="ShapeException">They are not inside it.</exception>
    public FileArray Slice(int start, int count)
    {
        if (Shape.Rank == 0 || start < 0 || count < 0 || start > Shape[0] - count)
        {
            throw new ShapeException($"entries {start}..{(long)start + count} are not inside the first axis of {DType.Name()} {Shape} in '{Path}'.");
        }

        Shape inner = Shape[1..];
        return this with { Shape = Shape.Create([count]).Concat(inner), Offset = Offset + (start * inner.Count * DType.Bytes()) };
    }

    /// <summary>The elements, as a new tensor.</summary>
    /// <exception cref="InputException">The file is gone, or too short.</exception>
    public Tensor Read(TensorScope scope)
    {
        Tensor array = scope.New(DType, Shape);
        Read(array);
        return array;
    }

    /// <summary>Reads the elements into a tensor in host memory; a rehearsal reads nothing.</summary>
    /// <exception cref="ShapeException">The tensor has another type or shape.</exception>
    /// <exception cref="InputException">The file is gone, or too short.</exception>
    public void Read(Tensor into)
    {
        if (into.DType != DType || into.Shape != Shape)
        {
            throw new ShapeException($"{DType.Name()} {Shape} of '{Path}' into {into.Describe()}; type and shape must be equal.");
        }

        if (into.Device.IsRehearsal)
        {
            return;
        }

        try
        {
            using FileStream stream = InputFile.Open(Path);
            stream.Position = Offset;
            TensorBytes.Read(stream, into);
        }
        catch (IOException failure)
        {
            throw new InputException($"cannot read {DType.Name()} {Shape} at byte {Offset:N0} of '{Path}': {failure.Message}", failure);
        }
    }
}
