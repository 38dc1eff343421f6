using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// y[o, p] = offset[o] + Σ_i w[o, i] · x[i, p] in float32 for all positions p of images: the matrix product of 1 x 1 convolutions and
/// of transposed ones, whose images are read and written in their own order.
/// </summary>
/// <remarks>
/// The same positions of all channels lie a plane apart; a power of two apart they would share few sets of the caches. So some
/// positions of all channels are copied side by side, and read there by one tile of outputs after the other. So that this is worth
/// its while, an item takes few positions of many tiles rather than the other way round.
/// </remarks>
internal static unsafe class PointwiseProduct
{
    private const int MostPositions = 1024;         // of an item, and
    private const int MostWeights = 64 * 1024;      // of an item: 256 KB, which stay in a second-level cache
    private const int WantedItems = 8;              // enough for a few threads to share evenly

    /// <summary>Computes the products.</summary>
    /// <param name="device">The CPU.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="plane">Positions p of one image.</param>
    /// <param name="weights">[tile of outputs, input, 4], see <see cref="PackedWeights"/>.</param>
    /// <param name="offset">[4 tiles].</param>
    /// <param name="input">Where x is read.</param>
    /// <param name="output">Where y is written.</param>
    public static void Run<TInput, TOutput>(CpuDevice device, int images, int plane, Tensor weights, Tensor offset, TInput input, TOutput output)
        where TInput : struct, IPointwiseInput
        where TOutput : struct, IPointwiseOutput
    {
        int tiles = weights.Shape[0], inputs = weights.Shape[1], tilesPerItem = Math.Clamp(MostWeights / (inputs * PackedWeights.Tile), 1, tiles);
        int tileItems = Quotient(tiles, tilesPerItem), step = CorrelationTile.Positions, positionsPerItem = MostPositions;
        while (positionsPerItem > step && images * tileItems * Quotient(plane, positionsPerItem) < WantedItems)
        {
            positionsPerItem /= 2;
        }

        int chunks = Quotient(plane, positionsPerItem), items = images * tileItems * chunks;
        using var scope = new TensorScope(device, MemoryOwner.Workspace);
        int* lines = scope.New(DType.Int32, [inputs]).Pointer<int>();
        for (int channel = 0; channel < inputs; channel++)
        {
            lines[channel] = channel * step;
        }

        float* w = weights.Pointer<float>(), bias = offset.Pointer<float>();
        using var slots = new ScratchSlots(device, (long)inputs * step, items);
        device.For(items, item =>
        {
            (int imageAndTiles, int chunk) = Math.DivRem(item, chunks);
            (int image, int tileItem) = Math.DivRem(imageAndTiles, tileItems);
            int tile = tileItem * tilesPerItem, position = chunk * positionsPerItem;
            float* copy = slots.Rent();
            LaneKernels.Run(new Item<TInput, TOutput>
            {
                Input = input,
                Output = output,
                Image = image,
                Inputs = inputs,
                Weights = w,
                Offset = bias,
                Copy = copy,
                Lines = lines,
                Position = position,
                EndPosition = Math.Min(plane, position + positionsPerItem),
                Tile = tile,
                EndTile = Math.Min(tiles, tile + tilesPerItem),
            });
            slots.Return(copy);
        });
    }

    private static int Quotient(int a, int b) => (a + b - 1) / b;

    /// <summary>Some positions of some tiles of outputs of one image.</summary>
    private struct Item<TInput, TOutput> : ILaneKernel
        where TInput : struct, IPointwiseInput
        where TOutput : struct, IPointwiseOutput
    {
        public required TInput Input;
        public required TOutput Output;
        public required int Image, Inputs, Position, EndPosition, Tile, EndTile;
        public required float* Weights, Offset, Copy;
        public required int* Lines;

        public readonly void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int step = CorrelationTile.Positions;
            float* line = stackalloc float[PackedWeights.Tile * step];
            for (int position = Position; position < EndPosition; position += step)
            {
                int count = Math.Min(step, EndPosition - position);
                if (count < step)
                {
                    new Span<float>(Copy, Inputs * step).Clear(); // a tile reads to its end
                }

                Input.Read(Image, 0, Inputs, position, count, Copy, step);
                for (int tile = Tile; tile < EndTile; tile++)
                {
                    CorrelationTile.Run<TLanes>(Copy, Lines, Inputs, Weights + ((nint)tile * Inputs * PackedWeights.Tile), Offset + (tile * PackedWeights.Tile), line, step);
                    Output.Write<TLanes>(Image, tile, position, count, line, step);
                }
            }
        }
    }
}

