using System.Numerics;

namespace Stardeq.Kernels;

/// <summary>y[i] = Σ_t c_t x_t[i] for a few consecutive runs of scalars: the inner loop of wavelet filters and finite differences. The double
/// form is the definition; the float form the same, a vector at a time.</summary>
internal static unsafe class WeightedLines
{
    /// <summary>Most terms of a sum: low and high part of the longest filter.</summary>
    public const int MostTerms = 16;

    /// <summary>Replaces <paramref name="count"/> scalars of y; y may be one of the terms.</summary>
    public static void Sum<T>(T** terms, T* factors, int termCount, T* y, nint count)
        where T : unmanaged, INumberBase<T>
    {
        if (typeof(T) == typeof(float))
        {
            LaneKernels.Run(new Lines((float**)terms, (float*)factors, termCount, (float*)y, count));
            return;
        }

        for (nint i = 0; i < count; i++)
        {
            T sum = T.Zero;
            for (int t = 0; t < termCount; t++)
            {
                sum += factors[t] * terms[t][i];
            }

            y[i] = sum;
        }
    }

    private readonly struct Lines(float** terms, float* factors, int termCount, float* y, nint count) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            nint i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                TLanes sum = TLanes.Zero;
                for (int t = 0; t < termCount; t++)
                {
                    sum = TLanes.MultiplyAdd(TLanes.Broadcast(factors[t]), TLanes.Load(terms[t] + i), sum);
                }

                sum.Store(y + i);
            }

            for (; i < count; i++)
            {
                float sum = 0;
                for (int t = 0; t < termCount; t++)
                {
                    sum += factors[t] * terms[t][i];
                }

                y[i] = sum;
            }
        }
    }
}
