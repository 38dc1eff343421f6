using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>One output from one input: the double form is the definition, the lane form the same in float32.</summary>
internal interface IMap1
{
    double Apply(double a);

    TLanes Apply<TLanes>(TLanes a)
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>One output from two inputs.</summary>
internal interface IMap2
{
    double Apply(double a, double b);

    TLanes Apply<TLanes>(TLanes a, TLanes b)
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>One output from three inputs.</summary>
internal interface IMap3
{
    double Apply(double a, double b, double c);

    TLanes Apply<TLanes>(TLanes a, TLanes b, TLanes c)
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>
/// The loop of every elementwise operation: y[i] = map(a[i], ...), complex tensors by their real view. y may be one of
/// the inputs. A last incomplete vector goes through a padded buffer, so each element is computed by the same code.
/// </summary>
internal static unsafe class Maps
{
    // 16 Ki scalars of three or four arrays are some 20 microseconds of memory traffic.
    private const long Grain = 16 * 1024;
    private const int WidestVector = 16;

    public static void Run<TMap>(TMap map, Tensor a, Tensor y)
        where TMap : struct, IMap1 => RunAll(new Map1<TMap>(map), a, a, a, y);

    public static void Run<TMap>(TMap map, Tensor a, Tensor b, Tensor y)
        where TMap : struct, IMap2 => RunAll(new Map2<TMap>(map), a, b, b, y);

    public static void Run<TMap>(TMap map, Tensor a, Tensor b, Tensor c, Tensor y)
        where TMap : struct, IMap3 => RunAll(map, a, b, c, y);

    private static void RunAll<TMap>(TMap map, Tensor a, Tensor b, Tensor c, Tensor y)
        where TMap : struct, IMap3
    {
        var cpu = (CpuDevice)y.Device;
        Tensor ra = a.AsReal(), rb = b.AsReal(), rc = c.AsReal(), ry = y.AsReal();
        if (ry.DType == DType.Float64)
        {
            double* pa = ra.Pointer<double>(), pb = rb.Pointer<double>(), pc = rc.Pointer<double>(), py = ry.Pointer<double>();
            cpu.For(ry.Count, Grain, (start, end) =>
            {
                for (long i = start; i < end; i++)
                {
                    py[i] = map.Apply(pa[i], pb[i], pc[i]);
                }
            });
        }
        else
        {
            float* pa = ra.Pointer<float>(), pb = rb.Pointer<float>(), pc = rc.Pointer<float>(), py = ry.Pointer<float>();
            cpu.For(ry.Count, Grain, (start, end) => LaneKernels.Run(
                new Loop<TMap>(map, pa + start, pb + start, pc + start, py + start, (nint)(end - start))));
        }
    }

    private readonly struct Loop<TMap>(TMap map, float* a, float* b, float* c, float* y, nint count) : ILaneKernel
        where TMap : struct, IMap3
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            nint i = 0;
            for (; i <= count - TLanes.Width; i += TLanes.Width)
            {
                map.Apply(TLanes.Load(a + i), TLanes.Load(b + i), TLanes.Load(c + i)).Store(y + i);
            }

            if (i < count)
            {
                float* tail = stackalloc float[3 * WidestVector];
                uint bytes = (uint)(count - i) * sizeof(float);
                Unsafe.CopyBlockUnaligned(tail, a + i, bytes);
                Unsafe.CopyBlockUnaligned(tail + WidestVector, b + i, bytes);
                Unsafe.CopyBlockUnaligned(tail + (2 * WidestVector), c + i, bytes);
                map.Apply(TLanes.Load(tail), TLanes.Load(tail + WidestVector), TLanes.Load(tail + (2 * WidestVector))).Store(tail);
                Unsafe.CopyBlockUnaligned(y + i, tail, bytes);
            }
        }
    }

    private readonly struct Map1<TMap>(TMap map) : IMap3
        where TMap : struct, IMap1
    {
        public double Apply(double a, double b, double c) => map.Apply(a);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes a, TLanes b, TLanes c)
            where TLanes : unmanaged, ILanes<TLanes> => map.Apply(a);
    }

    private readonly struct Map2<TMap>(TMap map) : IMap3
        where TMap : struct, IMap2
    {
        public double Apply(double a, double b, double c) => map.Apply(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Apply<TLanes>(TLanes a, TLanes b, TLanes c)
            where TLanes : unmanaged, ILanes<TLanes> => map.Apply(a, b);
    }
}
