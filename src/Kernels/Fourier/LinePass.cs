using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// Transforms along one axis of a complex64 image, many lines at a time. A line may have fewer inputs than the transform
/// (the others are zero) and fewer outputs (the others are dropped), each with a real factor, so that
/// zero-padding, cropping, centring and separable windows cost no pass of their own.
/// </summary>
internal sealed unsafe class LinePass
{
    /// <summary>Transform of a line.</summary>
    public required FftPlan Plan { get; init; }

    /// <summary>Sign +2πi instead of -2πi.</summary>
    public required bool Inverse { get; init; }

    /// <summary>Element of the digit-reversed line that each input becomes (pinned).</summary>
    public required int[] InputPosition { get; init; }

    /// <summary>Frequency that each output shows (pinned).</summary>
    public required int[] OutputPosition { get; init; }

    /// <summary>Factor of each input (pinned), or null for 1.</summary>
    public float[]? InputFactor { get; init; }

    /// <summary>Factor of each output (pinned), or null for 1.</summary>
    public float[]? OutputFactor { get; init; }

    /// <summary>Factor of all outputs.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Floats of scratch per thread.</summary>
    public long ScratchFloats => (2L * LaneKernels.Width * Plan.ScratchLength) + (3 * LaneKernels.Width * LaneKernels.Width);

    /// <summary>Transforms along the columns: element i of line j is at source[i pitch + 2 j].</summary>
    public void Columns(CpuDevice device, ScratchSlots slots, float* source, nint sourcePitch, float* target, nint targetPitch, int lines, bool add = false) =>
        Run(device, slots, new Block { Pass = this, Source = source, SourcePitch = sourcePitch, Target = target, TargetPitch = targetPitch, Lines = lines, Add = add, Columns = true });

    /// <summary>Transforms along the rows: element i of line j is at source[j pitch + 2 i].</summary>
    public void Rows(CpuDevice device, ScratchSlots slots, float* source, nint sourcePitch, float* target, nint targetPitch, int lines, bool add = false) =>
        Run(device, slots, new Block { Pass = this, Source = source, SourcePitch = sourcePitch, Target = target, TargetPitch = targetPitch, Lines = lines, Add = add, Columns = false });

    private static void Run(CpuDevice device, ScratchSlots slots, Block pass)
    {
        int blocks = (pass.Lines + LaneKernels.Width - 1) / LaneKernels.Width;
        device.For(blocks, block =>
        {
            float* scratch = slots.Rent();
            LaneKernels.Run(pass with { Scratch = scratch, Line = block * LaneKernels.Width });
            slots.Return(scratch);
        });
    }

    /// <summary>One block of lines, one per lane.</summary>
    private struct Block : ILaneKernel
    {
        public required LinePass Pass;
        public required float* Source, Target;
        public required nint SourcePitch, TargetPitch;
        public required int Lines;
        public required bool Add, Columns;
        public float* Scratch;
        public int Line;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* re = Scratch, im = Scratch + TLanes.Width;
            float* tile = Scratch + LaneFft<TLanes>.ScratchFloats(Pass.Plan);
            if (Pass.InputPosition.Length < Pass.Plan.Length)
            {
                new Span<float>(Scratch, (int)(Pass.Plan.Length * LaneFft<TLanes>.Stride)).Clear();
            }

            if (Columns)
            {
                LoadColumns<TLanes>(re, im);
            }
            else
            {
                LoadRows<TLanes>(re, im, tile);
            }

            LaneFft<TLanes>.FromOrder(Pass.Plan, Pass.Inverse ? im : re, Pass.Inverse ? re : im);
            if (Columns)
            {
                StoreColumns<TLanes>(re, im);
            }
            else
            {
                StoreRows<TLanes>(re, im, tile);
            }
        }

