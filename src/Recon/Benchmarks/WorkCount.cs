using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>What an algorithm has to do, counted on paper: the yardstick of a time. Derivations: docs/results/performance.md.</summary>
/// <param name="Flops">Additions and multiplications of real numbers, in the textbook form of the operation: a faster
/// algorithm with fewer of them may exceed the roof of the machine.</param>
/// <param name="Bytes">Bytes read and written if every stage of the algorithm goes through memory once and every array of it
/// is read or written once: caches may do better.</param>
internal readonly record struct WorkCount(double Flops, double Bytes)
{
    private const int Real = sizeof(float), Complex = 2 * Real;

    /// <summary>Not counted.</summary>
    public static WorkCount None => default;

    public static WorkCount operator +(WorkCount a, WorkCount b) => new(a.Flops + b.Flops, a.Bytes + b.Bytes);

    public static WorkCount operator *(double factor, WorkCount a) => new(factor * a.Flops, factor * a.Bytes);

    /// <summary>k × k convolution, or either of its gradients: k² multiply-adds for each pair of channels and pixel; input,
    /// output and weights once.</summary>
    public static WorkCount Convolution(int input, int output, int size, long pixels) => new(
        2.0 * size * size * input * output * pixels,
        Real * (((double)(input + output) * pixels) + ((double)size * size * input * output)));

    /// <summary>Complex transforms: 5 n log₂ n each, the count of radix 2; each line once in and once out.</summary>
    public static WorkCount Transforms(int length, double lines) => new(
        5.0 * length * Math.Log2(length) * lines, 2.0 * Complex * length * lines);

    /// <summary>
    /// NUFFT of one image, either direction: roll-off of n² pixels; n columns of the G × G grid and all of its rows are
    /// transformed, the columns beyond the image being zero or not wanted; W real-complex multiply-adds per row of the window
    /// and W more across for each point. The grid is read and written once more between its rows and the points.
    /// </summary>
    public static WorkCount Nufft(int side, int grid, int width, long points) =>
        Transforms(grid, side + grid)
        + new WorkCount(2.0 * side * side, Complex * (double)side * side)
        + new WorkCount((4.0 * width * width + (4.0 * width)) * points, (Complex + (2.0 * Real * width)) * points + (Complex * (double)grid * grid));

    /// <summary>Normal operator: for each coil n columns and 2n rows of length 2n, forth and back, the real spectrum, and the
    /// map in front and behind; maps are read twice, the spectrum once per coil, the image once.</summary>
    public static WorkCount Normal(int side, int coils)
    {
        double pixels = (double)side * side;
        WorkCount transforms = 2 * Transforms(2 * side, 3 * side);
        var products = new WorkCount((2 * 4 * pixels) + (2 * 7 * pixels), (2 * Complex * pixels) + (4 * Real * pixels));
        return (coils * (transforms + products)) + new WorkCount(0, 2 * Complex * pixels);
    }

    /// <summary>All convolutions of a U-Net, forward.</summary>
    /// <param name="unet">The network.</param>
    /// <param name="side">Image side, a multiple of 2^poolings.</param>
    public static WorkCount Unet(Unet unet, int side)
    {
        WorkCount total = None;
        foreach (UnetConvolution convolution in unet.Convolutions)
        {
            long pixels = (long)(side >> convolution.Level) * (side >> convolution.Level);
            Engine.Shape weight = convolution.Weight.Value.Shape;
            total += convolution.IsTransposed
                ? 4 * Convolution(weight[0], weight[1], 1, pixels) // each of four outputs per pixel is one product per channel
                : Convolution(weight[1], weight[0], weight[2], pixels);
        }

        return total;
    }

    /// <summary>One step of Anderson's memory m on n complex numbers, apart from the map: the residual, two norms, m inner products
    /// and a mixture of m terms.</summary>
    public static WorkCount Anderson(int memory, long count) => new(
        2.0 * count * (1 + (2 * 2) + (2 * memory) + (2 * memory)),
        Complex * (double)count * (3 + 2 + (memory + 1) + (memory + 1)));
}
