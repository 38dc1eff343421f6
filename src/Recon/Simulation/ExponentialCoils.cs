using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// S_c(r) = Σ_l s[c, l] exp(2πi f_l · r), f_l on the lattice of half cycles per field of view. Multiplying an object by
// such a map only shifts its Fourier transform: (S_c ρ)^(k) = Σ_l s[c, l] ρ^(k − f_l), exactly [GUE12].

/// <summary>Coil sensitivities, common smooth phase included, that are exact finite sums of low-frequency exponentials.</summary>
public sealed class ExponentialCoils
{
    private const double SlabPerFieldOfView = 0.25; // thickness of the slab relative to the in-plane field of view
    private const double LoopDistance = 0.80, LoopRadius = 0.34; // of the receive loops, in fields of view
    private const double RegionX = 0.47, RegionY = 0.38; // semi-axes of the region where the fit matters
    private const double Ridge = 1e-7; // relative; the half-cycle lattice is overcomplete on the region

    private ExponentialCoils(Vector3D[] frequencies, Complex[][] coefficients) => (Frequencies, Coefficients) = (frequencies, coefficients);

    /// <summary>f_l in cycles per field of view (x, y) and per slab (z).</summary>
    internal Vector3D[] Frequencies { get; }

    /// <summary>s[c][l].</summary>
    internal Complex[][] Coefficients { get; }

    /// <summary>Number of coils.</summary>
    public int Count => Coefficients.Length;

    /// <summary>Fits the fields of loops around the body, times a common smooth random phase.</summary>
    /// <param name="coils">Number of loops, evenly around the body and alternately above and below its middle.</param>
    /// <param name="random">Small displacements of the loops, and the phase.</param>
    public static ExponentialCoils Fit(int coils, CounterRandom random)
    {
        Vector3D[] frequencies = Lattice(), points = [.. RegionPoints()];
        var basis = new Complex[points.Length][];
        for (int p = 0; p < points.Length; p++)
        {
            basis[p] = [.. frequencies.Select(f => Complex.FromPolarCoordinates(1, 2 * Math.PI * f.Dot(points[p])))];
        }

        Complex[][] fields = [.. Enumerable.Range(0, coils).Select(c => LoopField(c, coils, random.Stream("loops"), points))];
        double meanPower = Enumerable.Range(0, points.Length).Average(p => fields.Sum(f => Norm(f[p])));
        CounterRandom phase = random.Stream("phase");
        Complex[] common = [.. points.Select(r => Complex.FromPolarCoordinates(1 / Math.Sqrt(meanPower), CommonPhase(r, phase)))];
        Complex[][] targets = [.. fields.Select(f => f.Zip(common, (a, b) => a * b).ToArray())];
        return new ExponentialCoils(frequencies, LeastSquares(basis, targets));
    }

    /// <summary>Sensitivity of one coil at a point (fields of view; z in slabs).</summary>
    public Complex At(int coil, double x, double y, double z)
    {
        Complex sum = Complex.Zero;
        var r = new Vector3D(x, y, z);
        for (int l = 0; l < Frequencies.Length; l++)
        {
            sum += Coefficients[coil][l] * Complex.FromPolarCoordinates(1, 2 * Math.PI * Frequencies[l].Dot(r));
        }

        return sum;
    }

    /// <summary>Sensitivities at the pixel centres of some slices.</summary>
    /// <param name="matrix">Side of the image in pixels.</param>
    /// <param name="slices">Slices in the slab.</param>
    /// <param name="first">First slice wanted.</param>
    /// <param name="count">Number of slices wanted.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[count, coil, y, x] complex64.</returns>
    public Tensor Maps(int matrix, int slices, int first, int count, TensorScope scope)
    {
        Tensor maps = scope.New(DType.Complex64, [count, Count, matrix, matrix]);
        ((CpuDevice)scope.Device).For(count * Count, item =>
        {
            Span<Complex64> map = maps.Slice(item / Count).Slice(item % Count).Span<Complex64>();
            double z = (first + (item / Count) - (slices / 2)) / (double)slices;
            for (int pixel = 0; pixel < map.Length; pixel++)
            {
                double x = ((pixel % matrix) - (matrix / 2)) / (double)matrix, y = ((pixel / matrix) - (matrix / 2)) / (double)matrix;
                map[pixel] = Complex64.From(At(item % Count, x, y, z));
            }
        });
        return maps;
    }

