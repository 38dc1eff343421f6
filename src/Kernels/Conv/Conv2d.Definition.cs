using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>The plain definition, which float64 runs and float32 answers to.</content>
public static unsafe partial class Conv2d
{
    private static void ForwardDefinition(Sizes s, Tensor x, Tensor weight, Tensor? bias, Tensor y, double slope)
    {
        double* px = x.Pointer<double>(), pw = weight.Pointer<double>(), py = y.Pointer<double>();
        double* pb = bias is null ? null : bias.Pointer<double>();
        int pad = s.Kernel / 2;
        ((CpuDevice)x.Device).For(s.Batch * s.Out, plane =>
        {
            (int b, int o) = Math.DivRem(plane, s.Out);
            for (int r = 0; r < s.Rows; r++)
            {
                for (int c = 0; c < s.Columns; c++)
                {
                    double sum = pb == null ? 0 : pb[o];
                    for (int i = 0; i < s.In; i++)
                    {
                        for (int u = Math.Max(0, pad - r); u < Math.Min(s.Kernel, s.Rows + pad - r); u++)
                        {
                            for (int v = Math.Max(0, pad - c); v < Math.Min(s.Kernel, s.Columns + pad - c); v++)
                            {
                                sum += pw[Weight(s, o, i, u, v)] * px[Pixel(s, (b * s.In) + i, r + u - pad, c + v - pad)];
                            }
                        }
                    }

                    py[Pixel(s, plane, r, c)] = LeakyRelu.Of(sum, slope);
                }
            }
        });
    }

    private static void BackwardInputDefinition(Sizes s, Tensor yBar, Tensor weight, Tensor xBar, WriteMode mode)
    {
        double* py = yBar.Pointer<double>(), pw = weight.Pointer<double>(), px = xBar.Pointer<double>();
        int pad = s.Kernel / 2;
        ((CpuDevice)yBar.Device).For(s.Batch * s.In, plane =>
        {
            (int b, int i) = Math.DivRem(plane, s.In);
            for (int r = 0; r < s.Rows; r++)
            {
                for (int c = 0; c < s.Columns; c++)
                {
                    double sum = mode == WriteMode.Add ? px[Pixel(s, plane, r, c)] : 0;
                    for (int o = 0; o < s.Out; o++)
                    {
                        // Output (r', c') read input (r' + u − pad, c' + v − pad) with weight (u, v).
                        for (int u = Math.Max(0, r + pad - s.Rows + 1); u <= Math.Min(s.Kernel - 1, r + pad); u++)
                        {
                            for (int v = Math.Max(0, c + pad - s.Columns + 1); v <= Math.Min(s.Kernel - 1, c + pad); v++)
                            {
                                sum += pw[Weight(s, o, i, u, v)] * py[Pixel(s, (b * s.Out) + o, r + pad - u, c + pad - v)];
                            }
                        }
                    }

                    px[Pixel(s, plane, r, c)] = sum;
                }
            }
        });
    }

    private static void BackwardWeightDefinition(Sizes s, Tensor x, Tensor yBar, Tensor weightBar, WriteMode mode)
    {
        double* px = x.Pointer<double>(), py = yBar.Pointer<double>(), pw = weightBar.Pointer<double>();
        int pad = s.Kernel / 2;
        ((CpuDevice)x.Device).For(s.Out * s.In, pair =>
        {
            (int o, int i) = Math.DivRem(pair, s.In);
            for (int u = 0; u < s.Kernel; u++)
            {
                for (int v = 0; v < s.Kernel; v++)
                {
                    double sum = mode == WriteMode.Add ? pw[Weight(s, o, i, u, v)] : 0;
                    for (int b = 0; b < s.Batch; b++)
                    {
                        for (int r = Math.Max(0, pad - u); r < Math.Min(s.Rows, s.Rows + pad - u); r++)
                        {
                            for (int c = Math.Max(0, pad - v); c < Math.Min(s.Columns, s.Columns + pad - v); c++)
                            {
                                sum += py[Pixel(s, (b * s.Out) + o, r, c)] * px[Pixel(s, (b * s.In) + i, r + u - pad, c + v - pad)];
                            }
                        }
                    }

                    pw[Weight(s, o, i, u, v)] = sum;
                }
            }
        });
    }

    private static long Weight(Sizes s, int o, int i, int u, int v) => (((((long)o * s.In) + i) * s.Kernel) + u) * s.Kernel + v;

    private static long Pixel(Sizes s, int plane, int r, int c) => ((((long)plane * s.Rows) + r) * s.Columns) + c;
}
