using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Checks shared by the poolings of 2 x 2 windows with stride 2.</summary>
internal static class Pooling
{
    /// <summary>The image is [batch, channel, even, even] and the pooled one half as large.</summary>
    public static void Require(string operation, string imageName, Tensor image, string pooledName, Tensor pooled)
    {
        Operands.RequireReal(operation, imageName, image);
        Operands.RequireRank(operation, imageName, image, 4, "(batch, channel, row, column)");
        if (image.Shape[2] % 2 != 0 || image.Shape[3] % 2 != 0)
        {
            throw new ShapeException($"{operation}: {imageName} is {image.Describe()}; even rows and columns were expected. Pad the image first.");
        }

        Operands.Require(operation, pooledName, pooled, image.DType, PooledShape(image), image.Device);
    }

    /// <summary>Shape of the pooled image.</summary>
    public static Shape PooledShape(Tensor image) =>
        [image.Shape[0], image.Shape[1], image.Shape[2] / 2, image.Shape[3] / 2];

    /// <summary>Rows of all planes of the pooled image.</summary>
    public static long Lines(Tensor pooled) => pooled.Count / Math.Max(1, pooled.Shape[3]);

    /// <summary>A launch with x over the columns and y over the lines of the pooled image.</summary>
    public static KernelCall Grid(KernelCall call, Tensor pooled) => CudaGrids.Boxes(call, 1, Lines(pooled), pooled.Shape[3]);

    /// <summary>Runs <paramref name="body"/>(first, end) over all rows of all planes of the pooled image.</summary>
    public static void ForRows(Tensor pooled, Action<long, long> body)
    {
        const int Grain = 8 * 1024; // pooled pixels, some 20 microseconds
        int columns = Math.Max(1, pooled.Shape[3]);
        ((CpuDevice)pooled.Device).For(Lines(pooled), Math.Max(1, Grain / columns), body);
    }
}
