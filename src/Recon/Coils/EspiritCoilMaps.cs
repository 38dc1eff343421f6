using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Coil maps from the centre of k-space by the eigenvalue approach [UEC14], in host memory.</summary>
/// <remarks>Derivation: docs/derivations/espirit.md. The support is where the eigenvalue exceeds the crop level; the phase is that of
/// <see cref="AdaptiveCoilMaps"/>: the first virtual coil of the whole volume is real and positive, so that neighbouring slices agree.</remarks>
public static class EspiritCoilMaps
{
    /// <summary>Maps of some slices of a volume.</summary>
    /// <param name="slices">[slice, coil, sample] complex64 k-space, in host memory.</param>
    /// <param name="first">Index of the first of them in the volume.</param>
    /// <param name="volume">The whole volume.</param>
    /// <param name="settings">Calibration region, kernel, threshold and crop.</param>
    /// <param name="device">Where to grid.</param>
    /// <param name="scope">Owner of the result, in host memory.</param>
    /// <returns>[slice, coil, y, x] complex64: Σ|S|² = 1 inside the support, 0 outside.</returns>
    /// <exception cref="InputException">The settings do not fit together, the calibration region is larger than k-space or holds no sample, or the data are not finite.</exception>
    internal static Tensor Estimate(Tensor slices, int first, VolumeLook volume, EspiritSettings settings, Device device, TensorScope scope)
    {
        (int rows, int columns) = (volume.Rows, volume.Columns);
        settings.Require();
        if (settings.Calibration > Math.Min(rows, columns))
        {
            throw new InputException($"espirit: a calibration width of {settings.Calibration} came for images of {rows} x {columns} pixels; at most {Math.Min(rows, columns)}, the width of k-space, was expected.");
        }

        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor calibration = GriddedCalibration.Compute(slices, volume.Points, volume.Weights, settings.Calibration, device, work);
        var cpu = (CpuDevice)scope.Device;
        int count = slices.Shape[0], coils = slices.Shape[1];
        var kernels = new EspiritKernels[count];
        cpu.For(count, slice =>
        {
            Complex[][] grid = [.. Enumerable.Range(0, coils).Select(coil => Array.ConvertAll(calibration.Slice(slice).Slice(coil).ToArray<Complex64>(), v => v.ToComplex()))];
            kernels[slice] = EspiritKernels.Of(grid, settings.Calibration, settings);
        });

        Complex[] gauge = volume.Gauge;
        Tensor maps = scope.Zeros(DType.Complex64, [count, coils, rows, columns]);
        bool[][] support = [.. Enumerable.Range(0, count).Select(_ => new bool[rows * columns])];
        cpu.For(count * rows, item =>
        {
            int slice = item / rows, row = item % rows;
            Complex[] along = kernels[slice].AlongRow(2 * Math.PI * (row - (rows / 2)) / rows);
            var pixel = new HermitianPixel(along, coils, kernels[slice].Reach);
            Span<Complex64> map = maps.Slice(slice).Span<Complex64>();
            for (int column = 0; column < columns; column++)
            {
                pixel.MoveTo(2 * Math.PI * (column - (columns / 2)) / columns);
                support[slice][(row * columns) + column] = pixel.DominantVector(gauge) >= settings.Crop;
                for (int coil = 0; coil < coils; coil++)
                {
                    map[(((coil * rows) + row) * columns) + column] = Complex64.From(pixel.Vector[coil]);
                }
            }
        });
        UnitMaps.Finish(maps, support, gauge);
        return maps;
    }
}
