using System.Numerics;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// y[z, c, s] = 1/sqrt(Nz) Σ_p raw[c, p, s] exp(+2πi (p − floor(P/2)) (z − floor(Nz/2)) / Nz)
// Nz > P zero-fills kz around its centre. A direct sum over at most some hundred partitions: real axpys over long rows.

/// <summary>Centred orthonormal inverse DFT along kz: one 3-D problem becomes Nz independent 2-D problems.</summary>
public static class PartitionFft
{
    private const int ChunkSamples = 2048; // 16 KiB per accumulator, so that both stay in the first-level cache

    /// <summary>All slices.</summary>
    /// <param name="raw">[coil, partition, spoke, readout] complex64 or complex128.</param>
    /// <param name="slices">Nz, at least the number of partitions.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[slices, coil, spoke · readout] of the same type.</returns>
    public static Tensor ToSlices(Tensor raw, int slices, TensorScope scope) => ToSlices(raw, slices, 0, slices, scope);

    /// <summary>Some of the slices, so that a volume can be worked through in parts.</summary>
    /// <param name="raw">[coil, partition, spoke, readout] complex64 or complex128.</param>
    /// <param name="slices">Nz of the whole volume, at least the number of partitions.</param>
    /// <param name="first">First slice to make.</param>
    /// <param name="count">Number of slices to make.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[count, coil, spoke · readout].</returns>
    /// <exception cref="ShapeException">Wrong rank or type, fewer slices than partitions, or a range outside the volume.</exception>
    public static Tensor ToSlices(Tensor raw, int slices, int first, int count, TensorScope scope)
    {
        if (raw.Shape.Rank != 4 || !raw.DType.IsComplex())
        {
            throw new ShapeException($"kz transform: {raw.Describe()} came; complex [coil, partition, spoke, readout] was expected.");
        }

        int coils = raw.Shape[0], partitions = raw.Shape[1], samples = raw.Shape[2] * raw.Shape[3];
        if (slices < partitions || first < 0 || count < 0 || first + count > slices)
        {
            throw new ShapeException($"kz transform: slices {first}..{first + count} of {slices} from {partitions} partitions; a range inside at least as many slices as partitions was expected.");
        }

        Tensor result = scope.New(raw.DType, [count, coils, samples]);
        Complex[] phases = Phases(partitions, slices);
        if (!raw.Device.IsHost)
        {
            RowByRow(raw, result, phases, first);
        }
        else if (raw.DType == DType.Complex128)
        {
            Definition(raw, result, phases, first);
        }
        else
        {
            Fast(raw, result, phases, first);
        }

        return result;
    }

    /// <summary>The adjoint of <see cref="ToSlices(Tensor, int, TensorScope)"/>: raw[c, p, s] = Σ_z conj(E[z, p]) slices[z, c, s].</summary>
    /// <param name="slices">[slices, coil, spoke · readout] complex64 or complex128, all of them.</param>
    /// <param name="raw">[coil, partition, spoke, readout] of the same type.</param>
    /// <param name="mode">Whether raw is replaced or added to.</param>
    public static void ToPartitions(Tensor slices, Tensor raw, WriteMode mode)
    {
        int coils = raw.Shape[0], partitions = raw.Shape[1], count = slices.Shape[0];
        Complex[] phases = Phases(partitions, count);
        for (int coil = 0; coil < coils; coil++)
        {
            for (int p = 0; p < partitions; p++)
            {
                SumRows(count, z => (Complex.Conjugate(phases[(z * partitions) + p]), slices.Slice(z).Slice(coil)), raw.Slice(coil).Slice(p), mode);
            }
        }
    }

    /// <summary>E[z, p], row-major.</summary>
    private static Complex[] Phases(int partitions, int slices)
    {
        var phases = new Complex[slices * partitions];
        for (int z = 0; z < slices; z++)
        {
            for (int p = 0; p < partitions; p++)
            {
                double turns = (p - (partitions / 2)) * (double)(z - (slices / 2)) / slices;
                phases[(z * partitions) + p] = Complex.FromPolarCoordinates(1 / Math.Sqrt(slices), 2 * Math.PI * turns);
            }
        }

        return phases;
    }

    /// <summary>The sums of whole rows, on a device whose memory the host does not see. Data are prepared on the host; this
    /// serves checks, so it may take a pass over the data for each pair of slice and partition.</summary>
    private static void RowByRow(Tensor raw, Tensor result, Complex[] phases, int first)
    {
        int coils = raw.Shape[0], partitions = raw.Shape[1];
        for (int z = 0; z < result.Shape[0]; z++)
        {
            for (int coil = 0; coil < coils; coil++)
            {
                SumRows(partitions, p => (phases[((first + z) * partitions) + p], raw.Slice(coil).Slice(p)), result.Slice(z).Slice(coil), WriteMode.Overwrite);
            }
        }
    }

    /// <summary>target = Σ_i phase_i · row_i, or added to it.</summary>
    private static void SumRows(int count, Func<int, (Complex Phase, Tensor Row)> term, Tensor target, WriteMode mode)
    {
        for (int i = 0; i < count; i++)
        {
            (Complex phase, Tensor row) = term(i);
            ComplexScale.Run(phase, row.Reshape(target.Shape), target, i == 0 ? mode : WriteMode.Add);
        }
    }

    private static void Definition(Tensor raw, Tensor result, Complex[] phases, int first)
    {
        Span<Complex> x = raw.Span<Complex>(), y = result.Span<Complex>();
        int coils = raw.Shape[0], partitions = raw.Shape[1], samples = result.Shape[2];
        for (int i = 0; i < y.Length; i++)
        {
            (int z, int coil, int sample) = (i / samples / coils, i / samples % coils, i % samples);
            Complex sum = Complex.Zero;
            for (int p = 0; p < partitions; p++)
            {
                sum += phases[((first + z) * partitions) + p] * x[(((coil * partitions) + p) * samples) + sample];
            }

            y[i] = sum;
        }
    }

    /// <summary>Accumulates Σ Re(e) x and Σ Im(e) x as real arrays and joins them at the end: a + i b.</summary>
    private static void Fast(Tensor raw, Tensor result, Complex[] phases, int first)
    {
        var cpu = (CpuDevice)raw.Device;
        int count = result.Shape[0], coils = raw.Shape[0], partitions = raw.Shape[1];
        int samples = result.Shape[2];
        int chunks = (samples + ChunkSamples - 1) / ChunkSamples;
        using var scope = new TensorScope(raw.Device, MemoryOwner.Workspace);
        Tensor scratch = scope.New(DType.Float32, [coils * chunks, 2 * ChunkSamples]);
        cpu.For(coils * chunks, item =>
        {
            int start = item % chunks * ChunkSamples, coil = item / chunks;
            int length = 2 * Math.Min(ChunkSamples, samples - start);
            Span<float> imaginary = scratch.Slice(item).Span<float>()[..length];
            for (int z = 0; z < count; z++)
            {
                Span<float> real = result.Slice(z).Slice(coil).RealSpan<float>().Slice(2 * start, length);
                real.Clear();
                imaginary.Clear();
                for (int p = 0; p < partitions; p++)
                {
                    Complex e = phases[((first + z) * partitions) + p];
                    ReadOnlySpan<float> source = raw.Slice(coil).Slice(p).RealSpan<float>().Slice(2 * start, length);
                    ComplexRows.AddScaled(source, (float)e.Real, (float)e.Imaginary, real, imaginary);
                }

                ComplexRows.Join(real, imaginary);
            }
        });
    }
}
