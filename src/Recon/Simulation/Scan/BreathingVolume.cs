using System.Collections.Concurrent;
using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

// y[c, p, spoke, t] = a/(N √P F²) Σ_z g(z') exp(−2πi (p − floor(P/2)) (z' − floor(P/2))/P) Σ_r v(r, z) S_c(r', z') exp(−2πi k·r')
// with r' = (x, back + a (y − back)) and z' = z − way/thickness: the state of the volume when the readout is taken

/// <summary>
/// Multi-coil stack-of-stars k-space of a volume that breathes: the fine voxels of <see cref="VolumePhantom"/> as point masses that
/// move between readouts, past coils and an excited slab that do not. A test holds it against the sum over all voxels.
/// </summary>
/// <remarks>
/// Sensitivities are S_c = Σ_f exp(2πi f z') G_cf(r') with few f, so that the sum over z is that of one voxel and not of all coils:
/// Σ_f G_cf(r') Σ_z g v exp(−2πi (kz − f) z').
/// </remarks>
internal sealed class BreathingVolume
{
    private const double FaintRow = 0.1; // rows with less signal than this part of the fullest lie before or behind the body

    private readonly Tensor _image;
    private readonly ExponentialCoils _coils;
    private readonly ScanPlan _plan;
    private readonly int _side, _fine, _stride, _points;
    private readonly (int First, int Count)[] _spans; // of the columns of each row that hold signal
    private readonly double _back, _thickness;
    private readonly double[] _axial; // distinct frequencies along z
    private readonly int[] _axialOf, _lateralOf;
    private readonly float[][] _cosines, _sines; // of each distinct frequency along x, [column]
    private readonly SpokeProjection _projection;

