using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// y[c, p, spoke, t] = 1/(N √P) Σ_z exp(−2πi (p − floor(P/2)) (z − floor(P/2))/P) Σ_r v(r, z) S_c(r, z) exp(−2πi κ_t s(r))/F²
// with r on a grid F times finer than the pixels and s(r) = x cos θ + y sin θ the position along the spoke.

/// <summary>
/// Multi-coil stack-of-stars k-space of a measured image volume. The volume is resampled in the plane to a grid finer
/// than the pixels of the later image; by the projection-slice theorem each spoke is the one-dimensional transform of
/// the projection of all fine voxels on its direction (<see cref="SpokeProjection"/>), which shares nothing with the
/// two-dimensional gridding of the reconstruction.
/// </summary>
public sealed class VolumePhantom
{
    private const int Fine = 2; // fine voxels per pixel: k-space of the samples is free of replicas up to twice its radius
    private readonly Tensor _volume;
    private readonly double _rotation, _scale, _shiftX, _shiftY, _contrast;
    private readonly bool _flip;

    /// <summary>One "subject": the volume under a random similarity of the plane.</summary>
    /// <param name="volume">[z, y, x] float32 with square pixels; row 0 is the front, column 0 the subject's right.</param>
    /// <param name="coils">Number of receive coils.</param>
    /// <param name="random">Source of placement, coils and phase. The subject is rotated by up to 12 degrees, scaled to
    /// fill 80 to 95 % of the field of view, shifted by up to 3 % of it, mirrored with probability 1/2, and its
    /// intensities are bent by a power between 0.8 and 1.25.</param>
    /// <exception cref="ShapeException">The volume is not of rank 3 or not float32.</exception>
    public VolumePhantom(Tensor volume, int coils, CounterRandom random)
        : this(volume, ExponentialCoils.Fit(coils, random.Stream("coils")), random)
    {
    }

    internal VolumePhantom(Tensor volume, ExponentialCoils coils, CounterRandom random)
    {
        if (volume.DType != DType.Float32 || volume.Shape.Rank != 3 || volume.Count == 0)
        {
            throw new ShapeException($"volume phantom: {volume.Describe()} came; float32 [z, y, x] was expected.");
        }

        CounterRandom place = random.Stream("placement");
        _volume = volume;
        _rotation = place.Uniform(0, -12, 12) * Math.PI / 180;
        _scale = Math.Max(volume.Shape[1], volume.Shape[2]) / place.Uniform(1, 0.80, 0.95);
        _shiftX = place.Uniform(2, -0.03, 0.03);
        _shiftY = place.Uniform(3, -0.03, 0.03);
        _flip = place.Uniform(4) < 0.5;
        _contrast = Math.Pow(1.25, place.Uniform(5, -1, 1));
        Coils = coils;
    }

    /// <summary>Sensitivities, common phase included.</summary>
    public ExponentialCoils Coils { get; }

    /// <summary>The subject on a square grid over the field of view, scaled so that the 99.9th percentile of the volume is 1.</summary>
    /// <param name="matrix">Side of the grid in pixels.</param>
    /// <param name="firstSlice">First slice of the volume.</param>
    /// <param name="count">Number of slices.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[count, y, x] float32.</returns>
    public Tensor Image(int matrix, int firstSlice, int count, TensorScope scope)
    {
        if (firstSlice < 0 || count < 1 || firstSlice + count > _volume.Shape[0])
        {
            throw new InputException($"slices {firstSlice}..{firstSlice + count} of an anatomy with {_volume.Shape[0]}; ask for fewer partitions per subject.");
        }

        double white = ImageNorms.Of(_volume, ImageNorm.P999);
        Tensor image = scope.New(DType.Float32, [count, matrix, matrix]);
        ((CpuDevice)scope.Device).For(count * matrix, item =>
        {
            Span<float> row = image.Slice(item / matrix).Slice(item % matrix).Span<float>(), source = _volume.Slice(firstSlice + (item / matrix)).Span<float>();
            (double sine, double cosine) = Math.SinCos(_rotation);
            double y = (((item % matrix) - (matrix / 2)) / (double)matrix) - _shiftY;
            for (int column = 0; column < matrix; column++)
            {
                double x = ((column - (matrix / 2)) / (double)matrix) - _shiftX;
                double u = _scale * ((x * cosine) + (y * sine)) * (_flip ? -1 : 1), v = _scale * ((y * cosine) - (x * sine));
                double value = Cubic(source, _volume.Shape[1], _volume.Shape[2], v + ((_volume.Shape[1] - 1) / 2.0), u + ((_volume.Shape[2] - 1) / 2.0));
                row[column] = (float)Math.Pow(Math.Max(0, value) / white, _contrast);
            }
        });
        return image;
    }

