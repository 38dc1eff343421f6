using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Stardeq.Kernels;

/// <summary>16 float32 lanes of 512 bits.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    private readonly Vector512<float> _value = value;

    public Vector512<float> Value => _value;

    public static int Width => 16;

    public static Lanes512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => Vector512.Store(_value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) => new(Vector512.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Divide(Lanes512 a, Lanes512 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Sqrt(Lanes512 a) => new(Vector512.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SelectPositive(Lanes512 condition, Lanes512 positive, Lanes512 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(condition._value, Vector512<float>.Zero), positive._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 First, Lanes512 Second) Interleave(Lanes512 re, Lanes512 im)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<int> low = Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            Vector512<int> high = Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            return (new(Avx512F.PermuteVar16x32x2(re._value, low, im._value)),
                new(Avx512F.PermuteVar16x32x2(re._value, high, im._value)));
        }

        (Lanes256 a, Lanes256 b) = Lanes256.Interleave(new(re._value.GetLower()), new(im._value.GetLower()));
        (Lanes256 c, Lanes256 d) = Lanes256.Interleave(new(re._value.GetUpper()), new(im._value.GetUpper()));
        return (new(Vector512.Create(a.Value, b.Value)), new(Vector512.Create(c.Value, d.Value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 Re, Lanes512 Im) Deinterleave(Lanes512 first, Lanes512 second)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<int> even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            Vector512<int> odd = Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
            return (new(Avx512F.PermuteVar16x32x2(first._value, even, second._value)),
                new(Avx512F.PermuteVar16x32x2(first._value, odd, second._value)));
        }

        (Lanes256 a, Lanes256 b) = Lanes256.Deinterleave(new(first._value.GetLower()), new(first._value.GetUpper()));
        (Lanes256 c, Lanes256 d) = Lanes256.Deinterleave(new(second._value.GetLower()), new(second._value.GetUpper()));
        return (new(Vector512.Create(a.Value, c.Value)), new(Vector512.Create(b.Value, d.Value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes512 First, Lanes512 Second, Lanes512 Third, Lanes512 Fourth) Transpose4(Lanes512 a, Lanes512 b, Lanes512 c, Lanes512 d)
    {
        if (Avx512F.IsSupported)
        {
            Vector512<double> lowAb = Avx512F.UnpackLow(a._value, b._value).AsDouble(), highAb = Avx512F.UnpackHigh(a._value, b._value).AsDouble();
            Vector512<double> lowCd = Avx512F.UnpackLow(c._value, d._value).AsDouble(), highCd = Avx512F.UnpackHigh(c._value, d._value).AsDouble();
            return (new(Avx512F.UnpackLow(lowAb, lowCd).AsSingle()), new(Avx512F.UnpackHigh(lowAb, lowCd).AsSingle()),
                new(Avx512F.UnpackLow(highAb, highCd).AsSingle()), new(Avx512F.UnpackHigh(highAb, highCd).AsSingle()));
        }

        (Lanes256 First, Lanes256 Second, Lanes256 Third, Lanes256 Fourth) low =
            Lanes256.Transpose4(new(a._value.GetLower()), new(b._value.GetLower()), new(c._value.GetLower()), new(d._value.GetLower()));
        (Lanes256 First, Lanes256 Second, Lanes256 Third, Lanes256 Fourth) high =
            Lanes256.Transpose4(new(a._value.GetUpper()), new(b._value.GetUpper()), new(c._value.GetUpper()), new(d._value.GetUpper()));
        return (new(Vector512.Create(low.First.Value, high.First.Value)), new(Vector512.Create(low.Second.Value, high.Second.Value)),
            new(Vector512.Create(low.Third.Value, high.Third.Value)), new(Vector512.Create(low.Fourth.Value, high.Fourth.Value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Lanes512 a)
    {
        Vector256<float> sum = a._value.GetLower() + a._value.GetUpper();
        return sum.GetLower() + sum.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 a) => Vector512.Sum(a._value);
}
