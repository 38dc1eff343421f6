using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The elements of a tensor as a stream of bytes, for files of any size. Tensors of other devices go through host memory.</summary>
internal static unsafe class TensorBytes
{
    /// <summary>A stream over the memory of a tensor on a CPU device; reading or writing it copies nothing else.</summary>
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
        using var scope = new TensorScope(tensor.Device.Host, MemoryOwner.Workspace);
        Tensor host = tensor.Device.IsHost ? tensor : scope.New(tensor.DType, tensor.Shape);
        using Stream target = Open(host);
        var buffer = new byte[1 << 16];
        while (target.Position < target.Length)
        {
            int count = (int)Math.Min(buffer.Length, target.Length - target.Position);
            source.ReadExactly(buffer, 0, count);
            target.Write(buffer, 0, count);
        }

        if (host != tensor)
        {
            tensor.CopyFrom(host);
        }
    }

    /// <summary>Appends the tensor's elements to the stream.</summary>
    public static void Write(Tensor tensor, Stream target)
    {
        using var scope = new TensorScope(tensor.Device.Host, MemoryOwner.Workspace);
        using Stream source = Open(scope.Bring(tensor));
        source.CopyTo(target, 1 << 16);
    }
}