    /// <summary>A volume to scan.</summary>
    /// <param name="image">[slice, y, x] float32 at exhale on the fine grid: the slices of the slab, and above them those that inhaling brings into it.</param>
    /// <param name="coils">Sensitivities, which stay where they are.</param>
    /// <param name="plan">Readouts and breath.</param>
    /// <param name="fine">Fine voxels per pixel of the later image.</param>
    public BreathingVolume(Tensor image, ExponentialCoils coils, ScanPlan plan, int fine)
    {
        (_image, _coils, _plan, _fine) = (image, coils, plan, fine);
        _side = image.Shape[2];
        _stride = (_side + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        (_spans, double[] signal) = Rows(image);
        _points = _spans.Sum(span => span.Count);
        double least = FaintRow * signal.Max();
        int front = Array.FindIndex(signal, s => s >= least), back = Array.FindLastIndex(signal, s => s >= least);
        (_back, _thickness) = (Centred(back), Math.Max(1, back - front) / (double)_side);
        double[] lateral = [.. coils.Frequencies.Select(f => f.X).Distinct()];
        _axial = [.. coils.Frequencies.Select(f => f.Z).Distinct()];
        _axialOf = Array.ConvertAll(coils.Frequencies, f => Array.IndexOf(_axial, f.Z));
        _lateralOf = Array.ConvertAll(coils.Frequencies, f => Array.IndexOf(lateral, f.X));
        _cosines = Array.ConvertAll(lateral, f => Table(x => Math.Cos(2 * Math.PI * f * x)));
        _sines = Array.ConvertAll(lateral, f => Table(x => Math.Sin(2 * Math.PI * f * x)));
        double farthest = 0.75 * plan.Breathing.Stretch(1, plan.FieldOfView, _thickness); // half the diagonal, 0.71, lies inside
        _projection = new SpokeProjection(plan.Radius, coils.Count, farthest * plan.Matrix);
    }

    /// <summary>Noise-free k-space; partitions that are not measured are zero.</summary>
    /// <returns>[coil, partition, spoke, readout] complex64.</returns>
    public Tensor KSpace(TensorScope scope)
    {
        Tensor result = scope.New(DType.Complex64, [_coils.Count, _plan.Partitions, _plan.Angles.Length, _plan.Radius.Length]);
        result.Clear();
        int spokes = _plan.Angles.Length, coils = _coils.Count;
        var states = new ConcurrentBag<State>();
        ((CpuDevice)scope.Device).For(_plan.MeasuredPartitions * spokes, line =>
        {
            State state = states.TryTake(out State? free) ? free : new State(this);
            (int partition, int spoke) = (_plan.FirstPartition + (line / spokes), line % spokes);
            state.Move(spoke, partition);
            float[] spectrum = _projection.Compute(state.Positions, state.Values, state.Turns);
            for (int coil = 0; coil < coils; coil++)
            {
                Span<Complex64> samples = result.Slice(coil).Slice(partition).Slice(spoke).Span<Complex64>();
                for (int t = 0; t < samples.Length; t++)
                {
                    int at = 2 * ((t * coils) + coil);
                    samples[t] = new Complex64(spectrum[at], spectrum[at + 1]);
                }
            }

            states.Add(state);
        });
        return result;
    }

    private static ((int First, int Count)[] Spans, double[] Signal) Rows(Tensor image)
    {
        int side = image.Shape[2];
        var spans = new (int First, int Count)[side];
        double[] signal = new double[side];
        for (int row = 0; row < side; row++)
        {
            (int first, int last) = (side, -1);
            for (int slice = 0; slice < image.Shape[0]; slice++)
            {
                ReadOnlySpan<float> values = image.Slice(slice).Slice(row).Span<float>();
                for (int column = 0; column < side; column++)
                {
                    if (values[column] > 0)
                    {
                        (first, last) = (Math.Min(first, column), Math.Max(last, column));
                        signal[row] += values[column];
                    }
                }
            }

            spans[row] = (first, Math.Max(0, last - first + 1));
        }

        return (spans, signal);
    }

    private double Centred(int index) => (index - (_side / 2)) / (double)_side;

    private float[] Table(Func<double, double> value) => [.. Enumerable.Range(0, _stride).Select(column => (float)value(Centred(column)))];

    /// <summary>The volume during one readout: where its voxels are, and what each coil receives of them. Memory of one thread.</summary>
    private sealed class State(BreathingVolume volume)
    {
        private readonly float[][] _real = RowPerFrequency(volume), _imaginary = RowPerFrequency(volume); // Σ_z g v exp(−2πi (kz − f) z') of a row, by f
        private readonly float[] _rowReal = new float[volume._stride], _rowImaginary = new float[volume._stride];

        public double[] Positions { get; } = new double[volume._points];

        public double[] Turns { get; } = volume._plan.Delays == default ? [] : new double[volume._points];

        /// <summary>[voxel, coil] complex, interleaved.</summary>
        public float[] Values { get; } = new float[2 * volume._points * volume._coils.Count];

        public void Move(int spoke, int partition)
        {
            ScanPlan plan = volume._plan;
            double inhaled = plan.Inhaled(spoke, partition), stretch = plan.Breathing.Stretch(inhaled, plan.FieldOfView, volume._thickness);
            (double sine, double cosine) = Math.SinCos(plan.Angles[spoke]);
            (double shiftX, double shiftY) = plan.Shift(cosine, sine);
            (double Part, double Z)[] slices = Slices(plan, inhaled);
            int at = 0;
            for (int row = 0; row < volume._side; row++)
            {
                (int first, int count) = volume._spans[row];
                double y = volume._back + (stretch * (volume.Centred(row) - volume._back));
                for (int i = 0; i < count; i++)
                {
                    double x = volume.Centred(first + i);
                    Positions[at + i] = plan.Matrix * ((x * cosine) + (y * sine));
                    if (Turns.Length > 0)
                    {
                        Turns[at + i] = plan.Matrix * ((x * shiftX) + (y * shiftY));
                    }
                }

                SumSlices(row, slices, partition - (plan.Partitions / 2));
                Receive(y, stretch / (plan.Matrix * Math.Sqrt(plan.Partitions) * volume._fine * volume._fine), first, count, at);
                at += count;
            }
        }

        private static float[][] RowPerFrequency(BreathingVolume volume) => Array.ConvertAll(volume._axial, _ => new float[volume._stride]);

        /// <summary>The part of each slice that is inside the slab, and its position in slabs from the centre.</summary>
        private static (double Part, double Z)[] Slices(ScanPlan plan, double inhaled)
        {
            double way = plan.Breathing.Amplitude * inhaled / plan.Slab * plan.Partitions;
            return [.. Enumerable.Range(0, plan.Partitions + plan.SlicesAbove).Select(slice =>
            {
                double z = slice - way;
                return (Math.Clamp(Math.Min(z + 1, plan.Partitions - z), 0, 1), (z - (plan.Partitions / 2)) / plan.Partitions);
            })];
        }

        private void SumSlices(int row, (double Part, double Z)[] slices, int kz)
        {
            for (int f = 0; f < volume._axial.Length; f++)
            {
                Array.Clear(_real[f]);
                Array.Clear(_imaginary[f]);
                for (int slice = 0; slice < slices.Length; slice++)
                {
                    (double part, double z) = slices[slice];
                    if (part > 0)
                    {
                        (double sine, double cosine) = Math.SinCos(2 * Math.PI * (volume._axial[f] - kz) * z);
                        ComplexRows.AddScaled(volume._image.Slice(slice).Slice(row).Span<float>(), (float)(part * cosine), (float)(part * sine), _real[f], _imaginary[f]);
                    }
                }
            }
        }

        /// <summary>What the coils receive from a row at y.</summary>
        private void Receive(double y, double scale, int first, int count, int at)
        {
            Complex[] alongY = Array.ConvertAll(volume._coils.Frequencies, f => Complex.FromPolarCoordinates(scale, 2 * Math.PI * f.Y * y));
            int coils = volume._coils.Count, lateral = volume._cosines.Length;
            var terms = new Complex[volume._axial.Length * lateral];
            for (int coil = 0; coil < coils; coil++)
            {
                Array.Clear(terms);
                for (int l = 0; l < alongY.Length; l++)
                {
                    terms[(volume._axialOf[l] * lateral) + volume._lateralOf[l]] += volume._coils.Coefficients[coil][l] * alongY[l];
                }

                Weight(terms, lateral, first, first + count);
                for (int i = 0; i < count; i++)
                {
                    int value = 2 * (((at + i) * coils) + coil);
                    (Values[value], Values[value + 1]) = (_rowReal[first + i], _rowImaginary[first + i]);
                }
            }
        }

        /// <summary>Σ_f G_f V_f of one row and coil, G_f = Σ_a terms[f, a] exp(2πi a x).</summary>
        private void Weight(Complex[] terms, int lateral, int first, int end)
        {
            int width = Vector<float>.Count;
            for (int x = first / width * width; x < end; x += width)
            {
                Vector<float> sumReal = default, sumImaginary = default;
                for (int f = 0; f < _real.Length; f++)
                {
                    Vector<float> real = default, imaginary = default;
                    for (int a = 0; a < lateral; a++)
                    {
                        Complex term = terms[(f * lateral) + a];
                        Vector<float> cosine = new(volume._cosines[a], x), sine = new(volume._sines[a], x);
                        Vector<float> re = new((float)term.Real), im = new((float)term.Imaginary);
                        real = Vector.FusedMultiplyAdd(re, cosine, Vector.FusedMultiplyAdd(-im, sine, real));
                        imaginary = Vector.FusedMultiplyAdd(re, sine, Vector.FusedMultiplyAdd(im, cosine, imaginary));
                    }

                    Vector<float> v = new(_real[f], x), w = new(_imaginary[f], x);
                    sumReal = Vector.FusedMultiplyAdd(real, v, Vector.FusedMultiplyAdd(-imaginary, w, sumReal));
                    sumImaginary = Vector.FusedMultiplyAdd(real, w, Vector.FusedMultiplyAdd(imaginary, v, sumImaginary));
                }

                sumReal.CopyTo(_rowReal, x);
                sumImaginary.CopyTo(_rowImaginary, x);
            }
        }
    }
}
