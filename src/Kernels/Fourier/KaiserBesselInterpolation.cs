using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// interpolation: y[m] = Σ_g φ(σ ky_m - gy) φ(σ kx_m - gx) x[g]
// gradient: its adjoint · spec: tests/Kernels/Fourier/KaiserBesselInterpolationTests.cs

/// <summary>
/// Separable Kaiser-Bessel interpolation between a periodic grid of modes and points, without roll-off correction:
/// y[m] = Σ_g φ(σ ky_m - gy) φ(σ kx_m - gx) x[g]; the adjoint spreads. Cell g of an axis of σn cells sits at
/// (g - ⌊σn/2⌋)/σ cycles per field of view. A point on the edge of the window still counts.
/// </summary>
/// <remarks>Real and complex arrays of both precisions; leading batch axes are accepted on both sides. Any scale of the
/// window is kept as it is: iterative density weights w ← w / |G Gᵀ w| do not depend on it.</remarks>
public sealed unsafe class KaiserBesselInterpolation : ILinearOperator
{
    private readonly CpuDevice _device;
    private readonly PointOrder _order;
    private readonly int _taps;
    private readonly int[] _columns, _rows;      // [sorted point][tap]: cell
    private readonly double[] _along, _across; // [sorted point][tap]: window value

    /// <summary>The operator of a point set.</summary>
    /// <param name="points">[M, 2] or [.., 2] real: (kx, ky) in cycles per field of view; periodic in the image size.</param>
    /// <param name="rows">Image rows n.</param>
    /// <param name="columns">Image columns n.</param>
    /// <param name="oversampling">σ ≥ 1, integer: the grid has σ rows x σ columns cells.</param>
    /// <param name="width">W &gt; 0, in cells.</param>
    /// <param name="beta">β ≥ 0.</param>
    /// <exception cref="ShapeException">Points are not real pairs, a size is below 1, or the window is wider than the grid.</exception>
    public KaiserBesselInterpolation(Tensor points, int rows, int columns, int oversampling, double width, double beta)
    {
        double[] k = PointCoordinates.Read("kaiser-bessel interpolation", points);
        if (rows < 1 || columns < 1 || oversampling < 1 || !(width > 0) || !(beta >= 0) || Math.Floor(width) + 1 > oversampling * Math.Min(rows, columns))
        {
            throw new ShapeException(
                $"kaiser-bessel interpolation: image {rows} x {columns}, oversampling {oversampling}, width {width}, beta {beta}; sizes must be at least 1 and the grid wider than the window.");
        }

        _device = (CpuDevice)points.Device;
        int count = k.Length / 2;
        Domain = [oversampling * rows, oversampling * columns];
        Range = [count];
        _taps = (int)Math.Floor(width) + 1;
        var window = new KaiserBessel(width, beta);
        int[] firstRow = Array.ConvertAll(Indices(count), m => FirstCell(k[(2 * m) + 1], oversampling, Domain[0], width));
        int[] firstColumn = Array.ConvertAll(Indices(count), m => FirstCell(k[2 * m], oversampling, Domain[1], width));
        _order = new PointOrder(firstRow, firstColumn, Domain[0], Domain[1], _taps);
        (_columns, _along) = (new int[count * _taps], new double[count * _taps]);
        (_rows, _across) = (new int[count * _taps], new double[count * _taps]);
        for (int point = 0; point < count; point++)
        {
            int m = _order.Original[point];
            for (int tap = 0; tap < _taps; tap++)
            {
                int at = (point * _taps) + tap;
                _columns[at] = (firstColumn[m] + tap) % Domain[1];
                _rows[at] = (firstRow[m] + tap) % Domain[0];
                _along[at] = window.Value(Distance(k[2 * m], oversampling, _columns[at], Domain[1]));
                _across[at] = window.Value(Distance(k[(2 * m) + 1], oversampling, _rows[at], Domain[0]));
            }
        }
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range { get; }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = Batch(x, Domain, y, Range);
        using OpenSpan? span = x.Device.Spans?.Begin("interpolation", Work.Pass(2 * _taps * (_taps + 1), y, mode, x));
        if (x.DType.IsDouble())
        {
            Interpolate<double>(x.AsReal(), y.AsReal(), batch, x.DType.IsComplex() ? 2 : 1, mode);
        }
        else
        {
            Interpolate<float>(x.AsReal(), y.AsReal(), batch, x.DType.IsComplex() ? 2 : 1, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = Batch(y, Range, x, Domain);
        using OpenSpan? span = x.Device.Spans?.Begin("interpolation adjoint", Work.Pass(2 * _taps * _taps, y, x));
        if (mode == WriteMode.Overwrite)
        {
            x.Clear();
        }

        if (x.DType.IsDouble())
        {
            Spread<double>(y.AsReal(), x.AsReal(), batch, x.DType.IsComplex() ? 2 : 1);
        }
        else
        {
            Spread<float>(y.AsReal(), x.AsReal(), batch, x.DType.IsComplex() ? 2 : 1);
        }
    }

    private static int Batch(Tensor input, Shape domain, Tensor output, Shape range)
    {
        bool fits = input.DType == output.DType && input.DType != DType.Int32 && input.Shape.Rank >= domain.Rank && output.Shape.Rank >= range.Rank
            && input.Shape[^domain.Rank..] == domain && output.Shape[^range.Rank..] == range
            && input.Shape[..^domain.Rank] == output.Shape[..^range.Rank] && !input.Overlaps(output);
        return fits
            ? checked((int)(input.Count / Math.Max(1, domain.Count)))
            : throw new ShapeException(
                $"kaiser-bessel interpolation: input {input.Describe()}, output {output.Describe()}; expected one floating type, equal leading axes before {domain} and {range}, and separate memory.");
    }

    // Sums run in double: the window values are positive, the terms of either precision exact.
    private void Interpolate<T>(Tensor x, Tensor y, int batch, int parts, WriteMode mode)
        where T : unmanaged, INumberBase<T>
    {
        T* grid = x.Pointer<T>(), samples = y.Pointer<T>();
        long cells = Domain.Count, count = Range.Count;
        _device.For(count * batch, 256, (first, last) =>
        {
            for (long item = first; item < last; item++)
            {
                long image = item / count, point = item % count;
                T* target = samples + (((image * count) + _order.Original[point]) * parts);
                for (int part = 0; part < parts; part++)
                {
                    double sum = 0;
                    for (long v = point * _taps; v < (point + 1) * _taps; v++)
                    {
                        T* row = grid + (((image * cells) + ((long)_rows[v] * Domain[1])) * parts) + part;
                        double along = 0;
                        for (long u = point * _taps; u < (point + 1) * _taps; u++)
                        {
                            along += _along[u] * double.CreateTruncating(row[(long)_columns[u] * parts]);
                        }

                        sum += _across[v] * along;
                    }

                    target[part] = (mode == WriteMode.Add ? target[part] : T.Zero) + T.CreateTruncating(sum);
                }
            }
        });
    }

    private void Spread<T>(Tensor y, Tensor x, int batch, int parts)
        where T : unmanaged, INumberBase<T>
    {
        T* grid = x.Pointer<T>(), samples = y.Pointer<T>();
        long cells = Domain.Count, count = Range.Count;
        _device.For(batch, image => _order.ForEachBand(_device, (first, last) =>
        {
            for (long point = first; point < last; point++)
            {
                T* source = samples + (((image * count) + _order.Original[point]) * parts);
                for (long v = point * _taps; v < (point + 1) * _taps; v++)
                {
                    T* row = grid + (((image * cells) + ((long)_rows[v] * Domain[1])) * parts);
                    for (long u = point * _taps; u < (point + 1) * _taps; u++)
                    {
                        T weight = T.CreateTruncating(_across[v] * _along[u]);
                        for (int part = 0; part < parts; part++)
                        {
                            row[((long)_columns[u] * parts) + part] += weight * source[part];
                        }
                    }
                }
            }
        }));
    }

    private static int[] Indices(int count) => [.. Enumerable.Range(0, count)];

    // Cell n/2 is mode 0; the first cell within the window, modulo n.
    private static int FirstCell(double k, int oversampling, int n, double width)
    {
        double first = Math.Ceiling((oversampling * k) - (width / 2)) + (n / 2);
        return (int)(first - (n * Math.Floor(first / n)));
    }

    // Signed distance in cells, modulo n into [-n/2, n/2).
    private static double Distance(double k, int oversampling, int cell, int n)
    {
        double shifted = (oversampling * k) - (cell - (n / 2)) + (n / 2.0);
        return shifted - (n * Math.Floor(shifted / n)) - (n / 2.0);
    }
}
