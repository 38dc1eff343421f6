using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// Filters of a convolution or its adjoint, and their transform to products in the order in which <see cref="WinogradProduct"/>
/// reads them: [tile of outputs][product][input][output in the tile], the last tile filled up with zeros.
/// </summary>
internal readonly unsafe struct WinogradWeights
{
    /// <summary>Outputs per tile.</summary>
    public const int Tile = 8;

    private const int Taps = 9;
    private readonly float* _source;
    private readonly int _outputStride, _inputStride;
    private readonly bool _reversed;

    private WinogradWeights(float* source, int outputs, int inputs, int outputStride, int inputStride, bool reversed)
    {
        _source = source;
        (Outputs, Inputs, _outputStride, _inputStride, _reversed) = (outputs, inputs, outputStride, inputStride, reversed);
    }

    /// <summary>Output channels.</summary>
    public int Outputs { get; }

    /// <summary>Input channels.</summary>
    public int Inputs { get; }

    /// <summary>Tiles of outputs.</summary>
    public int Tiles => (Outputs + Tile - 1) / Tile;

    /// <summary>Floats from one product to the next.</summary>
    public int ProductStride => (Inputs + 1) / 2 * 2 * Tile; // a whole number of the widest vectors

    /// <summary>Floats from one tile to the next.</summary>
    public int TileStride => WinogradTransform.Products * ProductStride;

    /// <summary>Filters of the convolution itself.</summary>
    /// <param name="weight">[out, in, 3, 3].</param>
    public static WinogradWeights Forward(Tensor weight) =>
        new(weight.Pointer<float>(), weight.Shape[0], weight.Shape[1], weight.Shape[1] * Taps, Taps, reversed: false);

    /// <summary>Filters of its adjoint in the image: inputs and outputs exchanged, taps in reverse.</summary>
    /// <param name="weight">[out, in, 3, 3].</param>
    public static WinogradWeights Adjoint(Tensor weight) =>
        new(weight.Pointer<float>(), weight.Shape[1], weight.Shape[0], Taps, weight.Shape[1] * Taps, reversed: true);

    /// <summary>Transforms the filters of one tile.</summary>
    /// <param name="tile">Tile of outputs.</param>
    /// <param name="target">[<see cref="TileStride"/>].</param>
    public void Transform<TLanes>(int tile, float* target)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int stride = ProductStride, lane = TLanes.Width;
        float* taps = stackalloc float[Taps * lane];
        float* half = stackalloc float[WinogradTransform.Inputs * 3 * lane];
        for (int first = 0; first < stride; first += lane)
        {
            Gather(taps, tile, first, lane);
            for (int v = 0; v < 3; v++)
            {
                float* g = taps + (v * lane);
                WinogradTransform.Filter(TLanes.Load(g), TLanes.Load(g + (3 * lane)), TLanes.Load(g + (6 * lane)), half + (v * lane), 3 * lane);
            }

            for (int row = 0; row < WinogradTransform.Inputs; row++)
            {
                float* h = half + (row * 3 * lane);
                WinogradTransform.Filter(
                    TLanes.Load(h), TLanes.Load(h + lane), TLanes.Load(h + (2 * lane)),
                    target + ((nint)row * WinogradTransform.Inputs * stride) + first, stride);
            }
        }
    }

    // taps[tap, lane] of the filters of a tile whose place is first + lane.
    private void Gather(float* taps, int tile, int first, int lanes)
    {
        (int start, int step) = _reversed ? (Taps - 1, -1) : (0, 1);
        for (int lane = 0; lane < lanes; lane++)
        {
            int input = (first + lane) / Tile, output = (tile * Tile) + ((first + lane) % Tile);
            float* target = taps + lane;
            if (input >= Inputs || output >= Outputs)
            {
                for (int tap = 0; tap < Taps; tap++)
                {
                    target[tap * lanes] = 0;
                }

                continue;
            }

            float* filter = _source + ((nint)output * _outputStride) + ((nint)input * _inputStride) + start;
            for (int tap = 0; tap < Taps; tap++, filter += step, target += lanes)
            {
                *target = *filter;
            }
        }
    }
}
