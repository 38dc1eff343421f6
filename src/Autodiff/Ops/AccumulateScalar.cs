using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Writes a host number to, or adds it to, a real scalar tensor.</summary>
internal static class AccumulateScalar
{
    public static void Run(double value, Tensor scalar, WriteMode mode)
    {
        double old = mode == WriteMode.Add ? scalar.Item() : 0;
        Fill.Run(old + value, scalar);
    }
}
