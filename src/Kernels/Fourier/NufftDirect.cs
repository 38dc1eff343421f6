using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The transform of <see cref="NufftPlan"/> and its adjoint by their definition, in double precision.</summary>
internal static unsafe partial class NufftDirect
{
    private const int Chunk = 256; // points whose exponentials are tabulated at a time

    public static void Forward(double[] points, Tensor x, Tensor y, int rows, int columns, int batch, WriteMode mode)
    {
        if (x.Device is CudaDevice cuda)
        {
            ForwardCuda(cuda, points, x, y, rows, columns, batch, mode);
            return;
        }

        Complex* image = x.Pointer<Complex>(), samples = y.Pointer<Complex>();
        int count = points.Length / 2;
        double scale = 1 / Math.Sqrt((double)rows * columns);
        ((CpuDevice)x.Device).For(count, 16, (first, last) =>
        {
            var ex = new Complex[columns];
            var ey = new Complex[rows];
            for (long m = first; m < last; m++)
            {
                Exponentials(points[2 * m], ex);
                Exponentials(points[(2 * m) + 1], ey);
                for (long b = 0; b < batch; b++)
                {
                    Complex* row = image + (b * rows * columns);
                    Complex sum = 0;
                    for (int r = 0; r < rows; r++, row += columns)
                    {
                        Complex along = 0;
                        for (int c = 0; c < columns; c++)
                        {
                            along += row[c] * ex[c];
                        }

                        sum += along * ey[r];
                    }

                    Complex* target = samples + (b * count) + m;
                    *target = (mode == WriteMode.Add ? *target : 0) + (sum * scale);
                }
            }
        });
    }

    public static void Adjoint(double[] points, Tensor y, Tensor x, int rows, int columns, int batch, WriteMode mode)
    {
        if (mode == WriteMode.Overwrite)
        {
            x.Clear();
        }

        if (x.Device is CudaDevice cuda)
        {
            AdjointCuda(cuda, points, y, x, rows, columns, batch);
            return;
        }

        Complex* image = x.Pointer<Complex>(), samples = y.Pointer<Complex>();
        int count = points.Length / 2;
        double scale = 1 / Math.Sqrt((double)rows * columns);
        var cpu = (CpuDevice)x.Device;

        Complex[][] ex = [.. Enumerable.Range(0, Chunk).Select(_ => new Complex[columns])];
        Complex[][] ey = [.. Enumerable.Range(0, Chunk).Select(_ => new Complex[rows])];
        for (int start = 0; start < count; start += Chunk)
        {
            int first = start, pointsInChunk = Math.Min(Chunk, count - start);
            cpu.For(pointsInChunk, 16, (from, to) =>
            {
                for (long m = from; m < to; m++)
                {
                    Exponentials(-points[2 * (first + m)], ex[m]);
                    Exponentials(-points[(2 * (first + m)) + 1], ey[m]);
                }
            });
            cpu.For((long)batch * rows, 1, (from, to) =>
            {
                long b = from / rows, r = from % rows;
                Complex* row = image + (from * columns);
                for (int m = 0; m < pointsInChunk; m++)
                {
                    Complex value = samples[(b * count) + first + m] * ey[m][r] * scale;
                    for (int c = 0; c < columns; c++)
                    {
                        row[c] += value * ex[m][c];
                    }
                }
            });
        }
    }

    // exp(-2πi k (j - ⌊n/2⌋)/n), j = 0..n-1
    private static void Exponentials(double k, Complex[] values)
    {
        int n = values.Length;
        for (int j = 0; j < n; j++)
        {
            (double sine, double cosine) = Math.SinCos(-2 * Math.PI * k * (j - (n / 2)) / n);
            values[j] = new Complex(cosine, sine);
        }
    }
}
