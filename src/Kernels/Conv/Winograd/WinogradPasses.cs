using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>The two-dimensional transforms of one vector of tiles of one channel: rows, then columns.</summary>
internal static unsafe class WinogradPasses
{
    /// <summary>Floats of scratch between the two passes.</summary>
    public const int Scratch = WinogradTransform.Products * 16;

    /// <summary>Bᵀ d B of the windows of four runs.</summary>
    /// <param name="windows">With a margin of one.</param>
    /// <param name="channel">Channel.</param>
    /// <param name="scratch">[<see cref="Scratch"/>].</param>
    /// <param name="v">Where the vector of the first of 36 products goes.</param>
    /// <param name="step">Floats from one product to the next.</param>
    public static void Input<TLanes>(ref WinogradWindows windows, int channel, float* scratch, float* v, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* a = windows.Of(0, channel, out nint aPitch);
        float* b = windows.Of(1, channel, out nint bPitch);
        float* c = windows.Of(2, channel, out nint cPitch);
        float* d = windows.Of(3, channel, out nint dPitch);
        nint lane = TLanes.Width;
        for (int row = 0; row < WinogradTransform.Inputs; row++)
        {
            (TLanes d0, TLanes d1, TLanes d2, TLanes d3) = TLanes.Transpose4(TLanes.Load(a), TLanes.Load(b), TLanes.Load(c), TLanes.Load(d));
            (TLanes d4, TLanes d5, _, _) = TLanes.Transpose4(
                TLanes.Load(a + WinogradTransform.Outputs), TLanes.Load(b + WinogradTransform.Outputs),
                TLanes.Load(c + WinogradTransform.Outputs), TLanes.Load(d + WinogradTransform.Outputs));
            WinogradTransform.Input(d0, d1, d2, d3, d4, d5, scratch + (row * WinogradTransform.Inputs * lane), lane);
            a += aPitch;
            b += bPitch;
            c += cPitch;
            d += dPitch;
        }

        nint rowStep = WinogradTransform.Inputs * lane;
        for (int column = 0; column < WinogradTransform.Inputs; column++)
        {
            float* h = scratch + (column * lane);
            WinogradTransform.Input(
                TLanes.Load(h), TLanes.Load(h + rowStep), TLanes.Load(h + (2 * rowStep)), TLanes.Load(h + (3 * rowStep)),
                TLanes.Load(h + (4 * rowStep)), TLanes.Load(h + (5 * rowStep)), v + (column * step), WinogradTransform.Inputs * step);
        }
    }

    /// <summary>A y Aᵀ of the windows of four runs: what the tiles' outputs weigh in each product.</summary>
    /// <param name="windows">Without margin.</param>
    /// <param name="channel">Channel.</param>
    /// <param name="scratch">[<see cref="Scratch"/>].</param>
    /// <param name="m">Where the vector of the first of 36 products goes.</param>
    /// <param name="step">Floats from one product to the next.</param>
    public static void OutputAdjoint<TLanes>(ref WinogradWindows windows, int channel, float* scratch, float* m, nint step)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* a = windows.Of(0, channel, out nint aPitch);
        float* b = windows.Of(1, channel, out nint bPitch);
        float* c = windows.Of(2, channel, out nint cPitch);
        float* d = windows.Of(3, channel, out nint dPitch);
        nint lane = TLanes.Width, rowStep = WinogradTransform.Inputs * lane;
        for (int row = 0; row < WinogradTransform.Outputs; row++)
        {
            (TLanes y0, TLanes y1, TLanes y2, TLanes y3) = TLanes.Transpose4(TLanes.Load(a), TLanes.Load(b), TLanes.Load(c), TLanes.Load(d));
            WinogradTransform.OutputAdjoint(y0, y1, y2, y3, scratch + (row * rowStep), lane);
            a += aPitch;
            b += bPitch;
            c += cPitch;
            d += dPitch;
        }

        for (int column = 0; column < WinogradTransform.Inputs; column++)
        {
            float* h = scratch + (column * lane);
            WinogradTransform.OutputAdjoint(
                TLanes.Load(h), TLanes.Load(h + rowStep), TLanes.Load(h + (2 * rowStep)), TLanes.Load(h + (3 * rowStep)),
                m + (column * step), WinogradTransform.Inputs * step);
        }
    }

    /// <summary>λ(Aᵀ m A + bias), written to the places of four runs.</summary>
    /// <param name="m">Where the vector of the first of 36 products is.</param>
    /// <param name="step">Floats from one product to the next.</param>
    /// <param name="scratch">[<see cref="Scratch"/>].</param>
    /// <param name="target">Where the outputs go.</param>
    /// <param name="channel">Channel.</param>
    public static void Output<TLanes>(float* m, nint step, float* scratch, ref WinogradTargets target, int channel)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        nint lane = TLanes.Width, rowStep = WinogradTransform.Inputs * lane;
        for (int column = 0; column < WinogradTransform.Inputs; column++)
        {
            (TLanes y0, TLanes y1, TLanes y2, TLanes y3) = WinogradTransform.Output<TLanes>(m + (column * step), WinogradTransform.Inputs * step);
            float* h = scratch + (column * lane);
            y0.Store(h);
            y1.Store(h + rowStep);
            y2.Store(h + (2 * rowStep));
            y3.Store(h + (3 * rowStep));
        }

        float* plane = target.Plane(channel);
        TLanes bias = TLanes.Broadcast(target.Bias(channel)), slope = TLanes.Broadcast(target.Slope);
        for (int row = 0; row < WinogradTransform.Outputs; row++)
        {
            (TLanes y0, TLanes y1, TLanes y2, TLanes y3) = WinogradTransform.Output<TLanes>(scratch + (row * rowStep), lane);
            (y0, y1, y2, y3) = TLanes.Transpose4(Finish(y0, bias, slope), Finish(y1, bias, slope), Finish(y2, bias, slope), Finish(y3, bias, slope));
            target.Write(y0, 0, plane, row);
            target.Write(y1, 1, plane, row);
            target.Write(y2, 2, plane, row);
            target.Write(y3, 3, plane, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Finish<TLanes>(TLanes y, TLanes bias, TLanes slope)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sum = y + bias;
        return TLanes.SelectPositive(sum, sum, slope * sum);
    }
}
