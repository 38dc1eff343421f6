using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// Filters transformed to products, in the order in which <see cref="WinogradProduct"/> reads them: [tile of outputs][product][input]
/// [output in the tile], the last tile filled up with zeros.
/// </summary>
internal static unsafe class WinogradWeights
{
    /// <summary>Outputs per tile.</summary>
    public const int Tile = 8;

    private const int Taps = 9;

    /// <summary>Floats from one product to the next.</summary>
    public static int ProductStride(int inputs) => (inputs + 1) / 2 * 2 * Tile; // a whole number of the widest vectors

    /// <summary>Filters of the convolution itself.</summary>
    public static Tensor Forward(TensorScope scope, Tensor weight) =>
        Transform(scope, weight.Pointer<float>(), weight.Shape[0], weight.Shape[1], weight.Shape[1] * Taps, Taps, reversed: false);

    /// <summary>Filters of its adjoint in the image: inputs and outputs exchanged, taps in reverse.</summary>
    public static Tensor Adjoint(TensorScope scope, Tensor weight) =>
        Transform(scope, weight.Pointer<float>(), weight.Shape[1], weight.Shape[0], Taps, weight.Shape[1] * Taps, reversed: true);

    private static Tensor Transform(TensorScope scope, float* source, int outputs, int inputs, int outputStride, int inputStride, bool reversed)
    {
        int tiles = (outputs + Tile - 1) / Tile, stride = ProductStride(inputs);
        Tensor packed = scope.New(DType.Float32, [tiles, WinogradTransform.Products, stride]);
        float* target = packed.Pointer<float>();
        const int Grain = 512; // filters per range, some 10 microseconds
        ((CpuDevice)scope.Device).For(tiles, Math.Max(1, Grain / (inputs * Tile)), (first, end) =>
        {
            for (long tile = first; tile < end; tile++)
            {
                float* from = source + (tile * Tile * outputStride);
                int present = (int)Math.Min(Tile, outputs - (tile * Tile));
                LaneKernels.Run(new TileItem(from, present, inputs, outputStride, inputStride, reversed, target + (tile * WinogradTransform.Products * stride)));
            }
        });
        return packed;
    }

    /// <summary>The filters of one tile of outputs.</summary>
    private readonly struct TileItem(float* source, int outputs, int inputs, int outputStride, int inputStride, bool reversed, float* target) : ILaneKernel
    {
        public void Run<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int stride = ProductStride(inputs), lane = TLanes.Width;
            float* taps = stackalloc float[Taps * lane];
            float* half = stackalloc float[WinogradTransform.Inputs * 3 * lane];
            for (int first = 0; first < stride; first += lane)
            {
                Gather(taps, first, lane);
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

        // taps[tap, lane] of the filters whose place is first + lane.
        private void Gather(float* taps, int first, int lanes)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                (int input, int output) = Math.DivRem(first + lane, Tile);
                bool present = input < inputs && output < outputs;
                float* filter = source + ((nint)output * outputStride) + ((nint)input * inputStride);
                for (int tap = 0; tap < Taps; tap++)
                {
                    taps[(tap * lanes) + lane] = present ? filter[reversed ? Taps - 1 - tap : tap] : 0;
                }
            }
        }
    }
}
