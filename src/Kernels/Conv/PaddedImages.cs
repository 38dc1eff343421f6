using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// A batch of float32 images copied so that a convolution needs no case distinction at the edges: each plane has a frame
/// of zeros, one column wide, which the end of one row shares with the start of the next. Seen as one long line, the
/// input of tap (u, v) at position p = r · Pitch + c is then element p + <see cref="Offset"/>(u, v), for every p; the
/// positions in the frame column compute something that nobody reads.
/// </summary>
internal readonly unsafe struct PaddedImages
{
    // A kernel reads whole tiles, at most this far past the last position.
    private const int Slack = 128;
    private const int Line = 16; // floats per cache line
    private readonly float* _data;
    private readonly int _channels, _rows, _columns, _pad;

    private PaddedImages(float* data, int channels, int rows, int columns, int pad, int planeLength)
    {
        _data = data;
        (_channels, _rows, _columns, _pad) = (channels, rows, columns, pad);
        Pitch = columns + pad;
        PlaneLength = planeLength;
    }

    /// <summary>Floats from one row to the next.</summary>
    public int Pitch { get; }

    /// <summary>Floats from one plane to the next: an odd number of cache lines, so that planes spread over the cache.</summary>
    public int PlaneLength { get; }

    /// <summary>Positions of one plane, frame column included.</summary>
    public int Positions => _rows * Pitch;

    /// <summary>First element of an image.</summary>
    public float* Image(int image) => _data + ((nint)image * _channels * PlaneLength);

    /// <summary>Distance from a position to the input of a tap.</summary>
    public int Offset(int channel, int u, int v) => (channel * PlaneLength) + (u * Pitch) + v;

    /// <summary>Images per group whose padded copy stays below some 8 MB, the reach of the outer caches.</summary>
    public static int GroupSize(int batch, int channels, int rows, int columns, int pad) =>
        (int)Math.Clamp((2L << 20) / Math.Max(1, (long)channels * StrideOf(rows, columns, pad)), 1, Math.Max(1, batch));

    /// <summary>Copies images <paramref name="first"/> .. first + count of [batch, channel, row, column].</summary>
    /// <param name="scope">Owner of the copy.</param>
    /// <param name="x">float32 [batch, channel, row, column].</param>
    /// <param name="first">First image.</param>
    /// <param name="count">Number of images.</param>
    /// <param name="pad">Width of the frame, 0 or 1.</param>
    public static PaddedImages Copy(TensorScope scope, Tensor x, int first, int count, int pad)
    {
        int channels = x.Shape[1], rows = x.Shape[2], columns = x.Shape[3], length = StrideOf(rows, columns, pad);
        Tensor storage = scope.New(DType.Float32, [count * channels, length]);
        var images = new PaddedImages(storage.Pointer<float>(), channels, rows, columns, pad, length);
        float* source = x.Pointer<float>() + ((long)first * channels * rows * columns);
        Planes.ForEach(x.Slice(first, count), plane => images.CopyPlane(source + (plane * rows * columns), plane));
        return images;
    }

    /// <summary>The images [batch, channel, row, column] themselves, for kernels without frame that stay inside a plane.</summary>
    public static PaddedImages InPlace(Tensor x) =>
        new(x.Pointer<float>(), x.Shape[1], x.Shape[2], x.Shape[3], pad: 0, planeLength: x.Shape[2] * x.Shape[3]);

    private static int StrideOf(int rows, int columns, int pad)
    {
        int length = ((rows + (2 * pad)) * (columns + pad)) + (2 * pad) + Slack;
        return ((length / Line) | 1) * Line;
    }

    private void CopyPlane(float* source, long plane)
    {
        float* target = _data + (plane * PlaneLength);
        int start = _pad * (Pitch + 1);
        new Span<float>(target, start).Clear();
        for (int r = 0; r < _rows; r++)
        {
            new ReadOnlySpan<float>(source + ((nint)r * _columns), _columns).CopyTo(new Span<float>(target + start + ((nint)r * Pitch), _columns));
            if (_pad > 0)
            {
                target[start + ((nint)r * Pitch) + _columns] = 0;
            }
        }

        int end = start + (_rows * Pitch);
        new Span<float>(target + end, PlaneLength - end).Clear();
    }
}
