using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The phase that transmit field, coils and receiver chain give to all channels alike.</summary>
internal static class SmoothPhase
{
    /// <summary>Fields of unit mean power, summed over coils and averaged over the points, times one common phase.</summary>
    /// <param name="fields">[coil][point], any unit.</param>
    /// <param name="points">Fields of view; z in slabs.</param>
    /// <param name="random">Source of the phase.</param>
    public static Complex[][] Apply(Complex[][] fields, Vector3D[] points, CounterRandom random)
    {
        double meanPower = Enumerable.Range(0, points.Length).Average(p => fields.Sum(f => Norm(f[p])));
        Complex[] common = [.. points.Select(r => Complex.FromPolarCoordinates(1 / Math.Sqrt(meanPower), At(r, random)))];
        return [.. fields.Select(f => f.Zip(common, (a, b) => a * b).ToArray())];
    }

    /// <summary>A random quadratic polynomial, about one radian over the body.</summary>
    private static double At(Vector3D r, CounterRandom random)
    {
        double[] term = [1, r.X, r.Y, r.X * r.X, r.X * r.Y, r.Y * r.Y, r.Z];
        double[] size = [Math.PI, 1.5, 1.5, 3, 3, 3, 0.5];
        return Enumerable.Range(0, term.Length).Sum(i => term[i] * random.Uniform(i, -size[i], size[i]));
    }

    private static double Norm(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}
