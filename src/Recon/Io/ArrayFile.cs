using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Arrays in files, the format chosen by the extension: NumPy <c>.npy</c> or BART <c>.cfl</c>/<c>.hdr</c>.</summary>
public static class ArrayFile
{
    /// <summary>Reads a whole array; what its values mean, NaN included, is the caller's business.</summary>
    /// <param name="path">Name that ends in .npy, .cfl or .hdr.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">The file is missing, truncated or of another kind.</exception>
    public static Tensor Read(string path, TensorScope scope) => Extension(path) switch
    {
        ".npy" => NpyFile.Read(path, scope),
        _ => CflFile.Read(path, scope),
    };

    /// <summary>Writes a whole array, atomically.</summary>
    /// <exception cref="InputException">The extension is unknown, the format cannot hold the type, or writing failed.</exception>
    public static void Write(string path, Tensor array)
    {
        if (Extension(path) == ".npy")
        {
            NpyFile.Write(path, array);
        }
        else
        {
            CflFile.Write(path, array);
        }
    }

    /// <summary>Throws unless every value is finite.</summary>
    /// <param name="array">Floating-point array, real or complex.</param>
    /// <param name="name">Name for the message, for example the file.</param>
    /// <exception cref="InputException">A value is NaN or infinite; the message gives its position and their number.</exception>
    public static void RequireFinite(Tensor array, string name)
    {
        (long bad, long first) = NotFinite(array.AsReal());

        if (bad > 0)
        {
            long element = array.DType.IsComplex() ? first / 2 : first;
            throw new InputException($"'{name}' holds {bad} NaN or infinite numbers, the first at {Position(array.Shape, element)} of {array.Describe()}; finite values were expected. Repair or leave out that part of the data.");
        }
    }

    private static (long Count, long First) NotFinite(Tensor real)
    {
        if (real.DType is not (DType.Float32 or DType.Float64))
        {
            return (0, -1);
        }

        long bad = 0, first = -1, inner = real.Shape.Rank == 0 ? 1 : real.Count / Math.Max(1, real.Shape[0]);
        for (int row = 0; inner > 0 && row < real.Count / inner; row++) // parts, because the whole may exceed a span
        {
            Tensor part = real.Shape.Rank == 0 ? real : real.Slice(row);
            (int count, int at) = real.DType == DType.Float32 ? NotFinite<float>(part.Span<float>()) : NotFinite<double>(part.Span<double>());
            first = first < 0 && count > 0 ? (row * inner) + at : first;
            bad += count;
        }

        return (bad, first);
    }

    private static (int Count, int First) NotFinite<T>(ReadOnlySpan<T> values)
        where T : struct, System.Numerics.IFloatingPointIeee754<T>
    {
        int bad = 0, first = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
            {
                first = bad++ == 0 ? i : first;
            }
        }

        return (bad, first);
    }

    /// <summary>True if the name is that of a pair in BART's format.</summary>
    internal static bool IsBart(string path) => Extension(path) != ".npy";

    /// <summary>The indices of an element, for messages: <c>[1, 0, 7]</c>.</summary>
    internal static string Position(Shape shape, long element)
    {
        int[] position = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            position[axis] = (int)(element % shape[axis]);
            element /= shape[axis];
        }

        return $"[{string.Join(", ", position)}]";
    }

    private static string Extension(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension is ".npy" or ".cfl" or ".hdr"
            ? extension
            : throw new InputException($"'{path}' has the extension '{extension}'; arrays are read and written as .npy (NumPy) or .cfl/.hdr (BART). Rename or convert the file.");
    }
}
