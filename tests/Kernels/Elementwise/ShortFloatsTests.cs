using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public class ShortFloatsTests(TestDevice device)
{
    [Test]
    public void Every_half_and_every_bfloat16_survives([Values] ShortFormat format)
    {
        float[] all = [.. Enumerable.Range(0, 1 << 16).Select(bits => Number((ushort)bits, format))];
        (float[] back, ushort[] shorts) = RoundTrip(all, format);
        for (int bits = 0; bits < all.Length; bits++)
        {
            if (float.IsNaN(all[bits]))
            {
                Assert.That(back[bits], Is.NaN);
            }
            else
            {
                Assert.That((shorts[bits], BitConverter.SingleToInt32Bits(back[bits])), Is.EqualTo((bits, BitConverter.SingleToInt32Bits(all[bits]))));
            }
        }
    }

    // The neighbours of each float halfway between two short ones, and the halfway float itself, are where rounding decides.
    [Test]
    public void Numbers_are_rounded_to_the_nearest([Values] ShortFormat format)
    {
        float[] numbers = [.. Enumerable.Range(1, 0x7bff - 1).SelectMany(bits =>
        {
            float middle = (Number((ushort)bits, format) + Number((ushort)(bits + 1), format)) / 2;
            return new[] { middle, MathF.BitIncrement(middle), MathF.BitDecrement(middle), -middle };
        })];
        (float[] back, _) = RoundTrip(numbers, format);
        for (int i = 0; i < numbers.Length; i++)
        {
            Assert.That(back[i], Is.EqualTo(Nearest(numbers[i], format)), $"{numbers[i]:r}");
        }
    }

    [Test]
    public void What_is_not_zero_stays_so_and_what_is_finite_too([Values] ShortFormat format, [Values(1, 2, 33, 100_001)] int count)
    {
        float[] extremes = [float.Epsilon, -float.Epsilon, 1e-40f, -1e-9f, float.MaxValue, float.MinValue, 65520, 0, -0f, float.PositiveInfinity, float.NaN];
        float[] numbers = [.. Enumerable.Range(0, count).Select(i => extremes[i % extremes.Length])];
        (float[] back, _) = RoundTrip(numbers, format);
        for (int i = 0; i < count; i++)
        {
            Assert.That((MathF.Sign(numbers[i] is float.NaN ? 1 : numbers[i]), float.IsFinite(numbers[i]), float.IsNaN(numbers[i])),
                Is.EqualTo((MathF.Sign(back[i] is float.NaN ? 1 : back[i]), float.IsFinite(back[i]), float.IsNaN(back[i]))), $"{numbers[i]} became {back[i]}");
        }
    }

    private (float[] Back, ushort[] Shorts) RoundTrip(float[] numbers, ShortFormat format)
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Workspace);
        Tensor x = scope.From([numbers.Length], numbers), words = scope.New(DType.Int32, [(int)ShortFloats.Words(numbers.Length)]), y = scope.Like(x);
        ShortFloats.Pack(x, format, words);
        ShortFloats.Unpack(words, format, y);
        return (y.ToArray<float>(), [.. words.ToArray<int>().SelectMany(word => new[] { (ushort)word, (ushort)(word >>> 16) }).Take(numbers.Length)]);
    }

    private static float Number(ushort bits, ShortFormat format) => format == ShortFormat.Half
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.Int32BitsToSingle(bits << 16);

    // Of a half by the runtime; of a bfloat16 by search among the two candidates.
    private static float Nearest(float x, ShortFormat format)
    {
        if (format == ShortFormat.Half)
        {
            return (float)(Half)x;
        }

        int below = BitConverter.SingleToInt32Bits(x) & ~0xffff;
        double low = BitConverter.Int32BitsToSingle(below), high = BitConverter.Int32BitsToSingle(below + 0x10000), a = Math.Abs(x - low), b = Math.Abs(high - x);
        return (float)(a < b || (a == b && (below >> 16) % 2 == 0) ? low : high);
    }
}
