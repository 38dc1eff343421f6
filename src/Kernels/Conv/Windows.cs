using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// windows: u[b, 4 o + 2 a + c, i, j] = y[b, o, 2 i + a, 2 j + c]
// used by transposed convolution; spec: tests/Kernels/ConvTranspose2dTests.cs

/// <summary>Rearranges 2 x 2 windows of an image to four channels and back.</summary>
internal static unsafe class Windows
{
    /// <summary>windows[b, 4o + 2a + c, i, j] = y[b, o, 2i + a, 2j + c].</summary>
    public static void Gather(Tensor y, Tensor windows)
    {
        if (y.Device is CudaDevice cuda)
        {
            Grid(cuda.Kernel("windows_gather", y.DType), y).With(y).With(windows).With(Maps(y)).With(y.Shape[2]).With(y.Shape[3]).Launch();
        }
        else if (y.DType == DType.Float64)
        {
            Gather<double>(y, windows);
        }
        else
        {
            Gather<float>(y, windows);
        }
    }

    /// <summary>y[b, o, 2i + a, 2j + c] = bias[o] + windows[b, 4o + 2a + c, i, j].</summary>
    public static void Scatter(Tensor windows, Tensor? bias, Tensor y)
    {
        if (y.Device is CudaDevice cuda)
        {
            Grid(cuda.Kernel("windows_scatter", y.DType), y).With(windows).WithOptional(bias).With(y).With(y.Shape[1]).With(Maps(y)).With(y.Shape[2]).With(y.Shape[3]).Launch();
        }
        else if (y.DType == DType.Float64)
        {
            Scatter<double>(windows, bias, y);
        }
        else
        {
            Scatter<float>(windows, bias, y);
        }
    }

    /// <summary>x over the columns of a window, y over the rows of the image, z over its maps.</summary>
    private static KernelCall Grid(KernelCall call, Tensor image) => CudaGrids.Boxes(call, Maps(image), image.Shape[2], image.Shape[3] / 2);

    private static int Maps(Tensor image) => checked(image.Shape[0] * image.Shape[1]);

    private static void Gather<T>(Tensor y, Tensor windows)
        where T : unmanaged
    {
        T* py = y.Pointer<T>(), pu = windows.Pointer<T>();
        int rows = windows.Shape[2], columns = windows.Shape[3];
        ((CpuDevice)y.Device).For(y.Shape[0] * y.Shape[1] * 2, half =>
        {
            (int plane, int a) = Math.DivRem(half, 2);
            T* left = pu + ((long)half * 2 * rows * columns), right = left + ((long)rows * columns);
            for (int i = 0; i < rows; i++)
            {
                T* row = py + (((((long)plane * rows) + i) * 2) + a) * 2 * columns;
                Pairs.Split(row, left + ((nint)i * columns), right + ((nint)i * columns), columns);
            }
        });
    }

    private static void Scatter<T>(Tensor windows, Tensor? bias, Tensor y)
        where T : unmanaged, INumberBase<T>
    {
        T* py = y.Pointer<T>(), pu = windows.Pointer<T>(), pb = bias is null ? null : bias.Pointer<T>();
        int rows = windows.Shape[2], columns = windows.Shape[3], channels = y.Shape[1];
        ((CpuDevice)y.Device).For(y.Shape[0] * channels * 2, half =>
        {
            (int plane, int a) = Math.DivRem(half, 2);
            T offset = pb == null ? T.Zero : pb[plane % channels];
            T* left = pu + ((long)half * 2 * rows * columns), right = left + ((long)rows * columns);
            for (int i = 0; i < rows; i++)
            {
                T* row = py + (((((long)plane * rows) + i) * 2) + a) * 2 * columns;
                Pairs.Join(left + ((nint)i * columns), right + ((nint)i * columns), offset, row, columns);
            }
        });
    }
}
