using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Stardeq.Kernels;

/// <summary>8 float32 lanes of 256 bits.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> value) : ILanes<Lanes256>
{
    private readonly Vector256<float> _value = value;

    public Vector256<float> Value => _value;

    public static int Width => 8;

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target) => Vector256.Store(_value, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Vector256.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Divide(Lanes256 a, Lanes256 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Sqrt(Lanes256 a) => new(Vector256.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectPositive(Lanes256 condition, Lanes256 positive, Lanes256 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.GreaterThan(condition._value, Vector256<float>.Zero), positive._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 First, Lanes256 Second) Interleave(Lanes256 re, Lanes256 im)
    {
        Vector256<float> a = Vector256.Shuffle(re._value, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
        Vector256<float> b = Vector256.Shuffle(im._value, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
        Vector256<float> c = Vector256.Shuffle(re._value, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7));
        Vector256<float> d = Vector256.Shuffle(im._value, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7));
        Vector256<float> evenLanes = Vector256.Create(-1, 0, -1, 0, -1, 0, -1, 0).AsSingle();
        return (new(Vector256.ConditionalSelect(evenLanes, a, b)), new(Vector256.ConditionalSelect(evenLanes, c, d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 Re, Lanes256 Im) Deinterleave(Lanes256 first, Lanes256 second)
    {
        Vector256<int> split = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
        Vector256<float> a = Vector256.Shuffle(first._value, split);
        Vector256<float> b = Vector256.Shuffle(second._value, split);
        return (new(Vector256.Create(a.GetLower(), b.GetLower())), new(Vector256.Create(a.GetUpper(), b.GetUpper())));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Lanes256 First, Lanes256 Second, Lanes256 Third, Lanes256 Fourth) Transpose4(Lanes256 a, Lanes256 b, Lanes256 c, Lanes256 d)
    {
        if (Avx.IsSupported)
        {
            Vector256<double> lowAb = Avx.UnpackLow(a._value, b._value).AsDouble(), highAb = Avx.UnpackHigh(a._value, b._value).AsDouble();
            Vector256<double> lowCd = Avx.UnpackLow(c._value, d._value).AsDouble(), highCd = Avx.UnpackHigh(c._value, d._value).AsDouble();
            return (new(Avx.UnpackLow(lowAb, lowCd).AsSingle()), new(Avx.UnpackHigh(lowAb, lowCd).AsSingle()),
                new(Avx.UnpackLow(highAb, highCd).AsSingle()), new(Avx.UnpackHigh(highAb, highCd).AsSingle()));
        }

        (Lanes128 First, Lanes128 Second, Lanes128 Third, Lanes128 Fourth) low =
            Lanes128.Transpose4(new(a._value.GetLower()), new(b._value.GetLower()), new(c._value.GetLower()), new(d._value.GetLower()));
        (Lanes128 First, Lanes128 Second, Lanes128 Third, Lanes128 Fourth) high =
            Lanes128.Transpose4(new(a._value.GetUpper()), new(b._value.GetUpper()), new(c._value.GetUpper()), new(d._value.GetUpper()));
        return (new(Vector256.Create(low.First.Value, high.First.Value)), new(Vector256.Create(low.Second.Value, high.Second.Value)),
            new(Vector256.Create(low.Third.Value, high.Third.Value)), new(Vector256.Create(low.Fourth.Value, high.Fourth.Value)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold(Lanes256 a) => a._value.GetLower() + a._value.GetUpper();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 a) => Vector256.Sum(a._value);
}
