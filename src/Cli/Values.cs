using System.Globalization;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Values of options that are more than a number or a name.</summary>
internal static class Values
{
    /// <summary>An image size: <c>ROWS,COLUMNS</c>, or one number for a square.</summary>
    /// <exception cref="InputException">It is neither, or a side is below 1.</exception>
    public static (int Rows, int Columns) Size(string option, string text)
    {
        string[] sides = text.Split(',');
        return sides.Length is 1 or 2 && Side(sides[0]) is { } rows && Side(sides[^1]) is { } columns
            ? (rows, columns)
            : throw new InputException($"{option}: got '{text}', expected ROWS,COLUMNS, two whole numbers of at least 1 such as 256,256.");
    }

    /// <summary>A range of slices: <c>FIRST,COUNT</c>.</summary>
    /// <exception cref="InputException">It is something else, or holds nothing.</exception>
    public static SliceRange Range(string option, string text)
    {
        string[] parts = text.Split(',');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first) && Side(parts[1]) is { } count
            ? new SliceRange(first, count)
            : throw new InputException($"{option}: got '{text}', expected FIRST,COUNT, for example 4,24 for 24 slices from the fifth on.");
    }

    /// <summary>Extents of a voxel in mm: <c>X,Y,Z</c>.</summary>
    /// <exception cref="InputException">Not three numbers above 0.</exception>
    public static (double X, double Y, double Z) Voxel(string option, string text)
    {
        double[] extents = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double extent) && double.IsFinite(extent) ? extent : 0)];
        return extents.Length == 3 && extents.All(extent => extent > 0)
            ? (extents[0], extents[1], extents[2])
            : throw new InputException($"{option}: got '{text}', expected X,Y,Z, three lengths in mm above 0 such as 1.25,1.25,3.");
    }

    /// <summary>Whether a device that need not be there is a GPU: <c>cuda</c> or <c>cuda:INDEX</c>; <c>auto</c> and <c>cpu</c> are not.</summary>
    /// <exception cref="InputException">It is the name of no device.</exception>
    public static bool IsGpu(string device) => device.Split(':') switch
    {
        ["auto"] or ["cpu"] => false,
        ["cuda"] => true,
        ["cuda", var index] when int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out _) => true,
        _ => throw new InputException($"--device: got '{device}', expected auto, cpu, cuda or cuda:INDEX."),
    };

    /// <summary>One of a few named choices.</summary>
    /// <exception cref="InputException">It is none of them; the message names the nearest.</exception>
    public static T Choice<T>(string option, string text, params (string Name, T Value)[] choices)
    {
        foreach ((string name, T value) in choices)
        {
            if (name == text)
            {
                return value;
            }
        }

        throw new InputException($"{option}: '{text}' is not one of its values. {Suggestion.For(text, [.. choices.Select(c => c.Name)])}");
    }

    /// <summary>A number of at least <paramref name="least"/>.</summary>
    /// <exception cref="InputException">It is below, or not a number.</exception>
    public static T AtLeast<T>(string option, T value, T least)
        where T : System.Numerics.INumber<T> => value >= least
        ? value
        : throw new InputException($"{option}: got {value}, expected at least {least}.");

    private static int? Side(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side >= 1 ? side : null;
}
