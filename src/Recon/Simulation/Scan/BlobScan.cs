using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

// y[c, p, spoke, t] = N √P Σ_l s[c, l] T_l(k),   T_l(k) = Σ_o ρ̂_o(k − f_l), ρ as it is when the readout is taken

/// <summary>
/// Multi-coil stack-of-stars k-space of blobs, as <see cref="EllipsoidPhantom"/> defines it, for real acquisitions: many
/// coils and terms, displaced spokes, subjects that breathe. A test holds it against that definition.
/// </summary>
internal static class BlobScan
{
    /// <summary>Noise-free k-space; missing partitions are zero.</summary>
    /// <returns>[coil, partition, spoke, readout] complex64.</returns>
    public static Tensor KSpace(Blob[] blobs, ExponentialCoils coils, ScanPlan plan, TensorScope scope)
    {
        Tensor result = scope.New(DType.Complex64, [coils.Count, plan.Partitions, plan.Angles.Length, plan.Radius.Length]);
        result.Clear();
        int spokes = plan.Angles.Length;
        var workers = new ConcurrentBag<Worker>();
        ((CpuDevice)scope.Device).For(plan.MeasuredPartitions * spokes, line =>
        {
            Worker worker = workers.TryTake(out Worker? free) ? free : new Worker(coils, plan.Radius);
            int partition = plan.FirstPartition + (line / spokes), spoke = line % spokes;
            double inhaled = plan.Inhaled(spoke, partition);
            PlacedBlob[] placed = Array.ConvertAll(blobs, blob => plan.Breathing.Place(blob, inhaled, plan.FieldOfView, plan.Slab));
            worker.Transforms.Compute(placed, plan.Line(spoke, partition));
            for (int coil = 0; coil < coils.Count; coil++)
            {
                worker.Combine(coils.Coefficients[coil], plan.Matrix * Math.Sqrt(plan.Partitions), result.Slice(coil).Slice(partition).Slice(spoke).Span<Complex64>());
            }

            workers.Add(worker);
        });
        return result;
    }

    /// <summary>Memory of one thread.</summary>
    private sealed class Worker(ExponentialCoils coils, double[] radius)
    {
        private float[] _real = [], _imaginary = [];

        public SpokeTransforms Transforms { get; } = new(coils.Frequencies, radius);

        /// <summary>Σ_l s_l T_l of one coil.</summary>
        public void Combine(Complex[] coefficients, double scale, Span<Complex64> samples)
        {
            int stride = Transforms.Stride;
            if (_real.Length != stride)
            {
                (_real, _imaginary) = (new float[stride], new float[stride]);
            }

            Array.Clear(_real);
            Array.Clear(_imaginary);
            Span<Vector<float>> re = MemoryMarshal.Cast<float, Vector<float>>(_real.AsSpan()), im = MemoryMarshal.Cast<float, Vector<float>>(_imaginary.AsSpan());
            for (int term = 0; term < coefficients.Length; term++)
            {
                ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(Transforms.Real(term)), y = MemoryMarshal.Cast<float, Vector<float>>(Transforms.Imaginary(term));
                Vector<float> a = new((float)(scale * coefficients[term].Real)), b = new((float)(scale * coefficients[term].Imaginary));
                for (int i = 0; i < re.Length; i++)
                {
                    re[i] = Vector.FusedMultiplyAdd(a, x[i], Vector.FusedMultiplyAdd(-b, y[i], re[i]));
                    im[i] = Vector.FusedMultiplyAdd(a, y[i], Vector.FusedMultiplyAdd(b, x[i], im[i]));
                }
            }

            for (int t = 0; t < samples.Length; t++)
            {
                samples[t] = new Complex64(_real[t], _imaginary[t]);
            }
        }
    }
}
