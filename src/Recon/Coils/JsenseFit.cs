using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// min ‖W^½ (y − D(S(s) x))‖² + λ (‖s‖² + ‖x‖²), y of weighted norm one: by turns over the coefficients s of the maps and the image x, each a
// linear least-squares problem that a few conjugate-gradient steps improve from where it stands. Start: s = 0, x constant.

/// <summary>The bilinear fit of JSENSE [YIN07], slices side by side.</summary>
/// <param name="Coefficients">s, [slice, coil, coefficients of one].</param>
/// <param name="Image">x, [slice, side, side].</param>
/// <param name="Residuals">[round][slice]: ‖W^½ (y − D(S x))‖ / ‖W^½ y‖ after each round; 0 for a slice without signal.</param>
internal sealed record JsenseFit(Tensor Coefficients, Tensor Image, double[][] Residuals)
{
    /// <summary>Fits all slices.</summary>
    /// <param name="basis">Maps and sampling.</param>
    /// <param name="kSpace">[slice, coil, sample] complex, of the precision and on the device of the basis.</param>
    /// <param name="weights">[sample] real: those of the basis.</param>
    /// <param name="settings">Rounds, iterations and λ.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">k-space is not finite.</exception>
    public static JsenseFit Run(ICoilBasis basis, Tensor kSpace, Tensor weights, JsenseSettings settings, TensorScope scope)
    {
        using var work = new TensorScope(scope.Device, MemoryOwner.Solver);
        int slices = kSpace.Shape[0], coils = kSpace.Shape[1];
        Shape grid = basis.Synthesis.Range;
        Tensor gridded = Gridded(basis, kSpace, weights, work), maps = work.Like(gridded), products = work.Like(gridded);
        Tensor coefficients = scope.Zeros(kSpace.DType, [slices, coils, .. basis.Synthesis.Domain]), image = scope.New(kSpace.DType, [slices, .. grid]);
        Tensor coilSide = work.Like(coefficients), imageSide = work.Like(image);
        SetConstant(image, 1 / Math.Sqrt(grid.Count));
        var coilStep = new CoilStep(basis, image, coils);
        var imageStep = new ImageStep(basis, maps);
        double[][] residuals = new double[settings.Rounds][];
        for (int round = 0; round < settings.Rounds; round++)
        {
            products.CopyFrom(gridded);
            coilStep.Project(products, coilSide, WriteMode.Overwrite);
            ConjugateGradient.Solve(coilStep, settings.Lambda, coilSide, coefficients, settings.Iterations, 0);
            basis.Synthesis.Forward(coefficients, maps);
            imageStep.Combine(gridded, imageSide, WriteMode.Overwrite);
            ConjugateGradient.Solve(imageStep, settings.Lambda, imageSide, image, settings.Iterations, 0);
            imageStep.Products(image, products);
            residuals[round] = RelativeResiduals(basis, gridded, products);
        }

        return new JsenseFit(coefficients, image, residuals);
    }

    /// <summary>Dᴴ W y of each slice, y divided by its weighted norm.</summary>
    private static Tensor Gridded(ICoilBasis basis, Tensor kSpace, Tensor weights, TensorScope work)
    {
        Tensor weighted = work.Like(kSpace), gridded = work.New(kSpace.DType, [.. kSpace.Shape[..2], .. basis.Synthesis.Range]);
        RealComplexMultiply.Run(weights, kSpace, weighted);
        for (int slice = 0; slice < kSpace.Shape[0]; slice++)
        {
            double square = Reduce.Dot(kSpace.Slice(slice), weighted.Slice(slice));
            if (!double.IsFinite(square))
            {
                throw new InputException($"jsense: the k-space of slice {slice} is not finite in the calibration region; look for NaN or infinite samples in it.");
            }

            Scale.Run(square > 0 ? 1 / Math.Sqrt(square) : 0, weighted.Slice(slice), weighted.Slice(slice));
        }

        basis.Adjoint(weighted, gridded);
        return gridded;
    }

    /// <summary>‖W^½ (y − D p)‖ for products p: the square is 1 − 2 ⟨Dᴴ W y, p⟩ + ⟨p, Dᴴ W D p⟩.</summary>
    private static double[] RelativeResiduals(ICoilBasis basis, Tensor gridded, Tensor products)
    {
        using var work = new TensorScope(products.Device, MemoryOwner.Workspace);
        Tensor filtered = work.Like(products);
        basis.Normal.Forward(products, filtered);
        return [.. Enumerable.Range(0, products.Shape[0]).Select(slice =>
        {
            double explained = Reduce.Dot(gridded.Slice(slice), products.Slice(slice)), square = Reduce.Dot(products.Slice(slice), filtered.Slice(slice));
            return square == 0 ? 0 : Math.Sqrt(Math.Max(0, 1 - (2 * explained) + square));
        })];
    }

    private static void SetConstant(Tensor image, double value)
    {
        using var work = new TensorScope(image.Device, MemoryOwner.Workspace);
        var channels = new ComplexToChannels(image.Shape);
        Tensor parts = work.Zeros(image.DType.ToReal(), channels.Range);
        for (int slice = 0; slice < image.Shape[0]; slice++)
        {
            Fill.Run(value, parts.Slice(slice).Slice(0));
        }

        channels.Adjoint(parts, image);
    }
}
