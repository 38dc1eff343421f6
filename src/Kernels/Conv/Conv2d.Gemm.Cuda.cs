using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>
/// 1 x 1 convolutions as products of cuBLAS. With C input channels a pixel costs 2 C operations per value that is written,
/// so only many channels keep the multipliers busy; there the library's tiles are as good as it gets. With few
/// channels memory is the limit: the kernel of section 5 of kernels.cu, which adds the bias and writes once, then moves a
/// third of the bytes of a product followed by a pass that reads, adds the bias and writes again. Where there is a bias
/// the kernel is taken.
/// </content>
public static unsafe partial class Conv2d
{
    /// <summary>Fewest channels, on both sides, with which a product of cuBLAS is taken. From counting bytes, not measured.</summary>
    internal const int ManyChannels = 64;

    private static bool IsProduct(Sizes s) => s.Kernel == 1 && Math.Min(s.In, s.Out) >= ManyChannels;

    /// <summary>y[b] = W x[b], or Wᵀ x[b], at each pixel, by one strided batch of matrix products.</summary>
    /// <param name="cuda">Device of all tensors.</param>
    /// <param name="weight">[out, in, 1, 1] float32 or float64.</param>
    /// <param name="x">[batch, in, row, column], of out channels if <paramref name="transpose"/>.</param>
    /// <param name="y">[batch, out, row, column], of in channels if <paramref name="transpose"/>.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    /// <param name="transpose">The adjoint: what a gradient does on its way back, and the transposed 2 x 2 convolution on its way forth.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    internal static void PointwiseCuda(CudaDevice cuda, Tensor weight, Tensor x, Tensor y, WriteMode mode, bool transpose)
    {
        (int outer, int inner) = (weight.Shape[0], weight.Shape[1]);
        (int from, int to) = transpose ? (outer, inner) : (inner, outer);
        int pixels = checked(x.Shape[2] * x.Shape[3]);
        if (x.Shape != Shape.Create([y.Shape[0], from, y.Shape[2], y.Shape[3]]) || y.Shape[1] != to || weight.Count != (long)outer * inner)
        {
            throw new ShapeException($"conv2d 1 x 1: weight {weight.Describe()}{(transpose ? " transposed" : "")} does not take {x.Describe()} to {y.Describe()}.");
        }

        cuda.Products.Multiply(
            new(weight, outer, inner, 0, transpose), new(x, from, pixels, (long)from * pixels), new(y, to, pixels, (long)to * pixels),
            x.Shape[0], 1, mode == WriteMode.Add ? 1 : 0);
    }
}
