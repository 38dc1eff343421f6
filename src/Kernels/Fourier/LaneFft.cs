using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>
/// In-place transforms of as many independent lines as there are lanes. Element i of the lines is a row of 2 V floats:
/// V real parts, V imaginary parts. Decimation in frequency takes natural order to digit-reversed order, decimation in
/// time takes it back, so a convolution needs no reordering. The inverse transform is the forward one with the
/// roles of real and imaginary parts exchanged: callers swap the two pointers.
/// </summary>
internal static unsafe partial class LaneFft<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Floats from one element to the next.</summary>
    public static nint Stride => 2 * TLanes.Width;

    /// <summary>Floats of scratch for one block of lines.</summary>
    public static long ScratchFloats(FftPlan plan) => plan.ScratchLength * Stride;

    /// <summary>Natural order in, <see cref="FftPlan.Order"/> out.</summary>
    public static void ToOrder(FftPlan plan, float* re, float* im)
    {
        if (plan.Convolution is not null)
        {
            Chirp(plan, re, im);
            return;
        }

        int length = plan.Length;
        for (int stage = 0; stage < plan.Radices.Length; stage++)
        {
            int radix = plan.Radices[stage];
            length /= radix;
            Pass<FrequencyOrder>(plan, stage, length, re, im);
        }
    }

    /// <summary><see cref="FftPlan.Order"/> in, natural order out.</summary>
    public static void FromOrder(FftPlan plan, float* re, float* im)
    {
        if (plan.Convolution is not null)
        {
            Chirp(plan, re, im);
            return;
        }

        int length = 1;
        for (int stage = plan.Radices.Length - 1; stage >= 0; stage--)
        {
            Pass<TimeOrder>(plan, stage, length, re, im);
            length *= plan.Radices[stage];
        }
    }

    /// <summary>Multiplies element i by the complex factor (re, im) at factors[2 i].</summary>
    private static void Scale(float* re, float* im, float* factors, int count)
    {
        for (int i = 0; i < count; i++)
        {
            TLanes wr = TLanes.Broadcast(factors[2 * i]), wi = TLanes.Broadcast(factors[(2 * i) + 1]);
            TLanes a = TLanes.Load(re + (i * Stride)), b = TLanes.Load(im + (i * Stride));
            ((a * wr) - (b * wi)).Store(re + (i * Stride));
            TLanes.MultiplyAdd(a, wi, b * wr).Store(im + (i * Stride));
        }
    }

    // X[k] = c[k] Σ_j (x[j] c[j]) conj c[k - j]
    private static void Chirp(FftPlan plan, float* re, float* im)
    {
        FftPlan convolution = plan.Convolution!;
        float* chirp = Address(plan.ChirpSplit);
        Scale(re, im, chirp, plan.Length);
        for (int i = plan.Length; i < convolution.Length; i++)
        {
            TLanes.Zero.Store(re + (i * Stride));
            TLanes.Zero.Store(im + (i * Stride));
        }

        ToOrder(convolution, re, im);
        Scale(re, im, Address(plan.ChirpSpectrumSplit), convolution.Length);
        FromOrder(convolution, im, re);
        Scale(re, im, chirp, plan.Length);
    }

    private static float* Address(float[] pinned) => (float*)Unsafe.AsPointer(ref pinned[0]);

    private static void Pass<TOrder>(FftPlan plan, int stage, int m, float* re, float* im)
        where TOrder : struct, IPassOrder
    {
        int radix = plan.Radices[stage], blocks = plan.Length / (radix * m);
        float* twiddles = Address(plan.Twiddles[stage]);
        switch (radix)
        {
            case 2:
                Radix2<TOrder>(re, im, blocks, m, twiddles);
                break;
            case 4:
                Radix4<TOrder>(re, im, blocks, m, twiddles);
                break;
            default:
                RadixOdd<TOrder>(radix, re, im, blocks, m, twiddles);
                break;
        }
    }

    /// <summary>Whether the twiddle factors come before or after the small transform.</summary>
    private interface IPassOrder
    {
        static abstract bool TwiddleFirst { get; }
    }

    private readonly struct TimeOrder : IPassOrder
    {
        public static bool TwiddleFirst => true;
    }

    private readonly struct FrequencyOrder : IPassOrder
    {
        public static bool TwiddleFirst => false;
    }
}