/// <summary>Where the inputs of a <see cref="PointwiseProduct"/> are.</summary>
internal unsafe interface IPointwiseInput
{
    /// <summary>Number of channels.</summary>
    int Channels { get; }

    /// <summary>Copies some positions of some channels: the i-th of them to copy + i · stride.</summary>
    void Read(int image, int firstChannel, int channels, int position, int count, float* copy, int stride);
}

/// <summary>Where its outputs go.</summary>
internal unsafe interface IPointwiseOutput
{
    /// <summary>Writes some positions of a tile of four outputs, output o at line + o · stride.</summary>
    void Write<TLanes>(int image, int tile, int position, int count, float* line, int stride)
        where TLanes : unmanaged, ILanes<TLanes>;
}

/// <summary>Images [image, channel, position].</summary>
internal readonly unsafe struct PlanarInput(float* images, int channels, int plane) : IPointwiseInput
{
    public int Channels => channels;

    public void Read(int image, int firstChannel, int some, int position, int count, float* copy, int stride)
    {
        float* source = images + ((((nint)image * channels) + firstChannel) * plane) + position;
        for (int i = 0; i < some; i++, source += plane, copy += stride)
        {
            Planes.Write(source, copy, count, WriteMode.Overwrite);
        }
    }
}

/// <summary>Images [image, channel, position], replaced or added to, rectified unless the slope is 1.</summary>
internal readonly unsafe struct PlanarOutput(float* images, int channels, int plane, double slope, WriteMode mode) : IPointwiseOutput
{
    public void Write<TLanes>(int image, int tile, int position, int count, float* line, int stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int first = tile * PackedWeights.Tile;
        for (int channel = first; channel < Math.Min(channels, first + PackedWeights.Tile); channel++, line += stride)
        {
            float* target = images + ((((nint)image * channels) + channel) * plane) + position;
            Conv2d.WriteRow<TLanes>(line, target, count, slope, mode);
        }
    }
}

/// <summary>
/// The 2 x 2 windows of images [image, map, 2 row, 2 column]: channel 4o + 2a + c at (i, j) is pixel (2i + a, 2j + c) of map o. The four
/// of one map are read together.
/// </summary>
internal readonly unsafe struct WindowInput(float* images, int maps, int rows, int columns) : IPointwiseInput
{
    public int Channels => 4 * maps;

    public void Read(int image, int firstChannel, int channels, int position, int count, float* copy, int stride)
    {
        for (int channel = 0; channel < channels; channel += 4)
        {
            float* plane = images + ((((nint)image * maps) + ((firstChannel + channel) / 4)) * 4 * rows * columns);
            for (int done = 0; done < count;)
            {
                (int row, int column) = Math.DivRem(position + done, columns);
                int run = Math.Min(count - done, columns - column);
                float* top = plane + (4 * (nint)row * columns) + (2 * column), bottom = top + (2 * columns), target = copy + (channel * stride) + done;
                Pairs.Split(top, target, target + stride, run);
                Pairs.Split(bottom, target + (2 * stride), target + (3 * stride), run);
                done += run;
            }
        }
    }
}

/// <summary>The same windows as outputs; those of one map are one tile.</summary>
internal readonly unsafe struct WindowOutput(float* images, int maps, int rows, int columns) : IPointwiseOutput
{
    public void Write<TLanes>(int image, int tile, int position, int count, float* line, int stride)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* plane = images + ((((nint)image * maps) + tile) * 4 * rows * columns);
        for (int done = 0; done < count;)
        {
            (int row, int column) = Math.DivRem(position + done, columns);
            int run = Math.Min(count - done, columns - column);
            float* top = plane + (4 * (nint)row * columns) + (2 * column), bottom = top + (2 * columns), source = line + done;
            Pairs.Join(source, source + stride, 0, top, run);
            Pairs.Join(source + (2 * stride), source + (3 * stride), 0, bottom, run);
            done += run;
        }
    }
}
