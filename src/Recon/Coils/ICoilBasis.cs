using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// The linear parts of JSENSE's model y = D(S x): maps S from coefficients, and D from a product image on a small square grid
/// to the samples of the calibration region, with their weights W.
/// </summary>
internal interface ICoilBasis : IDisposable
{
    /// <summary>Coefficients of one coil → its map [side, side] on the grid of the fit, up to a phase that all coils share.</summary>
    ILinearOperator Synthesis { get; }

    /// <summary>Dᴴ W D on product images [side, side].</summary>
    ILinearOperator Normal { get; }

    /// <summary>images = Dᴴ samples.</summary>
    /// <param name="samples">[slice, coil, sample] complex, weighted.</param>
    /// <param name="images">[slice, coil, side, side]; replaced.</param>
    void Adjoint(Tensor samples, Tensor images);

    /// <summary>Coefficients of one coil → its map [rows, columns] over the same field of view.</summary>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="scope">Owner of the operator's tables.</param>
    ILinearOperator SynthesisAt(int rows, int columns, TensorScope scope);
}

/// <summary>Results that replace their target or are added to it.</summary>
internal static class Accumulation
{
    /// <summary>Lets <paramref name="overwrite"/> replace the target, or adds what it would have left there.</summary>
    public static void Write(Tensor target, WriteMode mode, Action<Tensor> overwrite)
    {
        if (mode == WriteMode.Overwrite)
        {
            overwrite(target);
            return;
        }

        using var work = new TensorScope(target.Device, MemoryOwner.Workspace);
        Tensor result = work.Like(target);
        overwrite(result);
        Scale.Run(1, result, target, WriteMode.Add);
    }
}
