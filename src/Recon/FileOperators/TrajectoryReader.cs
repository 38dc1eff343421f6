using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reads trajectories as users keep them: real or complex, two or three coordinates, NumPy's or BART's axes.</summary>
public static class TrajectoryReader
{
    private const int Coordinates = 2;

    /// <summary>Reads points and checks their unit.</summary>
    /// <param name="path">Array [..., 2] = (kx, ky), or [..., 3] with kz = 0 as BART keeps it. Complex values must be real.
    /// Of BART files, axes of 1 in front of [spoke, sample] are dropped.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <param name="unit">Unit of the file.</param>
    /// <returns>[..., 2] float32 or float64, cycles per field of view.</returns>
    /// <exception cref="InputException">The file cannot be read, is no trajectory in the plane, or has another unit.</exception>
    public static Tensor Read(string path, int rows, int columns, TensorScope scope, TrajectoryUnit unit = TrajectoryUnit.CyclesPerFieldOfView)
    {
        Tensor stored = ArrayFile.Read(path, scope);
        Tensor points = InCycles(Planar(Real(stored, path, scope), path, scope), unit, rows, columns, scope);
        if (ArrayFile.IsBart(path) && points.Shape.Rank > 3)
        {
            points = points.Reshape([.. points.Shape[..^3].Where(extent => extent > 1), .. points.Shape[^3..]]);
        }

        try
        {
            TrajectoryUnits.Check(points, rows, columns);
        }
        catch (InputException failure)
        {
            throw new InputException($"'{path}': {failure.Message}", failure);
        }

        return points;
    }

    private static Tensor InCycles(Tensor points, TrajectoryUnit unit, int rows, int columns, TensorScope scope)
    {
        if (unit == TrajectoryUnit.CyclesPerFieldOfView)
        {
            return points;
        }

        double[] values = points.DType == DType.Float64 ? points.ToArray<double>() : Array.ConvertAll(points.ToArray<float>(), v => (double)v);
        for (int i = 0; i < values.Length; i += Coordinates)
        {
            values[i] *= TrajectoryUnits.Factor(unit, columns);
            values[i + 1] *= TrajectoryUnits.Factor(unit, rows);
        }

        return scope.From(points.Shape, values);
    }

    private static Tensor Real(Tensor stored, string path, TensorScope scope)
    {
        if (!stored.DType.IsComplex())
        {
            return stored;
        }

        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor doubled = stored.DType == DType.Complex128 ? stored : work.New(DType.Complex128, stored.Shape);
        if (stored.DType != DType.Complex128)
        {
            Cast.Run(stored, doubled);
        }

        Complex[] values = doubled.ToArray<Complex>();
        int bad = Array.FindIndex(values, value => value.Imaginary != 0);
        return bad < 0
            ? scope.From(stored.Shape, Array.ConvertAll(values, value => value.Real))
            : throw new InputException($"'{path}' is {stored.Describe()} with the imaginary part {values[bad].Imaginary:g3} at {ArrayFile.Position(stored.Shape, bad)}; coordinates are real numbers [..., 2] = (kx, ky). If kx + i ky was meant, save both as one real array.");
    }

    private static Tensor Planar(Tensor points, string path, TensorScope scope)
    {
        if (points.Shape.Rank < 2 || points.Shape[^1] is not (Coordinates or Coordinates + 1))
        {
            throw new InputException($"'{path}' is {points.Describe()}; a trajectory [..., spoke, sample, 2] = (kx, ky) was expected, or BART's with three coordinates and kz = 0.");
        }

        double[] all = points.DType == DType.Float64 ? points.ToArray<double>() : Array.ConvertAll(points.ToArray<float>(), v => (double)v);
        int stored = points.Shape[^1];
        if (stored == Coordinates)
        {
            return points;
        }

        double[] planar = new double[all.Length / stored * Coordinates];
        for (int i = 0; i < all.Length / stored; i++)
        {
            (planar[2 * i], planar[(2 * i) + 1]) = (all[stored * i], all[(stored * i) + 1]);
            if (all[(stored * i) + 2] != 0)
            {
                throw new InputException($"'{path}' has kz = {all[(stored * i) + 2]:g4} at point {i}; the points of one slice, kz = 0, were expected. Transform the partitions to slices first and give the points of the plane.");
            }
        }

        return scope.From(points.Shape[..^1].Concat([Coordinates]), planar);
    }
}
