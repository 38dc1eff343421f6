using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Unit of angles in files.</summary>
public enum AngleUnit
{
    /// <summary>2π to a turn.</summary>
    Radians,

    /// <summary>360 to a turn.</summary>
    Degrees,
}

/// <summary>Reads the angles of spokes from array files.</summary>
public static class AngleReader
{
    // A spoke's direction needs one turn; two allow for files that count on. Golden angles that were never reduced pass
    // it too, and are to be reduced by who knows their unit.
    private const double MostTurns = 2;

    /// <summary>Reads angles and checks their unit.</summary>
    /// <param name="path">Real array of any shape: one angle per spoke, in acquisition order.</param>
    /// <param name="unit">Unit of the file.</param>
    /// <returns>Radians in [0, 2π): the directions in which the spokes are traversed.</returns>
    /// <exception cref="InputException">Not real, empty, not finite, or plainly in the other unit.</exception>
    public static double[] Read(string path, AngleUnit unit)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor stored = ArrayFile.Read(path, scope);
        if (stored.DType.IsComplex() || stored.Count == 0)
        {
            throw new InputException($"'{path}' is {stored.Describe()}; real angles, one per spoke, were expected.");
        }

        ArrayFile.RequireFinite(stored, path);
        double[] angles = stored.DType == DType.Float64 ? stored.ToArray<double>() : Array.ConvertAll(stored.ToArray<float>(), a => (double)a);
        double largest = angles.Max(Math.Abs), turn = unit == AngleUnit.Degrees ? 360 : 2 * Math.PI;
        if (largest > MostTurns * turn)
        {
            throw new InputException($"'{path}' has angles up to {largest:g5}, more than {MostTurns:g2} turns in {unit.ToString().ToLowerInvariant()}. "
                + (unit == AngleUnit.Radians ? "They look like degrees: say so with --angle-unit degrees, or reduce them to one turn." : "Reduce them to one turn of 360 degrees."));
        }

        // 8 spokes in degrees that all lie within 6.3 degrees of 0 would leave nearly all of k-space out.
        return unit == AngleUnit.Degrees && angles.Length >= 8 && largest is > 0 and <= 2 * Math.PI
            ? throw new InputException($"'{path}' has {angles.Length} angles up to {largest:g5} only, which looks like radians; degrees were announced. Say --angle-unit radians.")
            : Array.ConvertAll(angles, angle => 2 * Math.PI * ((angle / turn) - Math.Floor(angle / turn)));
    }
}
