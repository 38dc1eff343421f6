using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// float32 weights in the order in which the correlation kernel reads them: [tile of outputs][input · tap][output in the
/// tile], the last tile filled up with zeros.
/// </summary>
internal static unsafe class PackedWeights
{
    /// <summary>Outputs per tile.</summary>
    public const int Tile = 4;

    /// <summary>Weights of the convolution itself.</summary>
    public static Tensor Forward(TensorScope scope, Tensor weight)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        return Pack(scope, weight.Pointer<float>(), outputs, inputs, taps, inputs * taps, taps, reversed: false);
    }

    /// <summary>Weights of its adjoint in the image: inputs and outputs exchanged, taps in reverse.</summary>
    public static Tensor Adjoint(TensorScope scope, Tensor weight)
    {
        int outputs = weight.Shape[0], inputs = weight.Shape[1], taps = weight.Shape[2] * weight.Shape[3];
        return Pack(scope, weight.Pointer<float>(), inputs, outputs, taps, taps, inputs * taps, reversed: true);
    }

    private static Tensor Pack(TensorScope scope, float* source, int outputs, int inputs, int taps, int outputStride, int inputStride, bool reversed)
    {
        int tiles = (outputs + Tile - 1) / Tile;
        Tensor packed = scope.New(DType.Float32, [tiles, inputs * taps, Tile]);
        float* target = packed.Pointer<float>();
        const int Grain = 16 * 1024; // weights per range, some 20 microseconds
        ((CpuDevice)scope.Device).For(tiles, Math.Max(1, Grain / (inputs * taps * Tile)), (first, end) =>
        {
            for (long tile = first; tile < end; tile++)
            {
                float* to = target + (tile * inputs * taps * Tile);
                int lanes = (int)Math.Min(Tile, outputs - (tile * Tile));
                for (int i = 0; i < inputs; i++)
                {
                    float* from = source + (tile * Tile * outputStride) + ((nint)i * inputStride);
                    for (int tap = 0; tap < taps; tap++, to += Tile)
                    {
                        float* lane0 = from + (reversed ? taps - 1 - tap : tap);
                        for (int lane = 0; lane < Tile; lane++)
                        {
                            to[lane] = lane < lanes ? lane0[(nint)lane * outputStride] : 0;
                        }
                    }
                }
            }
        });
        return packed;
    }
}
