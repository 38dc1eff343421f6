using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// leaky relu: y = x > 0 ? x : slope · x;  derivative m(x) = x > 0 ? 1 : slope (the slope at exactly 0)
// gradient: Autodiff/Ops · spec: tests/Kernels/LeakyReluTests.cs

/// <summary>Leaky rectifier; slope 0 gives the plain rectifier.</summary>
public static unsafe class LeakyRelu
{
    /// <summary>y = x where x &gt; 0, else slope · x. y may be the same memory as x.</summary>
    /// <param name="x">Any shape, float32 or float64.</param>
    /// <param name="slope">Factor of negative inputs.</param>
    /// <param name="y">Like <paramref name="x"/>; replaced.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or y overlaps x in part.</exception>
    public static void Forward(Tensor x, double slope, Tensor y)
    {
        Operands.RequireReal("leaky relu", nameof(x), x);
        Operands.RequireLike("leaky relu", nameof(y), y, x);
        Operands.RequireSameOrApart("leaky relu", nameof(x), x, nameof(y), y);
        using OpenSpan? span = x.Device.Spans?.Begin("leaky relu", Work.Pass(1, y, x));
        if (x.Device is CudaDevice cuda)
        {
            cuda.Kernel("leaky_relu", x.DType).Over(x.Count).With(x).WithReal(slope).With(y).With(x.Count).Launch();
            return;
        }

        Maps.Run(new Rectify(slope), x, y);
    }

    /// <summary>
    /// xBar = m(x) · yBar (or xBar += ...), m = 1 where x &gt; 0, else slope. The same product is the tangent map.
    /// xBar may be the same memory as yBar.
    /// </summary>
    /// <param name="x">Input of <see cref="Forward"/>; for slope ≥ 0 its output serves as well, because y &gt; 0 exactly
    /// where x &gt; 0. For a negative slope only the input will do.</param>
    /// <param name="yBar">Gradient with respect to the output, like <paramref name="x"/>.</param>
    /// <param name="slope">Factor of negative inputs.</param>
    /// <param name="xBar">Gradient with respect to the input, like <paramref name="x"/>.</param>
    /// <param name="mode">Whether xBar is replaced or added to.</param>
    /// <exception cref="ShapeException">Types or shapes differ, or xBar overlaps an input in part.</exception>
    public static void Backward(Tensor x, Tensor yBar, double slope, Tensor xBar, WriteMode mode)
    {
        Operands.RequireReal("leaky relu backward", nameof(x), x);
        Operands.RequireLike("leaky relu backward", nameof(yBar), yBar, x);
        Operands.RequireLike("leaky relu backward", nameof(xBar), xBar, x);
        Operands.RequireSameOrApart("leaky relu backward", nameof(x), x, nameof(xBar), xBar);
        Operands.RequireSameOrApart("leaky relu backward", nameof(yBar), yBar, nameof(xBar), xBar);
        using OpenSpan? span = x.Device.Spans?.Begin("leaky relu backward", Work.Pass(1, xBar, mode, x, yBar));
        if (x.Device is CudaDevice cuda)
        {
            cuda.Kernel("leaky_relu_backward", x.DType).Over(x.Count).With(x).With(yBar).WithReal(slope).With(xBar).With(mode == WriteMode.Add ? 1 : 0).With(x.Count).Launch();
            return;
        }

        if (mode == WriteMode.Overwrite)
        {
            Maps.Run(new Mask(slope), x, yBar, xBar);
        }
        else
        {
            Maps.Run(new AddedMask(slope), x, yBar, xBar, xBar);
        }
    }

    /// <summary>One value.</summary>
    internal static double Of(double x, double slope) => x > 0 ? x : slope * x;

    /// <summary>y = the rectified x, for consecutive scalars of one thread: the bits of <see cref="Forward"/>.</summary>
    internal static void Row<TLanes>(float* x, double slope, float* y, nint count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var rectify = new Rectify(slope);
        float factor = (float)slope;
        nint i = 0;
        for (; i <= count - TLanes.Width; i += TLanes.Width)
        {
            rectify.Apply(TLanes.Load(x + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = x[i] > 0 ? x[i] : factor * x[i];
        }
    }

    private readonly struct Rectify(double slope) : IMap1
    {
        public double Apply(double x) => Of(x, slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes x)
            where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.SelectPositive(x, x, TLanes.Broadcast((float)slope) * x);
    }

    private readonly struct Mask(double slope) : IMap2
    {
        public double Apply(double x, double yBar) => x > 0 ? yBar : slope * yBar;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes x, TLanes yBar)
            where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.SelectPositive(x, yBar, TLanes.Broadcast((float)slope) * yBar);
    }

    private readonly struct AddedMask(double slope) : IMap3
    {
        public double Apply(double x, double yBar, double xBar) => xBar + (x > 0 ? yBar : slope * yBar);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes x, TLanes yBar, TLanes xBar)
            where TLanes : unmanaged, ILanes<TLanes> =>
            xBar + TLanes.SelectPositive(x, yBar, TLanes.Broadcast((float)slope) * yBar);
    }
}
