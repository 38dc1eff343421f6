using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The end of a sum over groups of positions.</summary>
internal static unsafe class PartialSums
{
    /// <summary>gradient = Σ_g sums[g], or that is added to it, in double precision and in order.</summary>
    /// <param name="device">The CPU.</param>
    /// <param name="sums">[groups, elements of the gradient].</param>
    /// <param name="groups">Number of groups.</param>
    /// <param name="gradient">float32.</param>
    /// <param name="mode">Whether it is replaced or added to.</param>
    public static void Collect(CpuDevice device, float* sums, int groups, Tensor gradient, WriteMode mode)
    {
        float* target = gradient.Pointer<float>();
        long count = gradient.Count;
        device.For(count, 4096, (first, end) =>
        {
            for (long i = first; i < end; i++)
            {
                double sum = mode == WriteMode.Add ? target[i] : 0;
                for (int group = 0; group < groups; group++)
                {
                    sum += sums[(group * count) + i];
                }

                target[i] = (float)sum;
            }
        });
    }
}
