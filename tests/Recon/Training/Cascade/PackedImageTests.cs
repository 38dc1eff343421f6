using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PackedImageTests
{
    [Test]
    public void Float32_gives_back_every_bit()
    {
        float[] image = [1, -0.0f, float.Epsilon, 3.4e38f, 1f / 3];
        Assert.That(There(CachePrecision.Float32, image).Select(BitConverter.SingleToInt32Bits), Is.EqualTo(image.Select(BitConverter.SingleToInt32Bits)));
    }

    [Test]
    public void Half_keeps_11_bits_of_each_number_down_to_2_to_the_minus_28_of_the_largest([Values(1e-30, 1e-3, 1, 65504, 1e30)] double scale)
    {
        float[] image = [.. new[] { 1, -0.7, 1e-3, 3e-6, -1e-8, 0 }.Select(value => (float)(scale * value))];
        float[] back = There(CachePrecision.Half, image);
        for (int i = 0; i < image.Length; i++)
        {
            // Half a unit in the last of 11 bits; below 2^-28 of the largest, half a unit of the smallest half, 2^-25, against a
            // largest of at least 2^14.
            double allowed = Math.Max(Math.Abs(image[i]) * Math.Pow(2, -11), scale * Math.Pow(2, -25 - 14));
            Assert.That(back[i], Is.EqualTo(image[i]).Within(allowed));
        }
    }

    [Test]
    public void An_image_of_zeros_stays_one()
    {
        Assert.That(There(CachePrecision.Half, [0, 0, 0, 0]), Is.All.Zero);
    }

    private static float[] There(CachePrecision precision, float[] image)
    {
        float[] padded = [.. image, .. new float[image.Length % 2]], back = new float[padded.Length]; // whole pixels
        var words = new int[PackedImage.Words(precision, padded.Length)];
        PackedImage.Pack(padded, precision, words);
        PackedImage.Unpack(words, precision, back);
        return back[..image.Length];
    }
}
