using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Stardeq.Kernels;

/// <summary>4 float32 lanes of 128 bits.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> value) : ILanes<Lanes128>
{
    private readonly Vector128<float> _value = value;

    public Vector128<float> Value => _value;

    public static int Width => 4;

    public static Lanes128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => Vector128.Store(_value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) => new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 a, Lanes128 b) => new(Vector128.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Divide(Lanes128 a, Lanes128 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Sqrt(Lanes128 a) => new(Vector128.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SelectPositive(Lanes128 condition, Lanes128 positive, Lanes128 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.GreaterThan(condition._value, Vector128<float>.Zero), positive._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 First, Lanes128 Second) Interleave(Lanes128 re, Lanes128 im)
    {
        Vector128<float> evenLanes = Vector128.Create(-1, 0, -1, 0).AsSingle();
        Vector128<int> low = Vector128.Create(0, 0, 1, 1);
        Vector128<int> high = Vector128.Create(2, 2, 3, 3);
        return (new(Vector128.ConditionalSelect(evenLanes, Vector128.Shuffle(re._value, low), Vector128.Shuffle(im._value, low))),
            new(Vector128.ConditionalSelect(evenLanes, Vector128.Shuffle(re._value, high), Vector128.Shuffle(im._value, high))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 Re, Lanes128 Im) Deinterleave(Lanes128 first, Lanes128 second)
    {
        Vector128<int> split = Vector128.Create(0, 2, 1, 3);
        Vector128<float> a = Vector128.Shuffle(first._value, split);
        Vector128<float> b = Vector128.Shuffle(second._value, split);
        return (new(Vector128.Create(a.GetLower(), b.GetLower())), new(Vector128.Create(a.GetUpper(), b.GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes128 First, Lanes128 Second, Lanes128 Third, Lanes128 Fourth) Transpose4(Lanes128 a, Lanes128 b, Lanes128 c, Lanes128 d)
    {
        (Vector128<float> lowAb, Vector128<float> highAb) = Zip(a._value, b._value);
        (Vector128<float> lowCd, Vector128<float> highCd) = Zip(c._value, d._value);
        return (new(Vector128.Create(lowAb.GetLower(), lowCd.GetLower())), new(Vector128.Create(lowAb.GetUpper(), lowCd.GetUpper())),
            new(Vector128.Create(highAb.GetLower(), highCd.GetLower())), new(Vector128.Create(highAb.GetUpper(), highCd.GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Lanes128 a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 a) => Vector128.Sum(a._value);

    // (a0 b0 a1 b1), (a2 b2 a3 b3)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Low, Vector128<float> High) Zip(Vector128<float> a, Vector128<float> b)
    {
        if (Sse.IsSupported)
        {
            return (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b));
        }

        return AdvSimd.Arm64.IsSupported
            ? (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b))
            : (Vector128.Create(a[0], b[0], a[1], b[1]), Vector128.Create(a[2], b[2], a[3], b[3]));
    }
}