        private readonly void LoadColumns<TLanes>(float* re, float* im)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int count = Math.Min(TLanes.Width, Lines - Line), inputs = Pass.InputPosition.Length;
            int* position = (int*)Unsafe.AsPointer(ref Pass.InputPosition[0]);
            for (int i = 0; i < inputs; i++)
            {
                (TLanes a, TLanes b) = LaneTiles<TLanes>.Load(Source + (i * SourcePitch) + (2 * Line), count);
                PutInput(i, position[i] * LaneFft<TLanes>.Stride, a, b, re, im);
            }
        }

        private readonly void StoreColumns<TLanes>(float* re, float* im)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int count = Math.Min(TLanes.Width, Lines - Line), outputs = Pass.OutputPosition.Length;
            int* position = (int*)Unsafe.AsPointer(ref Pass.OutputPosition[0]);
            for (int i = 0; i < outputs; i++)
            {
                nint p = position[i] * LaneFft<TLanes>.Stride;
                TLanes factor = OutputFactor<TLanes>(i);
                LaneTiles<TLanes>.Store(
                    Target + (i * TargetPitch) + (2 * Line), count, TLanes.Load(re + p) * factor, TLanes.Load(im + p) * factor, Add);
            }
        }

        private readonly void LoadRows<TLanes>(float* re, float* im, float* tile)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = TLanes.Width, rows = Math.Min(width, Lines - Line), inputs = Pass.InputPosition.Length;
            float* tileIm = tile + (width * width), spare = tileIm + (width * width);
            for (int start = 0; start < inputs; start += width)
            {
                int count = Math.Min(width, inputs - start);
                for (int row = 0; row < width; row++)
                {
                    (TLanes a, TLanes b) = row < rows
                        ? LaneTiles<TLanes>.Load(Source + ((Line + row) * SourcePitch) + (2 * start), count)
                        : (TLanes.Zero, TLanes.Zero);
                    a.Store(tile + (row * width));
                    b.Store(tileIm + (row * width));
                }

                LaneTiles<TLanes>.Transpose(tile, spare);
                LaneTiles<TLanes>.Transpose(tileIm, spare);
                for (int j = 0; j < count; j++)
                {
                    nint p = Pass.InputPosition[start + j] * LaneFft<TLanes>.Stride;
                    PutInput(start + j, p, TLanes.Load(tile + (j * width)), TLanes.Load(tileIm + (j * width)), re, im);
                }
            }
        }

        private readonly void StoreRows<TLanes>(float* re, float* im, float* tile)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = TLanes.Width, rows = Math.Min(width, Lines - Line), outputs = Pass.OutputPosition.Length;
            float* tileIm = tile + (width * width), spare = tileIm + (width * width);
            for (int start = 0; start < outputs; start += width)
            {
                int count = Math.Min(width, outputs - start);
                for (int j = 0; j < width; j++)
                {
                    int i = Math.Min(start + j, outputs - 1);
                    nint p = Pass.OutputPosition[i] * LaneFft<TLanes>.Stride;
                    TLanes factor = OutputFactor<TLanes>(i);
                    (TLanes.Load(re + p) * factor).Store(tile + (j * width));
                    (TLanes.Load(im + p) * factor).Store(tileIm + (j * width));
                }

                LaneTiles<TLanes>.Transpose(tile, spare);
                LaneTiles<TLanes>.Transpose(tileIm, spare);
                for (int row = 0; row < rows; row++)
                {
                    LaneTiles<TLanes>.Store(
                        Target + ((Line + row) * TargetPitch) + (2 * start), count, TLanes.Load(tile + (row * width)), TLanes.Load(tileIm + (row * width)), Add);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void PutInput<TLanes>(int index, nint position, TLanes a, TLanes b, float* re, float* im)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            if (Pass.InputFactor is not null)
            {
                TLanes factor = TLanes.Broadcast(Pass.InputFactor[index]);
                (a, b) = (a * factor, b * factor);
            }

            a.Store(re + position);
            b.Store(im + position);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly TLanes OutputFactor<TLanes>(int index)
            where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Broadcast(Pass.OutputFactor is null ? Pass.Scale : Pass.Scale * Pass.OutputFactor[index]);
    }
}
