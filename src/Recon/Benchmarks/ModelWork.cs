using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>What networks have to do, counted on paper; what kernels have to do is in <see cref="Work"/>.</summary>
internal static class ModelWork
{
    /// <summary>All convolutions of a U-Net, forward.</summary>
    /// <param name="unet">The network.</param>
    /// <param name="side">Image side, a multiple of 2^poolings.</param>
    public static WorkCount Unet(Unet unet, int side)
    {
        WorkCount total = WorkCount.None;
        foreach (UnetConvolution convolution in unet.Convolutions)
        {
            long pixels = (long)(side >> convolution.Level) * (side >> convolution.Level);
            Shape weight = convolution.Weight.Value.Shape;
            total += convolution.IsTransposed
                ? 4 * Work.Convolution(weight[0], weight[1], 1, pixels) // each of four outputs per pixel is one product per channel
                : Work.Convolution(weight[1], weight[0], weight[2], pixels);
        }

        return total;
    }
}
