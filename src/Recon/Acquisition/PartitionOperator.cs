using System.Numerics;
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

    /// <summary>x[c, p, s] = 1/√Nz Σ_z y[z, c, s] exp(−2πi (p − ⌊P/2⌋) (z − ⌊Nz/2⌋) / Nz), or added to x.</summary>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        int coils = raw[0], partitions = raw[1];
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor line = scope.New(x.DType, [raw[2], raw[3]]);
        for (int coil = 0; coil < coils; coil++)
        {
            for (int p = 0; p < partitions; p++)
            {
                Tensor target = x.Slice(coil).Slice(p);
                for (int z = 0; z < slices; z++)
                {
                    double turns = (p - (partitions / 2)) * (double)(z - (slices / 2)) / slices;
                    Complex phase = Complex.FromPolarCoordinates(1 / Math.Sqrt(slices), -2 * Math.PI * turns);
                    ComplexScale.Run(phase, y.Slice(z).Slice(coil).Reshape(line.Shape), target, z == 0 ? mode : WriteMode.Add);
                }
            }
        }
    }
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
