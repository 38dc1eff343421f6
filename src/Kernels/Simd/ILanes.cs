using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stardeq.Kernels;

/// <summary>
/// A vector of float32 lanes. Kernels are written once, generic over it, and compiled by the JIT for each width:
/// <see cref="Lanes512"/>, <see cref="Lanes256"/>, and <see cref="Lanes128"/>, which also runs (emulated) where the
/// processor has no vectors at all. <see cref="LaneKernels.Run{TKernel}"/> picks the widest that the hardware has.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface ILanes<TSelf> : IAdditionOperators<TSelf, TSelf, TSelf>, ISubtractionOperators<TSelf, TSelf, TSelf>, IMultiplyOperators<TSelf, TSelf, TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Number of lanes: 16, 8 or 4.</summary>
    static abstract int Width { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Load(float* source);

    static abstract TSelf Broadcast(float value);

    void Store(float* target);

    /// <summary>a · b + c with one rounding where the hardware has it.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Divide(TSelf a, TSelf b);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>Per lane: condition &gt; 0 ? positive : otherwise.</summary>
    static abstract TSelf SelectPositive(TSelf condition, TSelf positive, TSelf otherwise);

    /// <summary>(a0 b0 a1 b1 ...) from re = (a0 a1 ...), im = (b0 b1 ...): split to interleaved complex.</summary>
    static abstract (TSelf First, TSelf Second) Interleave(TSelf re, TSelf im);

    /// <summary>The inverse of <see cref="Interleave"/>.</summary>
    static abstract (TSelf Re, TSelf Im) Deinterleave(TSelf first, TSelf second);

    /// <summary>
    /// Transposes the 4 x 4 matrices of which a..d hold the rows, one in each 128 bits: result j has at lane 4k + e what
    /// the e-th argument has at lane 4k + j. Its own inverse.
    /// </summary>
    static abstract (TSelf First, TSelf Second, TSelf Third, TSelf Fourth) Transpose4(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>Lanes e, 4 + e, 8 + e, ... added up, in a fixed order.</summary>
    static abstract Vector128<float> Fold(TSelf a);

    /// <summary>Sum of all lanes in a fixed order.</summary>
    static abstract float Sum(TSelf a);
}

/// <summary>A kernel body that is generic over the vector width.</summary>
internal interface ILaneKernel
{
    void Run<TLanes>()
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>Chooses the vector width of the machine.</summary>
internal static class LaneKernels
{
    /// <summary>Lanes of the width in use.</summary>
    public static int Width => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Runs the kernel with the widest vectors of this machine; the branch is resolved by the JIT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(TKernel kernel)
        where TKernel : struct, ILaneKernel
    {
        if (Vector512.IsHardwareAccelerated)
        {
            kernel.Run<Lanes512>();
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            kernel.Run<Lanes256>();
        }
        else
        {
            kernel.Run<Lanes128>();
        }
    }
}
