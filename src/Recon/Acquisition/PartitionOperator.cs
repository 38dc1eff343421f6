using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// <see cref="PartitionFft"/> as a linear operator: raw [coil, partition, spoke, readout] to slices
/// [slice, coil, spoke · readout], with its adjoint, the transform back to the measured partitions.
/// </summary>
/// <param name="raw">Shape of the raw data.</param>
/// <param name="slices">Number of slices, at least the number of partitions.</param>
public sealed class PartitionOperator(Shape raw, int slices) : ILinearOperator
{
    /// <inheritdoc/>
    public Shape Domain => raw;

    /// <inheritdoc/>
    public Shape Range => [slices, raw[0], raw[2] * raw[3]];

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Scale.Run(1, PartitionFft.ToSlices(x, slices, scope), y, mode);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => PartitionFft.ToPartitions(y, x, mode);
}

/// <summary>Multiplication of samples by real weights, W of Aᴴ W A, as a linear operator. Self-adjoint.</summary>
/// <param name="weights">w ≥ 0, real [samples]; never its square root.</param>
/// <param name="samples">Shape of the samples; ends in the shape of the weights.</param>
public sealed class SampleWeights(Tensor weights, Shape samples) : ILinearOperator
{
    /// <inheritdoc/>
    public Shape Domain => samples;

    /// <inheritdoc/>
    public Shape Range => samples;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        if (mode == WriteMode.Overwrite)
        {
            RealComplexMultiply.Run(weights, x, y);
            return;
        }

        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor product = scope.Like(x);
        RealComplexMultiply.Run(weights, x, product);
        Scale.Run(1, product, y, WriteMode.Add);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
}
