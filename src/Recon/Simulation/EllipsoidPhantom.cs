using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// y[c, p, spoke, t] = N √P Σ_l s[c, l] Σ_o ρ̂_o(k − f_l),   k = (N r_t cos θ, N r_t sin θ, p − floor(P/2))
// The integral over the field of view, scaled so that it equals the orthonormal sum over pixels of volume 1/(N² P).

/// <summary>
/// Multi-coil stack-of-stars k-space of an abdomen-like phantom, from closed formulas: no grid, no FFT and none of this
/// project's operators are involved.
/// </summary>
public sealed class EllipsoidPhantom
{
    private readonly Blob[] _blobs;

    /// <summary>One random subject.</summary>
    /// <param name="coils">Number of receive coils.</param>
    /// <param name="random">Source of anatomy and coil placement.</param>
    public EllipsoidPhantom(int coils, CounterRandom random)
        : this(Abdomen.Create(random.Stream("anatomy")), ExponentialCoils.Fit(coils, random.Stream("coils")))
    {
    }

    internal EllipsoidPhantom(Blob[] blobs, ExponentialCoils coils) => (_blobs, Coils) = (blobs, coils);

    /// <summary>Sensitivities, common phase included.</summary>
    public ExponentialCoils Coils { get; }

    /// <summary>Noise-free k-space.</summary>
    /// <param name="matrix">N, side of the image in pixels.</param>
    /// <param name="partitions">P, kz encodings over the slab.</param>
    /// <param name="angles">Spoke angles, radians.</param>
    /// <param name="radius">Signed radius of the samples, cycles per pixel.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[coil, partition, spoke, readout] complex64.</returns>
    public Tensor KSpace(int matrix, int partitions, double[] angles, double[] radius, TensorScope scope)
    {
        Tensor result = scope.New(DType.Complex64, [Coils.Count, partitions, angles.Length, radius.Length]);
        double reach = _blobs.Max(b => (Math.Max(b.A, b.B) * (matrix * radius.Max(Math.Abs) + 3)) + (b.C * (partitions + 2)));
        ProfileTable?[] tables = [.. Enum.GetValues<BlobShape>().Select(shape => _blobs.Any(b => b.Shape == shape) ? new ProfileTable(shape, reach) : null)];
        int readout = radius.Length, spokes = angles.Length;
        ((CpuDevice)scope.Device).For(partitions * spokes, line =>
        {
            int partition = line / spokes;
            var signal = new LineSignal(Coils.Count, readout);
            signal.Compute(_blobs, Coils, tables, matrix, angles[line % spokes], partition - (partitions / 2), radius);
            double scale = matrix * Math.Sqrt(partitions);
            for (int coil = 0; coil < Coils.Count; coil++)
            {
                Span<Complex64> row = result.Slice(coil).Slice(partition).Slice(line % spokes).Span<Complex64>();
                for (int t = 0; t < readout; t++)
                {
                    row[t] = new Complex64((float)(scale * signal.Real[(coil * readout) + t]), (float)(scale * signal.Imaginary[(coil * readout) + t]));
                }
            }
        });
        return result;
    }

    /// <summary>The object without coils, averaged over each voxel.</summary>
    /// <param name="matrix">Side of the image in pixels.</param>
    /// <param name="slices">Slices in the slab.</param>
    /// <param name="first">First slice wanted.</param>
    /// <param name="count">Number of slices wanted.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[count, y, x] complex64.</returns>
    public Tensor Image(int matrix, int slices, int first, int count, TensorScope scope)
    {
        const int sub = 3; // points per voxel along each axis
        Tensor image = scope.New(DType.Complex64, [count, matrix, matrix]);
        ((CpuDevice)scope.Device).For(count * matrix, item =>
        {
            var sums = new Complex[matrix];
            for (int line = 0; line < sub * sub; line++)
            {
                double y = ((item % matrix) - (matrix / 2) + Offset(line % sub)) / matrix;
                double z = (first + (item / matrix) - (slices / 2) + Offset(line / sub)) / slices;
                foreach (Blob blob in _blobs)
                {
                    double reach = blob.Reach;
                    double width = reach * Math.Max(blob.A, blob.B);
                    if (Math.Abs(y - blob.Y) > width || Math.Abs(z - blob.Z) > reach * blob.C)
                    {
                        continue;
                    }

                    int from = Math.Max(0, (int)Math.Floor(((blob.X - width) * matrix) + (matrix / 2)));
                    int to = Math.Min(matrix - 1, (int)Math.Ceiling(((blob.X + width) * matrix) + (matrix / 2)));
                    for (int column = from; column <= to; column++)
                    {
                        for (int point = 0; point < sub; point++)
                        {
                            sums[column] += blob.At((column - (matrix / 2) + Offset(point)) / matrix, y, z);
                        }
                    }
                }
            }

            Span<Complex64> row = image.Slice(item / matrix).Slice(item % matrix).Span<Complex64>();
            for (int column = 0; column < matrix; column++)
            {
                row[column] = Complex64.From(sums[column] / (sub * sub * sub));
            }
        });
        return image;

        static double Offset(int step) => ((step + 0.5) / sub) - 0.5;
    }

