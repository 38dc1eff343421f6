using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>float32 on the CPU by Winograd's minimal filtering: a quarter of the products, where there are enough channels to pay for the transforms.</content>
public static unsafe partial class Conv2d
{
    // Below this the transforms cost more than they save.
    private const int FewestChannels = 8;
    private const double LeastOccupancy = 0.5;

    internal static bool UsesWinograd(Sizes s) =>
        s.Kernel == 3 && Math.Min(s.In, s.Out) >= FewestChannels && Grid(s).Occupancy >= LeastOccupancy;

    private static WinogradGrid Grid(Sizes s) => new(s.Batch, s.Rows, s.Columns, LaneKernels.Width);

    private static void CorrelateWinograd(Sizes s, Tensor x, WinogradWeights filters, Tensor? bias, Tensor y, double slope, WriteMode mode)
    {
        float* offset = bias is null ? null : bias.Pointer<float>();
        new WinogradCorrelation(x.Pointer<float>(), filters, offset, y.Pointer<float>(), Grid(s), slope, mode).Run((CpuDevice)x.Device);
    }

    private static void BackwardWeightWinograd(Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode) =>
        new WinogradWeightGradient(x.Pointer<float>(), s.In, yBar.Pointer<float>(), s.Out, Grid(s)).Run((CpuDevice)x.Device, weightBar.Pointer<float>(), mode);
}
