using Stardeq.Engine;

namespace Stardeq.Kernels;

// conv2d: y[b,o,r,c] = λ(bias[o] + Σ_{i,u,v} w[o,i,u,v] · x[b,i,r+u−p,c+v−p]), p = (k−1)/2, zero outside;
// λ(v) = v > 0 ? v : slope · v, the identity for slope 1
// gradient: Autodiff/Ops · spec: tests/Kernels/Conv2dTests.cs

/// <summary>Two-dimensional cross-correlation with zero padding that keeps the size; kernels of 1 x 1 and 3 x 3.</summary>
public static partial class Conv2d
{
    /// <summary>y = λ(w * x + bias), λ the leaky rectifier: the bits of the convolution followed by <see cref="LeakyRelu.Forward"/>.</summary>
    /// <param name="x">[batch, in, row, column] float32 or float64.</param>
    /// <param name="weight">[out, in, k, k], k = 1 or 3.</param>
    /// <param name="bias">[out], or null for none.</param>
    /// <param name="y">[batch, out, row, column]; replaced; must not overlap x.</param>
    /// <param name="slope">Factor of negative values, zero or more; 1 for the convolution alone.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative or not finite.</exception>
    public static void Forward(Tensor x, Tensor weight, Tensor? bias, Tensor y, double slope = 1)
    {
        const string Operation = "conv2d";
        RequireSlope(slope);
        Operands.RequireReal(Operation, nameof(x), x);
        Sizes sizes = Check(Operation, nameof(x), x, weight, channelAxis: 1);
        Operands.Require(Operation, nameof(y), y, x.DType, sizes.Output, x.Device);
        Operands.RequireApart(Operation, nameof(x), x, nameof(y), y);
        if (bias is not null)
        {
            Operands.Require(Operation, nameof(bias), bias, x.DType, [sizes.Out], x.Device);
        }

        using OpenSpan? span = x.Device.Spans?.Begin(sizes.Name(Operation), sizes.Work(x.DType));
        if (x.Device is CudaDevice cuda)
        {
            ForwardCuda(cuda, sizes, x, weight, bias, y, slope);
        }
        else if (x.DType == DType.Float64)
        {
            ForwardDefinition(sizes, x, weight, bias, y, slope);
        }
        else
        {
            ForwardCpu(sizes, x, weight, bias, y, slope);
        }
    }