    /// <summary>Noise-free k-space of consecutive slices of the volume, one kz partition per slice.</summary>
    /// <param name="matrix">N, side of the later image in pixels.</param>
    /// <param name="firstSlice">First slice of the volume.</param>
    /// <param name="partitions">P, number of slices and partitions.</param>
    /// <param name="angles">Spoke angles, radians.</param>
    /// <param name="radius">Signed radius of the samples, cycles per pixel, evenly spaced.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[coil, partition, spoke, readout] complex64.</returns>
    public Tensor KSpace(int matrix, int firstSlice, int partitions, double[] angles, double[] radius, TensorScope scope) => KSpace(
        new ScanPlan { Matrix = matrix, Partitions = partitions, Angles = angles, Radius = radius, FieldOfView = 1, Slab = 1 }, firstSlice, scope);

    /// <summary>The same for spokes that delays displace and subjects that breathe, which need <see cref="ScanPlan.SlicesAbove"/> further slices.
    /// Those that hold their breath get all encodings, measured or not.</summary>
    internal Tensor KSpace(ScanPlan plan, int firstSlice, TensorScope scope)
    {
        if (plan.Breathing.Amplitude > 0)
        {
            using var still = new TensorScope(scope.Device, MemoryOwner.Workspace);
            Tensor exhaled = Image(plan.Matrix * Fine, firstSlice, plan.Partitions + plan.SlicesAbove, still);
            return new BreathingVolume(exhaled, Coils, plan, Fine).KSpace(scope);
        }

        (int matrix, int partitions, double[] angles, double[] radius) = (plan.Matrix, plan.Partitions, plan.Angles, plan.Radius);
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        var cpu = (CpuDevice)scope.Device;
        int side = matrix * Fine, coils = Coils.Count, batch = coils * partitions;
        Tensor image = Image(side, firstSlice, partitions, work);
        int[] body = BodyPixels(image);
        Tensor weighted = WeightedPixels(image, body, matrix, work); // [pixel, partition, coil]
        Tensor result = scope.New(DType.Complex64, [coils, partitions, angles.Length, radius.Length]);
        var projection = new SpokeProjection(radius, batch, 0.75 * matrix); // half the diagonal, 0.71 N, lies inside
        cpu.For(angles.Length, spoke =>
        {
            (double sine, double cosine) = Math.SinCos(angles[spoke]);
            double[] positions = Array.ConvertAll(body, i => ((((i % side) - (side / 2)) * cosine) + (((i / side) - (side / 2)) * sine)) / Fine);
            (double shiftX, double shiftY) = plan.Shift(cosine, sine);
            double[] turns = plan.Delays == default ? [] : Array.ConvertAll(body, i => ((shiftX * ((i % side) - (side / 2))) + (shiftY * ((i / side) - (side / 2)))) / Fine);
            float[] spectrum = projection.Compute(positions, weighted.Span<float>(), turns);
            double scale = 1.0 / (matrix * Math.Sqrt(partitions) * Fine * Fine);
            Complex64[] lines = TransformPartitions(spectrum, coils, partitions, radius.Length, scale);
            for (int line = 0; line < batch; line++)
            {
                lines.AsSpan(line * radius.Length, radius.Length).CopyTo(result.Slice(line / partitions).Slice(line % partitions).Slice(spoke).Span<Complex64>());
            }
        });
        return result;
    }

