using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// complex to channels: y[b, 0] = Re x[b], y[b, 1] = Im x[b]
// gradient: its adjoint, which is its inverse · spec: tests/Kernels/ComplexToChannelsTests.cs

/// <summary>A complex image as two real channels. The map is orthogonal: its adjoint is its inverse.</summary>
public sealed unsafe class ComplexToChannels : ILinearOperator
{
    /// <summary>The map for images of a shape.</summary>
    /// <param name="image">[.., row, column] of the complex image.</param>
    /// <exception cref="ShapeException">There are fewer than two axes.</exception>
    public ComplexToChannels(Shape image)
    {
        if (image.Rank < 2)
        {
            throw new ShapeException($"complex to channels: {image} has fewer than two axes; (.., row, column) were expected.");
        }

        Domain = image;
        Range = [checked((int)image[..^2].Count), 2, image[^2], image[^1]];
    }

    /// <summary>[.., row, column] of the complex image.</summary>
    public Shape Domain { get; }

    /// <summary>[batch, 2, row, column]; all leading axes of the image become the batch.</summary>
    public Shape Range { get; }

    /// <inheritdoc/>
    public DType RangeType(DType input) => input.ToReal();

    /// <inheritdoc/>
    public DType DomainType(DType output) => output.ToComplex();

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        Check("complex to channels", x, y);
        using OpenSpan? span = x.Device.Spans?.Begin("complex to channels", Work.Pass(0, y, mode, x));
        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, "split_channels", x, y, mode);
        }
        else if (x.DType.IsDouble())
        {
            Split<double>(x, y, mode);
        }
        else
        {
            Split<float>(x, y, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        Check("channels to complex", x, y);
        using OpenSpan? span = x.Device.Spans?.Begin("channels to complex", Work.Pass(0, x, mode, y));
        if (x.Device is CudaDevice cuda)
        {
            Launch(cuda, "join_channels", y, x, mode);
        }
        else if (x.DType.IsDouble())
        {
            Join<double>(y, x, mode);
        }
        else
        {
            Join<float>(y, x, mode);
        }
    }

    private void Check(string operation, Tensor x, Tensor y)
    {
        Operands.RequireComplex(operation, nameof(x), x);
        Operands.Require(operation, nameof(x), x, x.DType, Domain, x.Device);
        Operands.Require(operation, nameof(y), y, x.DType.ToReal(), Range, x.Device);
        Operands.RequireApart(operation, nameof(x), x, nameof(y), y);
    }

    private void Launch(CudaDevice cuda, string kernel, Tensor from, Tensor to, WriteMode mode)
    {
        long planes = Range[0], pixels = (long)Range[2] * Range[3];
        CudaGrids.Repeated(cuda.Kernel(kernel, from.DType), pixels, planes)
            .With(from).With(to).With(mode == WriteMode.Add ? 1 : 0).With(planes).With(pixels).Launch();
    }

    private static void Split<T>(Tensor x, Tensor y, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.Pointer<T>();
        long pixels = (long)x.Shape[^2] * x.Shape[^1];
        Planes.ForEach(x, plane =>
        {
            T* image = px + (plane * 2 * pixels), re = py + (plane * 2 * pixels), im = re + pixels;
            if (mode == WriteMode.Overwrite)
            {
                Pairs.Split(image, re, im, (nint)pixels);
                return;
            }

            for (long i = 0; i < pixels; i++)
            {
                re[i] += image[2 * i];
                im[i] += image[(2 * i) + 1];
            }
        });
    }

    private static void Join<T>(Tensor y, Tensor x, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* px = x.AsReal().Pointer<T>(), py = y.Pointer<T>();
        long pixels = (long)x.Shape[^2] * x.Shape[^1];
        Planes.ForEach(x, plane =>
        {
            T* image = px + (plane * 2 * pixels), re = py + (plane * 2 * pixels), im = re + pixels;
            if (mode == WriteMode.Overwrite)
            {
                Pairs.Join(re, im, T.Zero, image, (nint)pixels);
                return;
            }

            for (long i = 0; i < pixels; i++)
            {
                image[2 * i] += re[i];
                image[(2 * i) + 1] += im[i];
            }
        });
    }
}
