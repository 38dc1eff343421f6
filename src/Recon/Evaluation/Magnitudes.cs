using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Magnitudes of an image or volume in double precision, whatever its element type.</summary>
internal static class Magnitudes
{
    /// <summary>|value| of every element, in memory order.</summary>
    public static double[] Of(Tensor image)
    {
        double[] magnitude = new double[image.Count];
        switch (image.DType)
        {
            case DType.Float32:
                Fill(image.ToArray<float>(), v => Math.Abs((double)v), magnitude);
                break;
            case DType.Float64:
                Fill(image.ToArray<double>(), Math.Abs, magnitude);
                break;
            case DType.Complex64:
                Fill(image.ToArray<Complex64>(), v => Math.Sqrt(((double)v.Real * v.Real) + ((double)v.Imaginary * v.Imaginary)), magnitude);
                break;
            case DType.Complex128:
                Fill(image.ToArray<Complex>(), v => Math.Sqrt((v.Real * v.Real) + (v.Imaginary * v.Imaginary)), magnitude);
                break;
            default:
                throw new ShapeException($"magnitude: {image.Describe()} came; a real or complex floating-point image was expected.");
        }

        return magnitude;
    }

    private static void Fill<T>(ReadOnlySpan<T> values, Func<T, double> magnitudeOf, double[] magnitude)
    {
        for (int i = 0; i < values.Length; i++)
        {
            magnitude[i] = magnitudeOf(values[i]);
        }
    }
}
