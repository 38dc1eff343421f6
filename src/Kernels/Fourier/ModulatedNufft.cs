using Stardeq.Engine;

namespace Stardeq.Kernels;

// modulated nufft: A x = (F (S_c x))_c
// gradient: its adjoint · spec: tests/Kernels/Fourier/ToeplitzTests.cs

/// <summary>
/// A x = (F (S_c x))_c: an image multiplied by each modulation and transformed to the points; the adjoint is
/// Σ_c conj(S_c) Fᴴ y_c. Works through a few modulations at a time, so that the workspace is bounded.
/// </summary>
/// <remarks>Leading batch axes are accepted on both sides and share the modulations.</remarks>
public sealed class ModulatedNufft : ILinearOperator
{
    private readonly NufftPlan _plan;
    private readonly Tensor _modulations;
    private readonly int _chunk;

    /// <summary>The operator of a plan and modulations, which must both stay alive.</summary>
    /// <param name="plan">Transform of one image.</param>
    /// <param name="modulations">[C, rows, columns] complex64 or complex128.</param>
    /// <param name="chunk">Modulations in flight; 0 chooses 8.</param>
    /// <exception cref="ShapeException">The modulations are not complex images of the plan's size.</exception>
    public ModulatedNufft(NufftPlan plan, Tensor modulations, int chunk = 0)
    {
        OperatorShapes.Leading("modulated nufft", nameof(modulations), modulations, plan.Domain);
        if (modulations.Shape.Rank != 3 || chunk < 0)
        {
            throw new ShapeException($"modulated nufft: modulations are {modulations.Describe()}, chunk {chunk}; expected [C, rows, columns].");
        }

        (_plan, _modulations, _chunk) = (plan, modulations, chunk == 0 ? 8 : chunk);
        Range = Shape.Create([modulations.Shape[0]]).Concat(plan.Range);
    }

    /// <summary>[rows, columns].</summary>
    public Shape Domain => _plan.Domain;

    /// <summary>[C, points].</summary>
    public Shape Range { get; }

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = OperatorShapes.Batch("modulated nufft forward", x, Domain, y, Range);
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        (Tensor images, Tensor samples) = (Flat(x, batch, Domain), Flat(y, batch, Range));
        for (int b = 0; b < batch; b++)
        {
            for (int start = 0; start < Range[0]; start += _chunk)
            {
                int count = Math.Min(_chunk, Range[0] - start);
                Tensor products = scope.New(x.DType, Shape.Create([count]).Concat(Domain));
                ComplexMultiply.Run(images.Slice(b), _modulations.Slice(start, count), products);
                _plan.Forward(products, samples.Slice(b).Slice(start, count), mode);
                scope.Free(products);
            }
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = OperatorShapes.Batch("modulated nufft adjoint", y, Range, x, Domain);
        using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
        (Tensor images, Tensor samples) = (Flat(x, batch, Domain), Flat(y, batch, Range));
        if (mode == WriteMode.Overwrite)
        {
            x.Clear();
        }

        for (int b = 0; b < batch; b++)
        {
            for (int start = 0; start < Range[0]; start += _chunk)
            {
                int count = Math.Min(_chunk, Range[0] - start);
                Tensor products = scope.New(x.DType, Shape.Create([count]).Concat(Domain));
                _plan.Adjoint(samples.Slice(b).Slice(start, count), products);
                ComplexMultiply.ConjugateRun(_modulations.Slice(start, count), products, products);
                for (int c = 0; c < count; c++)
                {
                    Scale.Run(1, products.Slice(c), images.Slice(b), WriteMode.Add);
                }

                scope.Free(products);
            }
        }
    }

    private static Tensor Flat(Tensor tensor, int batch, Shape inner) => tensor.Reshape(Shape.Create([batch]).Concat(inner));
}
