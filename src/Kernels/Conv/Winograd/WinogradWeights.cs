using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
        float* taps = stackalloc float[Taps * lane], corners = stackalloc float[3 * 4 * lane];
        float* half = stackalloc float[WinogradTransform.Inputs * 3 * lane];
        for (int first = 0; first < stride; first += lane)
        {
            Gather<TLanes>(taps, tile, first, corners);
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

    // taps[tap, lane] of the filters of a tile whose place is first + lane: taps 0 to 3, 4 to 7 and 5 to 8 of a filter are rows of 4 x 4
    // matrices, whose columns are lanes.
    private void Gather<TLanes>(float* taps, int tile, int first, float* rows)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int lanes = TLanes.Width;
        float* second = rows + (4 * lanes), third = second + (4 * lanes);
        for (int lane = 0; lane < lanes; lane++)
        {
            int input = (first + lane) / Tile, output = (tile * Tile) + ((first + lane) % Tile), place = (lane % 4 * lanes) + (lane / 4 * 4);
            bool isThere = input < Inputs && output < Outputs;
            float* filter = _source + ((nint)output * _outputStride) + ((nint)input * _inputStride);
            (isThere ? Vector128.Load(filter) : default).Store(rows + place);
            (isThere ? Vector128.Load(filter + 4) : default).Store(second + place);
            (isThere ? Vector128.Load(filter + 5) : default).Store(third + place);
        }

        (nint tap, nint step) = _reversed ? ((Taps - 1) * lanes, -lanes) : (0, lanes);
        (TLanes t0, TLanes t1, TLanes t2, TLanes t3) = Columns<TLanes>(rows);
        t0.Store(taps + tap);
        t1.Store(taps + tap + step);
        t2.Store(taps + tap + (2 * step));
        t3.Store(taps + tap + (3 * step));
        (t0, t1, t2, t3) = Columns<TLanes>(second);
        t0.Store(taps + tap + (4 * step));
        t1.Store(taps + tap + (5 * step));
        t2.Store(taps + tap + (6 * step));
        t3.Store(taps + tap + (7 * step));
        Columns<TLanes>(third).Fourth.Store(taps + tap + (8 * step));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes First, TLanes Second, TLanes Third, TLanes Fourth) Columns<TLanes>(float* rows)
        where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Transpose4(TLanes.Load(rows), TLanes.Load(rows + TLanes.Width), TLanes.Load(rows + (2 * TLanes.Width)), TLanes.Load(rows + (3 * TLanes.Width)));
}
