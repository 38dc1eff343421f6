using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>float32 by the definition in double precision.</content>
public static partial class Conv2d
{
    private static void ForwardCpu(Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y)
    {
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor wide = scope.New(DType.Float64, y.Shape);
        ForwardDefinition(s, Widen(scope, x), Widen(scope, weight), bias is null ? null : Widen(scope, bias), wide);
        Cast.Run(wide, y);
    }

    private static void BackwardInputCpu(Sizes s, Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        using var scope = new TensorScope(yBar.Device, MemoryOwner.Workspace);
        Tensor wide = Widen(scope, xBar);
        BackwardInputDefinition(s, Widen(scope, yBar), Widen(scope, weight), wide, mode);
        Cast.Run(wide, xBar);
    }

    private static void BackwardWeightCpu(Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        using var scope = new TensorScope(yBar.Device, MemoryOwner.Workspace);
        Tensor wide = Widen(scope, weightBar);
        BackwardWeightDefinition(s, Widen(scope, x), Widen(scope, yBar), wide, mode);
        Cast.Run(wide, weightBar);
    }

    private static Tensor Widen(TensorScope scope, Tensor x)
    {
        Tensor wide = scope.New(DType.Float64, x.Shape);
        Cast.Run(x, wide);
        return wide;
    }
}
