using Stardeq.Engine;

namespace Stardeq.Kernels;

// transposed conv2d, 2 x 2, stride 2: y[b,o,2i+a,2j+c] = bias[o] + Σ_n x[b,n,i,j] · w[n,o,a,c]
// gradient: Autodiff/Ops · spec: tests/Kernels/ConvTranspose2dTests.cs

/// <summary>
/// Transposed convolution of 2 x 2 with stride 2, which doubles the image. Its windows do not overlap, so it is a 1 x 1
/// convolution to 4 · out channels, one per position in the window, followed by a rearrangement; every pass is the
/// corresponding pass of <see cref="Conv2d"/> with the roles of input and output exchanged. In float32 on the CPU the images are
/// rearranged as they are read and written.
/// </summary>
/// <remarks>The gradient of the bias is <see cref="Conv2d.BackwardBias"/>.</remarks>
public static unsafe class ConvTranspose2d
{
    /// <summary>y[b,o,2i+a,2j+c] = bias[o] + Σ_n x[b,n,i,j] · w[n,o,a,c].</summary>
    /// <param name="x">[batch, in, row, column] float32 or float64.</param>
    /// <param name="weight">[in, out, 2, 2].</param>
    /// <param name="bias">[out], or null for none.</param>
    /// <param name="y">[batch, out, 2 row, 2 column]; replaced.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void Forward(Tensor x, Tensor weight, Tensor? bias, Tensor y)
    {
        const string Operation = "transposed conv2d";
        Check(Operation, x, weight, nameof(weight), y, nameof(y));
        if (bias is not null)
        {
            Operands.Require(Operation, nameof(bias), bias, x.DType, [weight.Shape[1]], x.Device);
        }

        using OpenSpan? span = x.Device.Spans?.Begin(Operation, Count(x, weight));
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        if (x.Device is CpuDevice cpu && x.DType == DType.Float32)
        {
            (int rows, int columns, int channels) = (x.Shape[2], x.Shape[3], y.Shape[1]);
            Tensor offset = scope.Zeros(DType.Float32, [4 * channels]);
            for (int i = 0; bias is not null && i < 4 * channels; i++)
            {
                offset.Pointer<float>()[i] = bias.Pointer<float>()[i / 4];
            }

            PointwiseProduct.Run(
                cpu, x.Shape[0], rows * columns, PackedWeights.Adjoint(scope, AsPointwise(weight)), offset,
                new PlanarInput(x.Pointer<float>(), x.Shape[1], rows * columns), new WindowOutput(y.Pointer<float>(), channels, rows, columns));
            return;
        }

        Tensor windows = scope.New(x.DType, WindowShape(y));
        Conv2d.BackwardInput(x, AsPointwise(weight), windows, WriteMode.Overwrite);
        Windows.Scatter(windows, bias, y);
    }

    /// <summary>xBar = the adjoint of <see cref="Forward"/> in x, applied to yBar.</summary>
    /// <param name="yBar">[batch, out, 2 row, 2 column] float32 or float64.</param>
    /// <param name="weight">[in, out, 2, 2].</param>
    /// <param name="xBar">[batch, in, row, column].</param>
    /// <param name="mode">Whether xBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void BackwardInput(Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        const string Operation = "transposed conv2d backward input";
        Check(Operation, xBar, weight, nameof(weight), yBar, nameof(yBar));
        using OpenSpan? span = xBar.Device.Spans?.Begin(Operation, Count(xBar, weight));
        using var scope = new TensorScope(yBar.Device, MemoryOwner.Workspace);
        if (yBar.Device is CpuDevice cpu && yBar.DType == DType.Float32)
        {
            (int inputs, int rows, int columns, int channels) = (xBar.Shape[1], xBar.Shape[2], xBar.Shape[3], yBar.Shape[1]);
            Tensor packed = PackedWeights.Forward(scope, AsPointwise(weight));
            PointwiseProduct.Run(
                cpu, xBar.Shape[0], rows * columns, packed, scope.Zeros(DType.Float32, [PackedWeights.Tile * packed.Shape[0]]),
                new WindowInput(yBar.Pointer<float>(), channels, rows, columns), new PlanarOutput(xBar.Pointer<float>(), inputs, rows * columns, slope: 1, mode));
            return;
        }

        Tensor windows = scope.New(yBar.DType, WindowShape(yBar));
        Windows.Gather(yBar, windows);
        if (mode == WriteMode.Overwrite)
        {
            Conv2d.Forward(windows, AsPointwise(weight), null, xBar);
            return;
        }

        Tensor sum = scope.Like(xBar);
        Conv2d.Forward(windows, AsPointwise(weight), null, sum);
        Add.Run(xBar, sum, xBar);
    }

    /// <summary>weightBar = the adjoint of <see cref="Forward"/> in the weight, applied to yBar.</summary>
    /// <param name="x">[batch, in, row, column] float32 or float64.</param>
    /// <param name="yBar">[batch, out, 2 row, 2 column].</param>
    /// <param name="weightBar">[in, out, 2, 2].</param>
    /// <param name="mode">Whether weightBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void BackwardWeight(Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        const string Operation = "transposed conv2d backward weight";
        Check(Operation, x, weightBar, nameof(weightBar), yBar, nameof(yBar));
        using OpenSpan? span = x.Device.Spans?.Begin(Operation, Count(x, weightBar));
        using var scope = new TensorScope(yBar.Device, MemoryOwner.Workspace);
        if (yBar.Device is CpuDevice cpu && yBar.DType == DType.Float32)
        {
            (int rows, int columns) = (x.Shape[2], x.Shape[3]);
            PointwiseWeightGradient.Run(
                cpu, x.Shape[0], rows * columns, new PlanarInput(x.Pointer<float>(), x.Shape[1], rows * columns),
                new WindowInput(yBar.Pointer<float>(), yBar.Shape[1], rows, columns), weightBar, mode);
            return;
        }

        Tensor windows = scope.New(yBar.DType, WindowShape(yBar));
        Windows.Gather(yBar, windows);
        Conv2d.BackwardWeight(windows, x, AsPointwise(weightBar), mode);
    }

    private static void Check(string operation, Tensor x, Tensor weight, string weightName, Tensor y, string yName)
    {
        Operands.RequireReal(operation, "x", x);
        Operands.RequireRank(operation, "x", x, 4, "(batch, channel, row, column)");
        Operands.RequireRank(operation, weightName, weight, 4, "(in, out, 2, 2)");
        Operands.Require(operation, weightName, weight, x.DType, [x.Shape[1], weight.Shape[1], 2, 2], x.Device);
        Operands.Require(operation, yName, y, x.DType, [x.Shape[0], weight.Shape[1], 2 * x.Shape[2], 2 * x.Shape[3]], x.Device);
    }

    // Each of four outputs per pixel is one product per channel; x, y and the weights once.
    private static WorkCount Count(Tensor x, Tensor weight) =>
        Work.As(x.DType, Work.Convolution(weight.Shape[0], 4 * weight.Shape[1], 1, (long)x.Shape[0] * x.Shape[2] * x.Shape[3]));

    // [in, out, 2, 2] read as the weights [in, 4 out, 1, 1] of the adjoint convolution.
    private static Tensor AsPointwise(Tensor weight) => weight.Reshape([weight.Shape[0], 4 * weight.Shape[1], 1, 1]);

    private static Shape WindowShape(Tensor y) => [y.Shape[0], 4 * y.Shape[1], y.Shape[2] / 2, y.Shape[3] / 2];
}
