using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The normal operator of the coil step: maps are sought, the images are fixed. Its leading batch axis is the slice, and each slice
/// has its own image.</summary>
/// <param name="basis">Maps and sampling.</param>
/// <param name="images">x, [slice, side, side]: those of all slices of the argument.</param>
/// <param name="coils">Coils of a slice, which are solved for together.</param>
internal sealed class CoilStep(ICoilBasis basis, Tensor images, int coils) : ILinearOperator
{
    /// <summary>[coil, coefficients of one].</summary>
    public Shape Domain { get; } = [coils, .. basis.Synthesis.Domain];

    /// <inheritdoc/>
    public Shape Range => Domain;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor products = work.New(x.DType, [images.Shape[0], coils, .. basis.Synthesis.Range]), filtered = work.Like(products);
        basis.Synthesis.Forward(x, products);
        for (int slice = 0; slice < images.Shape[0]; slice++)
        {
            ComplexMultiply.Run(images.Slice(slice), products.Slice(slice), products.Slice(slice));
        }

        basis.Normal.Forward(products, filtered);
        Project(filtered, y, mode);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);

    /// <summary>Adjoint of maps ↦ products: coefficients [slice, coil, ..] from products [slice, coil, side, side], which are used up.</summary>
    public void Project(Tensor products, Tensor coefficients, WriteMode mode)
    {
        for (int slice = 0; slice < images.Shape[0]; slice++)
        {
            ComplexMultiply.ConjugateRun(images.Slice(slice), products.Slice(slice), products.Slice(slice));
        }

        basis.Synthesis.Adjoint(products, coefficients, mode);
    }
}

/// <summary>The normal operator of the image step: images are sought, the maps are fixed. Its leading batch axis is the slice, and each slice
/// has its own maps.</summary>
/// <param name="basis">Sampling.</param>
/// <param name="maps">S, [slice, coil, side, side]: those of all slices of the argument.</param>
internal sealed class ImageStep(ICoilBasis basis, Tensor maps) : ILinearOperator
{
    /// <summary>[side, side].</summary>
    public Shape Domain { get; } = maps.Shape[2..];

    /// <inheritdoc/>
    public Shape Range => Domain;

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
        Tensor products = work.Like(maps), filtered = work.Like(maps);
        Products(x, products);
        basis.Normal.Forward(products, filtered);
        Combine(filtered, y, mode);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);

    /// <summary>products = S x.</summary>
    public void Products(Tensor x, Tensor products)
    {
        for (int slice = 0; slice < maps.Shape[0]; slice++)
        {
            Modulate.Forward(maps.Slice(slice), x.Slice(slice), products.Slice(slice), WriteMode.Overwrite);
        }
    }

    /// <summary>image = Σ_c conj(S_c) product_c: the adjoint of <see cref="Products"/>.</summary>
    public void Combine(Tensor products, Tensor image, WriteMode mode)
    {
        for (int slice = 0; slice < maps.Shape[0]; slice++)
        {
            Modulate.Adjoint(maps.Slice(slice), products.Slice(slice), image.Slice(slice), mode);
        }
    }
}