    /// <summary>Signal of all coils along one spoke. Along the spoke, the squared distance from a shifted centre of
    /// k-space is a quadratic in the radius, and the phase of a blob is the same for all shifts but for a constant.</summary>
    private sealed class LineSignal(int coils, int readout)
    {
        private readonly double[] _profile = new double[readout], _real = new double[coils * readout], _imaginary = new double[coils * readout];

        public double[] Real { get; } = new double[coils * readout];

        public double[] Imaginary { get; } = new double[coils * readout];

        public void Compute(Blob[] blobs, ExponentialCoils coilSums, ProfileTable?[] tables, int matrix, double angle, double kz, double[] radius)
        {
            (double sine, double cosine) = Math.SinCos(angle);
            foreach (Blob blob in blobs)
            {
                Array.Clear(_real);
                Array.Clear(_imaginary);
                for (int l = 0; l < coilSums.Frequencies.Length; l++)
                {
                    Vector3D f = coilSums.Frequencies[l];
                    FillProfile(blob, tables[(int)blob.Shape]!, f, kz, matrix * cosine, matrix * sine, radius);
                    Complex constant = blob.Amplitude * (blob.Volume * blob.Axial(kz - f.Z)) * Complex.FromPolarCoordinates(1, 2 * Math.PI * ((f.X * blob.X) + (f.Y * blob.Y) + ((f.Z - kz) * blob.Z)));
                    for (int coil = 0; coil < coils; coil++)
                    {
                        Complex weight = coilSums.Coefficients[coil][l] * constant;
                        AddScaled(weight.Real, _profile, _real.AsSpan(coil * readout, readout));
                        AddScaled(weight.Imaginary, _profile, _imaginary.AsSpan(coil * readout, readout));
                    }
                }

                Rotate(matrix * ((cosine * blob.X) + (sine * blob.Y)), radius);
            }
        }

        private void FillProfile(Blob blob, ProfileTable table, Vector3D f, double kz, double stepX, double stepY, double[] radius)
        {
            (double sine, double cosine) = Math.SinCos(blob.Tilt);
            double u0 = -blob.A * ((f.X * cosine) + (f.Y * sine)), u1 = blob.A * ((stepX * cosine) + (stepY * sine));
            double v0 = -blob.B * ((f.Y * cosine) - (f.X * sine)), v1 = blob.B * ((stepY * cosine) - (stepX * sine));
            double w = blob.Shape == BlobShape.Cylinder ? 0 : blob.C * (kz - f.Z);
            table.Fill((u0 * u0) + (v0 * v0) + (w * w), 2 * ((u0 * u1) + (v0 * v1)), (u1 * u1) + (v1 * v1), radius, _profile);
        }

        /// <summary>Adds the sums of one blob, times exp(−2πi r · turns).</summary>
        private void Rotate(double turns, double[] radius)
        {
            for (int t = 0; t < radius.Length; t++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * turns * radius[t]);
                for (int i = t; i < Real.Length; i += radius.Length)
                {
                    Real[i] += (_real[i] * cosine) - (_imaginary[i] * sine);
                    Imaginary[i] += (_real[i] * sine) + (_imaginary[i] * cosine);
                }
            }
        }

        private static void AddScaled(double a, ReadOnlySpan<double> x, Span<double> sum)
        {
            int i = 0;
            Vector<double> va = new(a);
            for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                Vector.FusedMultiplyAdd(va, new Vector<double>(x[i..]), new Vector<double>(sum[i..])).CopyTo(sum[i..]);
            }

            for (; i < x.Length; i++)
            {
                sum[i] = double.FusedMultiplyAdd(a, x[i], sum[i]);
            }
        }
    }
}