    /// <summary>xBar = the adjoint of x ↦ w * x, applied to yBar.</summary>
    /// <param name="yBar">[batch, out, row, column] float32 or float64.</param>
    /// <param name="weight">[out, in, k, k], k = 1 or 3.</param>
    /// <param name="xBar">[batch, in, row, column]; must not overlap yBar.</param>
    /// <param name="mode">Whether xBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void BackwardInput(Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        const string Operation = "conv2d backward input";
        Operands.RequireReal(Operation, nameof(yBar), yBar);
        Sizes sizes = Check(Operation, nameof(yBar), yBar, weight, channelAxis: 0);
        Operands.Require(Operation, nameof(xBar), xBar, yBar.DType, sizes.Input, yBar.Device);
        Operands.RequireApart(Operation, nameof(yBar), yBar, nameof(xBar), xBar);
        using OpenSpan? span = yBar.Device.Spans?.Begin(sizes.Name(Operation), sizes.Work(yBar.DType));
        if (yBar.Device is CudaDevice cuda)
        {
            BackwardInputCuda(cuda, sizes, yBar, weight, xBar, mode);
        }
        else if (yBar.DType == DType.Float64)
        {
            BackwardInputDefinition(sizes, yBar, weight, xBar, mode);
        }
        else
        {
            BackwardInputCpu(sizes, yBar, weight, xBar, mode);
        }
    }

    /// <summary>weightBar = the adjoint of w ↦ w * x, applied to yBar: a correlation of yBar with x.</summary>
    /// <param name="x">[batch, in, row, column] float32 or float64.</param>
    /// <param name="yBar">[batch, out, row, column].</param>
    /// <param name="weightBar">[out, in, k, k], k = 1 or 3.</param>
    /// <param name="mode">Whether weightBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void BackwardWeight(Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        const string Operation = "conv2d backward weight";
        Operands.RequireReal(Operation, nameof(x), x);
        Sizes sizes = Check(Operation, nameof(x), x, weightBar, channelAxis: 1);
        Operands.Require(Operation, nameof(yBar), yBar, x.DType, sizes.Output, x.Device);
        using OpenSpan? span = x.Device.Spans?.Begin(sizes.Name(Operation), sizes.Work(x.DType));
        if (x.Device is CudaDevice cuda)
        {
            BackwardWeightCuda(cuda, sizes, x, yBar, weightBar, mode);
        }
        else if (x.DType == DType.Float64)
        {
            BackwardWeightDefinition(sizes, x, yBar, weightBar, mode);
        }
        else
        {
            BackwardWeightCpu(sizes, x, yBar, weightBar, mode);
        }
    }

    /// <summary>biasBar[o] = Σ_{b,r,c} yBar[b,o,r,c], summed in double precision. Serves transposed convolutions too.</summary>
    /// <param name="yBar">[batch, out, row, column] float32 or float64.</param>
    /// <param name="biasBar">[out].</param>
    /// <param name="mode">Whether biasBar is replaced or added to.</param>
    /// <exception cref="ShapeException">A shape or type does not fit.</exception>
    public static void BackwardBias(Tensor yBar, Tensor biasBar, WriteMode mode)
    {
        const string Operation = "conv2d backward bias";
        Operands.RequireReal(Operation, nameof(yBar), yBar);
        Operands.RequireRank(Operation, nameof(yBar), yBar, 4, "(batch, channel, row, column)");
        Operands.Require(Operation, nameof(biasBar), biasBar, yBar.DType, [yBar.Shape[1]], yBar.Device);
        using OpenSpan? span = yBar.Device.Spans?.Begin(Operation, Work.Pass(1, yBar, biasBar));
        int batch = yBar.Shape[0], channels = yBar.Shape[1];
        if (yBar.Device is CudaDevice cuda)
        {
            BackwardBiasCuda(cuda, yBar, biasBar, mode);
            return;
        }

        ((CpuDevice)yBar.Device).For(channels, channel =>
        {
            double sum = 0;
            for (int b = 0; b < batch; b++)
            {
                sum += Reduce.Sum(yBar.Slice(b).Slice(channel));
            }

            AddTo(biasBar, channel, sum, mode);
        });
    }

    private static unsafe void AddTo(Tensor target, long index, double value, WriteMode mode)
    {
        if (target.DType == DType.Float64)
        {
            double* p = target.Pointer<double>() + index;
            *p = mode == WriteMode.Add ? *p + value : value;
        }
        else
        {
            float* p = target.Pointer<float>() + index;
            *p = mode == WriteMode.Add ? (float)(*p + value) : (float)value;
        }
    }

    private static void RequireSlope(double slope)
    {
        if (!double.IsFinite(slope) || slope < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(slope),
                slope,
                "conv2d: a finite slope of zero or more was expected, because the gradient takes the sign of the sum from the output; apply LeakyRelu to the convolution instead.");
        }
    }

    private static Sizes Check(string operation, string name, Tensor images, Tensor weight, int channelAxis)
    {
        Operands.RequireRank(operation, name, images, 4, "(batch, channel, row, column)");
        Operands.RequireRank(operation, "weight", weight, 4, "(out, in, row, column)");
        int kernel = weight.Shape[2];
        if (kernel is not (1 or 3) || weight.Shape[3] != kernel)
        {
            throw new ShapeException($"{operation}: weight is {weight.Describe()}; kernels of 1 x 1 and 3 x 3 are supported.");
        }

        if (weight.Shape[channelAxis] != images.Shape[1])
        {
            throw new ShapeException(
                $"{operation}: weight {weight.Describe()} (out, in, row, column) expects {weight.Shape[channelAxis]} channels, {name} is {images.Describe()} (batch, channel, row, column).");
        }

        Operands.Require(operation, "weight", weight, images.DType, weight.Shape, images.Device);
        return new Sizes(images.Shape[0], weight.Shape[1], weight.Shape[0], images.Shape[2], images.Shape[3], kernel);
    }

    /// <summary>Extents of one convolution.</summary>
    internal readonly record struct Sizes(int Batch, int In, int Out, int Rows, int Columns, int Kernel)
    {
        public Shape Input => [Batch, In, Rows, Columns];

        public Shape Output => [Batch, Out, Rows, Columns];

        /// <summary>Weights from one input to one output channel.</summary>
        public int Taps => Kernel * Kernel;

        /// <summary>Operation and kernel size, as a profile shows them.</summary>
        public string Name(string operation) => Kernel == 1 ? $"{operation} 1x1" : $"{operation} 3x3";

        /// <summary>The work of the convolution or of either of its gradients.</summary>
        public WorkCount Work(DType type) => Kernels.Work.As(type, Kernels.Work.Convolution(In, Out, Kernel, (long)Batch * Rows * Columns));
    }
}
