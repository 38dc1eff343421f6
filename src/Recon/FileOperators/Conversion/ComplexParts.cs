using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A real number out of a complex one.</summary>
public enum ComplexPart
{
    /// <summary>Absolute value.</summary>
    Magnitude,

    /// <summary>Angle, radians in (-π, π].</summary>
    Phase,

    /// <summary>Real part.</summary>
    Real,

    /// <summary>Imaginary part.</summary>
    Imaginary,
}

/// <summary>Parts of complex arrays on the host, for files.</summary>
internal static class ComplexParts
{
    /// <summary>The part as float32; of real arrays, which are their own real part, the values.</summary>
    public static Tensor Take(Tensor values, ComplexPart part, TensorScope scope)
    {
        Tensor result = scope.New(DType.Float32, values.Shape);
        int rows = values.Shape.Rank == 0 ? 1 : values.Shape[0];
        for (int row = 0; row < rows && values.Count > 0; row++) // the whole may exceed a span
        {
            Tensor source = values.Shape.Rank == 0 ? values : values.Slice(row);
            Span<float> target = (values.Shape.Rank == 0 ? result : result.Slice(row)).Span<float>();
            switch (values.DType)
            {
                case DType.Complex64:
                    Fill(source.Span<Complex64>(), v => Of(part, v.Real, v.Imaginary), target);
                    break;
                case DType.Complex128:
                    Fill(source.Span<Complex>(), v => Of(part, v.Real, v.Imaginary), target);
                    break;
                case DType.Float64:
                    Fill(source.Span<double>(), v => v, target);
                    break;
                case DType.Int32:
                    Fill(source.Span<int>(), v => v, target);
                    break;
                default:
                    source.Span<float>().CopyTo(target);
                    break;
            }
        }

        return result;
    }

    /// <summary>Name for messages.</summary>
    public static string Name(ComplexPart part) => part switch
    {
        ComplexPart.Real => "real part",
        ComplexPart.Imaginary => "imaginary part",
        _ => part.ToString().ToLowerInvariant(),
    };

    private static void Fill<T>(ReadOnlySpan<T> values, Func<T, double> partOf, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)partOf(values[i]);
        }
    }

    private static double Of(ComplexPart part, double real, double imaginary) => part switch
    {
        ComplexPart.Magnitude => Math.Sqrt((real * real) + (imaginary * imaginary)),
        ComplexPart.Phase => Math.Atan2(imaginary, real),
        ComplexPart.Real => real,
        _ => imaginary,
    };
}
