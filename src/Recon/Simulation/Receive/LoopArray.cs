using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Space that a receive array looks at: an elliptic cylinder around the body.</summary>
/// <param name="SemiX">Semi-axis from left to right, fields of view.</param>
/// <param name="SemiY">Semi-axis from front to back, fields of view.</param>
/// <param name="SlabPerFieldOfView">Thickness of the slab, fields of view.</param>
internal readonly record struct ReceiveRegion(double SemiX, double SemiY, double SlabPerFieldOfView)
{
    /// <summary>Around analytic abdomens, whose semi-axes are up to 0.456 by 0.335.</summary>
    public static ReceiveRegion Abdomen(BodyKind body) => new(0.46, 0.35, body == BodyKind.Detailed ? DetailedAbdomen.Slab / DetailedAbdomen.FieldOfView : 0.25);

    /// <summary>Around volumes, which are turned and fill up to 95 % of the field of view.</summary>
    public static ReceiveRegion Volume => new(0.5, 0.5, 0.25);
}

/// <summary>
/// Receive arrays of current loops. Their fields by the law of Biot and Savart are fitted by exponentials, and that fit is
/// what simulated data and maps share exactly; how far it is from the fields is reported.
/// </summary>
internal sealed class LoopArray
{
    private const double Gap = 0.10;       // between body and loops, fields of view: clothes, cushion, housing
    private const double Margin = 0.03;    // of the fitted region beyond the slab along z
    private const double Reach = 3.6;      // largest |f_l|, cycles per field of view
    private const double Extension = 1.45; // period of the exponentials over the extent of the region
    private const double Step = 0.045;     // between points of the fit; exponentials of the largest frequency turn by 0.16
    private const double Ridge = 1e-6;

    private readonly ReceiveRegion _region;
    private readonly Vector3D[] _frequencies, _points; // per field of view and slab; fields of view and slabs
    private readonly ExponentialFit _fit;

    /// <summary>Prepares the fit, which is the same for all arrays around a region.</summary>
    public LoopArray(ReceiveRegion region)
    {
        _region = region;
        _frequencies = [.. Lattice(region)];
        _points = [.. Points(region)];
        _fit = new ExponentialFit(_frequencies, _points, Ridge);
    }

    /// <summary>Loops around the region.</summary>
    public CurrentLoop[] Place(CoilLayout layout, int coils, CounterRandom random) =>
        LoopPlacement.Create(layout, coils, _region.SemiX + Gap, _region.SemiY + Gap, random);

    /// <summary>Sensitivities of loops, of unit mean power, times a smooth random phase.</summary>
    /// <param name="loops">Lengths in fields of view.</param>
    /// <param name="random">Source of the phase.</param>
    /// <returns>The sensitivities, and the relative l2 distance between them and the fields over the region.</returns>
    public (ExponentialCoils Coils, double FitError) Fit(CurrentLoop[] loops, CounterRandom random)
    {
        Complex[][] fields = [.. loops.Select(loop => Array.ConvertAll(_points, r => loop.Sensitivity(r with { Z = r.Z * _region.SlabPerFieldOfView })))];
        Complex[][] targets = SmoothPhase.Apply(fields, _points, random);
        Complex[][] coefficients = Array.ConvertAll(targets, _fit.Solve);
        double error = 0, norm = 0;
        for (int coil = 0; coil < targets.Length; coil++)
        {
            error += _fit.SquaredError(coefficients[coil], targets[coil]);
            norm += targets[coil].Sum(t => (t.Real * t.Real) + (t.Imaginary * t.Imaginary));
        }

        return (new ExponentialCoils(_frequencies, coefficients), Math.Sqrt(error / norm));
    }

    private static IEnumerable<Vector3D> Lattice(ReceiveRegion region)
    {
        double slab = region.SlabPerFieldOfView;
        double dx = 1 / (2 * Extension * region.SemiX), dy = 1 / (2 * Extension * region.SemiY), dz = 1 / (Extension * (slab + (2 * Margin)));
        for (int c = -(int)(Reach / dz); c <= Reach / dz; c++)
        {
            for (int b = -(int)(Reach / dy); b <= Reach / dy; b++)
            {
                for (int a = -(int)(Reach / dx); a <= Reach / dx; a++)
                {
                    var f = new Vector3D(a * dx, b * dy, c * dz);
                    if (f.Dot(f) <= Reach * Reach)
                    {
                        yield return f with { Z = f.Z * slab };
                    }
                }
            }
        }
    }

    private static IEnumerable<Vector3D> Points(ReceiveRegion region)
    {
        double depth = (region.SlabPerFieldOfView / 2) + Margin;
        foreach (double z in Along(depth))
        {
            foreach (double y in Along(region.SemiY))
            {
                foreach (double x in Along(region.SemiX))
                {
                    if (((x * x) / (region.SemiX * region.SemiX)) + ((y * y) / (region.SemiY * region.SemiY)) <= 1)
                    {
                        yield return new Vector3D(x, y, z / region.SlabPerFieldOfView);
                    }
                }
            }
        }

        static IEnumerable<double> Along(double reach)
        {
            int steps = (int)Math.Ceiling(reach / Step);
            return Enumerable.Range(-steps, (2 * steps) + 1).Select(i => reach * i / steps);
        }
    }
}
