using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// S_c(r) = Σ_l s[c, l] exp(2πi f_l · r), f_l on a lattice of low frequencies. Multiplying an object by such a map only
// shifts its Fourier transform: (S_c ρ)^(k) = Σ_l s[c, l] ρ^(k − f_l), exactly [GUE12].

/// <summary>Coil sensitivities, common smooth phase included, that are exact finite sums of low-frequency exponentials.</summary>
public sealed class ExponentialCoils
{
    internal ExponentialCoils(Vector3D[] frequencies, Complex[][] coefficients) => (Frequencies, Coefficients) = (frequencies, coefficients);

    /// <summary>f_l in cycles per field of view (x, y) and per slab (z).</summary>
    internal Vector3D[] Frequencies { get; }

    /// <summary>s[c][l].</summary>
    internal Complex[][] Coefficients { get; }

    /// <summary>Number of coils.</summary>
    public int Count => Coefficients.Length;

    /// <summary>A ring of loops, kept to the lowest exponentials; see <see cref="CoilRing"/>.</summary>
    /// <param name="coils">Number of loops, evenly around the body and alternately above and below its middle.</param>
    /// <param name="random">Small displacements of the loops, and the phase.</param>
    public static ExponentialCoils Fit(int coils, CounterRandom random) => CoilRing.Fit(coils, random);

    /// <summary>The coils with another complex gain each.</summary>
    internal ExponentialCoils Times(Complex[] gains) =>
        new(Frequencies, [.. Coefficients.Select((terms, coil) => Array.ConvertAll(terms, s => gains[coil] * s))]);

    /// <summary>Sensitivity of one coil at a point (fields of view; z in slabs). The definition.</summary>
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
        // A row has one y and z, so all terms with the same frequency along x share its exponential there.
        double[] columns = [.. Frequencies.Select(f => f.X).Distinct()];
        int[] column = Array.ConvertAll(Frequencies, f => Array.IndexOf(columns, f.X));
        Complex[][] alongX = [.. Enumerable.Range(0, matrix).Select(i => Array.ConvertAll(columns, f => Turn(f * Centred(i, matrix))))];
        Tensor maps = scope.New(DType.Complex64, [count, Count, matrix, matrix]);
        ((CpuDevice)scope.Device).For(count * matrix, item =>
        {
            (int slice, int row) = (item / matrix, item % matrix);
            double y = Centred(row, matrix), z = Centred(first + slice, slices);
            Complex[] alongYZ = Array.ConvertAll(Frequencies, f => Turn((f.Y * y) + (f.Z * z)));
            var terms = new Complex[columns.Length];
            for (int coil = 0; coil < Count; coil++)
            {
                Array.Clear(terms);
                for (int l = 0; l < alongYZ.Length; l++)
                {
                    terms[column[l]] += Coefficients[coil][l] * alongYZ[l];
                }

                Span<Complex64> map = maps.Slice(slice).Slice(coil).Slice(row).Span<Complex64>();
                for (int x = 0; x < matrix; x++)
                {
                    Complex sum = Complex.Zero;
                    for (int a = 0; a < terms.Length; a++)
                    {
                        sum += terms[a] * alongX[x][a];
                    }

                    map[x] = Complex64.From(sum);
                }
            }
        });
        return maps;
    }

    private static Complex Turn(double turns) => Complex.FromPolarCoordinates(1, 2 * Math.PI * turns);

    private static double Centred(int index, int count) => (index - (count / 2)) / (double)count;
}