    private static Vector3D[] Lattice()
    {
        var frequencies = new List<Vector3D>();
        for (int c = -1; c <= 1; c++)
        {
            int reach = c == 0 ? 5 : 1; // squared radius in half cycles: 21 in-plane terms, 5 for each sign of z
            for (int b = -2; b <= 2; b++)
            {
                for (int a = -2; a <= 2; a++)
                {
                    if ((a * a) + (b * b) <= reach)
                    {
                        frequencies.Add(new Vector3D(a / 2.0, b / 2.0, c / 2.0));
                    }
                }
            }
        }

        return [.. frequencies];
    }

    private static IEnumerable<Vector3D> RegionPoints()
    {
        const int across = 25;
        for (int z = -1; z <= 1; z++)
        {
            for (int i = 0; i < across * across; i++)
            {
                double x = (i % across * 1.0 / across) - 0.48, y = (i / across * 1.0 / across) - 0.48;
                if ((x * x / (RegionX * RegionX)) + (y * y / (RegionY * RegionY)) <= 1)
                {
                    yield return new Vector3D(x, y, z * 0.4);
                }
            }
        }
    }

    /// <summary>Bx − i By of a circular current loop that faces the axis of the body (Biot-Savart, 24 segments).</summary>
    private static Complex[] LoopField(int coil, int coils, CounterRandom random, Vector3D[] points)
    {
        const int segments = 24;
        double around = 2 * Math.PI * (coil + random.Uniform(2 * coil, -0.15, 0.15)) / coils;
        (double sine, double cosine) = Math.SinCos(around);
        var centre = new Vector3D(LoopDistance * cosine, LoopDistance * 0.85 * sine, (((coil % 2) - 0.5) * 0.1) + random.Uniform((2 * coil) + 1, -0.03, 0.03));
        var field = new Complex[points.Length];
        for (int segment = 0; segment < segments; segment++)
        {
            (double s, double c) = Math.SinCos(2 * Math.PI * segment / segments);
            var wire = new Vector3D(centre.X - (LoopRadius * c * sine), centre.Y + (LoopRadius * c * cosine), centre.Z + (LoopRadius * s));
            var current = new Vector3D(s * sine, -s * cosine, c);
            for (int p = 0; p < points.Length; p++)
            {
                var d = new Vector3D(points[p].X - wire.X, points[p].Y - wire.Y, (points[p].Z * SlabPerFieldOfView) - wire.Z);
                double cube = Math.Pow(d.Dot(d), -1.5);
                field[p] += new Complex(((current.Y * d.Z) - (current.Z * d.Y)) * cube, -((current.Z * d.X) - (current.X * d.Z)) * cube);
            }
        }

        return field;
    }

    /// <summary>A random quadratic polynomial, about one radian over the body.</summary>
    private static double CommonPhase(Vector3D r, CounterRandom random)
    {
        double[] term = [1, r.X, r.Y, r.X * r.X, r.X * r.Y, r.Y * r.Y, r.Z];
        double[] size = [Math.PI, 1.5, 1.5, 3, 3, 3, 0.5];
        return Enumerable.Range(0, term.Length).Sum(i => term[i] * random.Uniform(i, -size[i], size[i]));
    }

    /// <summary>Ridge regression by the normal equations and a Cholesky factorisation.</summary>
    private static Complex[][] LeastSquares(Complex[][] basis, Complex[][] targets)
    {
        int n = basis[0].Length;
        var gram = new Complex[n, n];
        foreach (Complex[] row in basis)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    gram[i, j] += Complex.Conjugate(row[i]) * row[j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            gram[i, i] *= 1 + Ridge;
        }

        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                Complex sum = gram[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= gram[i, k] * Complex.Conjugate(gram[j, k]);
                }

                gram[i, j] = i == j ? Math.Sqrt(sum.Real) : sum / gram[j, j].Real;
            }
        }

        return [.. targets.Select(target => Solve(gram, basis, target))];
    }

    private static Complex[] Solve(Complex[,] lower, Complex[][] basis, Complex[] target)
    {
        int n = lower.GetLength(0);
        var x = new Complex[n];
        for (int i = 0; i < n; i++)
        {
            Complex sum = Complex.Zero;
            for (int p = 0; p < target.Length; p++)
            {
                sum += Complex.Conjugate(basis[p][i]) * target[p];
            }

            for (int k = 0; k < i; k++)
            {
                sum -= lower[i, k] * x[k];
            }

            x[i] = sum / lower[i, i].Real;
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                x[i] -= Complex.Conjugate(lower[k, i]) * x[k];
            }

            x[i] /= lower[i, i].Real;
        }

        return x;
    }

    private static double Norm(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}

/// <summary>A point or frequency in three dimensions, double precision.</summary>
/// <param name="X">Along x.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
internal readonly record struct Vector3D(double X, double Y, double Z)
{
    /// <summary>Scalar product.</summary>
    public double Dot(Vector3D other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);
}
