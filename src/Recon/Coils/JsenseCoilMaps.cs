using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Coil maps from the centre of k-space by joint estimation of image and sensitivities [YIN07], in host memory.</summary>
/// <remarks>Derivation: docs/derivations/jsense.md. Each slice is fitted by itself; support and phase are those of
/// <see cref="AdaptiveCoilMaps"/>: the first virtual coil of the whole volume is real and positive, so that neighbouring slices agree.</remarks>
public static class JsenseCoilMaps
{
    /// <summary>Maps of some slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space, in host memory.</param>
    /// <param name="first">Index of the first of them in the volume.</param>
    /// <param name="volume">The whole volume.</param>
    /// <param name="settings">Basis, calibration region and iterations.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64: Σ|S|² = 1 inside the support, 0 outside.</returns>
    /// <exception cref="InputException">The settings do not fit together, the calibration region is larger than k-space or holds no sample, or the data are not finite.</exception>
    internal static Tensor Estimate(Tensor slices, int first, VolumeLook volume, JsenseSettings settings, Device device, TensorScope scope)
    {
        (int rows, int columns) = (volume.Rows, volume.Columns);
        settings = settings.For(rows, columns);
        settings.Require();
        if (settings.Calibration > Math.Min(rows, columns))
        {
            throw new InputException($"jsense: a calibration width of {settings.Calibration} came for images of {rows} x {columns} pixels; at most {Math.Min(rows, columns)}, the width of k-space, was expected.");
        }

        using TensorScope host = new(scope.Device, MemoryOwner.Workspace), work = new(device, MemoryOwner.Workspace);
        CalibrationSamples samples = CalibrationSamples.Select(slices, volume.Points, volume.Weights, settings.Calibration, host);
        Tensor near = work.Bring(samples.Points), normalised = samples.NormalisedWeights(near, settings.Calibration, work);
        using ICoilBasis basis = Basis(settings, near, normalised);
        JsenseFit fit = JsenseFit.Run(basis, work.Bring(samples.KSpace), normalised, settings, work);
        Tensor maps = scope.New(DType.Complex64, [slices.Shape[0], slices.Shape[1], rows, columns]);
        ILinearOperator synthesis = basis.SynthesisAt(rows, columns, work);
        Tensor one = work.New(DType.Complex64, maps.Shape[1..]); // a volume at full size need not fit on the device
        for (int slice = 0; slice < maps.Shape[0]; slice++)
        {
            synthesis.Forward(fit.Coefficients.Slice(slice), one);
            maps.Slice(slice).CopyFrom(one);
        }

        UnitMaps.Finish(maps, [.. Enumerable.Range(first, slices.Shape[0]).Select(volume.Support)], volume.Gauge);
        return maps;
    }

    /// <summary>The basis that settings ask for.</summary>
    /// <param name="settings">Kind and size.</param>
    /// <param name="points">[sample, 2] of the calibration region.</param>
    /// <param name="weights">[sample] float32 or float64, used as they are.</param>
    internal static ICoilBasis Basis(JsenseSettings settings, Tensor points, Tensor weights) => settings.Basis == CoilBasisKind.Fourier
        ? new FourierCoilBasis(points, weights, settings.Calibration, settings.Kernel)
        : new PolynomialCoilBasis(points, weights, settings.Calibration, settings.Degree);
}
