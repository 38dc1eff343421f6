using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The elements of a CPU tensor as a stream of bytes, for files of any size.</summary>
internal static unsafe class TensorBytes
{
    /// <summary>A stream over the tensor's own memory; reading or writing it copies nothing else.</summary>
    public static Stream Open(Tensor tensor)
    {
        void* address = tensor.DType switch
        {
            DType.Float32 => tensor.Pointer<float>(),
            DType.Float64 => tensor.Pointer<double>(),
            DType.Complex64 => tensor.Pointer<Complex64>(),
            DType.Complex128 => tensor.Pointer<System.Numerics.Complex>(),
            _ => tensor.Pointer<int>(),
        };
        return new UnmanagedMemoryStream((byte*)address, tensor.ByteCount, tensor.ByteCount, FileAccess.ReadWrite);
    }

    /// <summary>Fills the tensor from the stream's next bytes.</summary>
    public static void Read(Stream source, Tensor tensor)
    {
        using Stream target = Open(tensor);
        var buffer = new byte[1 << 16];
        while (target.Position < target.Length)
        {
            int count = (int)Math.Min(buffer.Length, target.Length - target.Position);
            source.ReadExactly(buffer, 0, count);
            target.Write(buffer, 0, count);
        }
    }

    /// <summary>Appends the tensor's elements to the stream.</summary>
    public static void Write(Tensor tensor, Stream target)
    {
        using Stream source = Open(tensor);
        source.CopyTo(target, 1 << 16);
    }
}