    /// <summary>[coil, partition, readout] of one spoke from its [readout, slice, coil].</summary>
    private static Complex64[] TransformPartitions(float[] spectrum, int coils, int partitions, int readout, double scale)
    {
        var lines = new Complex64[coils * partitions * readout];
        Complex[] turn = [.. Enumerable.Range(0, partitions).Select(n => Complex.FromPolarCoordinates(scale, -2 * Math.PI * n / partitions))];
        int half = partitions / 2;
        for (int t = 0; t < readout; t++)
        {
            for (int coil = 0; coil < coils; coil++)
            {
                for (int p = 0; p < partitions; p++)
                {
                    Complex sum = Complex.Zero;
                    for (int z = 0; z < partitions; z++)
                    {
                        int at = 2 * ((((t * partitions) + z) * coils) + coil);
                        int n = (((p - half) * (z - half)) % partitions + partitions) % partitions;
                        sum += turn[n] * new Complex(spectrum[at], spectrum[at + 1]);
                    }

                    lines[(((coil * partitions) + p) * readout) + t] = Complex64.From(sum);
                }
            }
        }

        return lines;
    }

    private static int[] BodyPixels(Tensor image)
    {
        int pixels = image.Shape[1] * image.Shape[2];
        float[] values = image.ToArray<float>();
        return [.. Enumerable.Range(0, pixels).Where(i => Enumerable.Range(0, image.Shape[0]).Any(z => values[(z * pixels) + i] > 0))];
    }

    private Tensor WeightedPixels(Tensor image, int[] body, int matrix, TensorScope work)
    {
        int side = image.Shape[1], slices = image.Shape[0], coils = Coils.Count;
        Tensor maps = Coils.Maps(matrix * Fine, slices, 0, slices, work); // [z, coil, y, x]
        Tensor weighted = work.New(DType.Float32, [body.Length, 2 * slices * coils]);
        int pixels = side * side;
        ((CpuDevice)work.Device).For(body.Length, 1024, (start, end) =>
        {
            for (int z = 0; z < slices; z++)
            {
                ReadOnlySpan<float> values = image.Slice(z).Span<float>();
                ReadOnlySpan<Complex64> map = maps.Slice(z).Span<Complex64>();
                Span<float> target = weighted.Slice((int)start, (int)(end - start)).Span<float>();
                for (int i = 0; i < end - start; i++)
                {
                    int pixel = body[start + i];
                    for (int coil = 0; coil < coils; coil++)
                    {
                        int at = 2 * ((((i * slices) + z) * coils) + coil);
                        Complex64 s = map[(coil * pixels) + pixel];
                        target[at] = values[pixel] * s.Real;
                        target[at + 1] = values[pixel] * s.Imaginary;
                    }
                }
            }
        });
        return weighted;
    }

    /// <summary>Catmull-Rom interpolation, 0 outside the slice.</summary>
    private static double Cubic(ReadOnlySpan<float> slice, int rows, int columns, double row, double column)
    {
        int top = (int)Math.Floor(row), left = (int)Math.Floor(column);
        double sum = 0;
        for (int dy = -1; dy <= 2; dy++)
        {
            for (int dx = -1; dx <= 2; dx++)
            {
                int y = top + dy, x = left + dx;
                if (y >= 0 && y < rows && x >= 0 && x < columns)
                {
                    sum += Weight(row - y) * Weight(column - x) * slice[(y * columns) + x];
                }
            }
        }

        return sum;

        static double Weight(double distance)
        {
            double d = Math.Abs(distance);
            return d < 1 ? 1 + (d * d * ((1.5 * d) - 2.5)) : d < 2 ? 2 + (d * (-4 + (d * (2.5 - (0.5 * d))))) : 0;
        }
    }
}
