using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// The one form of all coil maps: unit vectors, with the phase of a gauge inside a support and zero outside if they are estimates. With them
/// images weigh with the field of all coils, Aᴴ W A has no eigenvalue above that of a single coil, and gridding shows the image itself.
/// </summary>
internal static class UnitMaps
{
    /// <summary>Makes Σ|S|² = 1 and uᴴ S real and positive inside the support, u the gauge; 0 outside.</summary>
    /// <param name="maps">[slice, coil, y, x] complex64 in host memory; in place.</param>
    /// <param name="support">[slice][y · columns + x].</param>
    /// <param name="gauge">u, [coil]; the same for all slices, so that neighbouring slices agree.</param>
    public static void Finish(Tensor maps, bool[][] support, Complex[] gauge)
    {
        int coils = maps.Shape[1], pixels = maps.Shape[2] * maps.Shape[3], rows = maps.Shape[2];
        ((CpuDevice)maps.Device).For(maps.Shape[0] * rows, item =>
        {
            int slice = item / rows, first = item % rows * (pixels / rows);
            Span<Complex64> map = maps.Slice(slice).Span<Complex64>();
            for (int pixel = first; pixel < first + (pixels / rows); pixel++)
            {
                double power = 0;
                Complex projection = Complex.Zero;
                for (int coil = 0; coil < coils; coil++)
                {
                    Complex value = map[(coil * pixels) + pixel].ToComplex();
                    power += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
                    projection += Complex.Conjugate(gauge[coil]) * value;
                }

                Complex turn = projection.Magnitude > 0 ? Complex.Conjugate(projection) / projection.Magnitude : Complex.One;
                Complex factor = support[slice][pixel] && power > 0 ? turn / Math.Sqrt(power) : Complex.Zero;
                for (int coil = 0; coil < coils; coil++)
                {
                    map[(coil * pixels) + pixel] = Complex64.From(factor * map[(coil * pixels) + pixel].ToComplex());
                }
            }
        });
    }

    /// <summary>Makes Σ|S|² = 1 wherever a coil sees anything, and leaves phases as they are: for maps that are known.</summary>
    /// <param name="maps">[slice, coil, y, x] complex64 in host memory; in place.</param>
    public static void Normalise(Tensor maps)
    {
        int coils = maps.Shape[1], pixels = maps.Shape[2] * maps.Shape[3];
        ((CpuDevice)maps.Device).For(maps.Shape[0], slice =>
        {
            Span<Complex64> map = maps.Slice(slice).Span<Complex64>();
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                double power = 0;
                for (int coil = 0; coil < coils; coil++)
                {
                    Complex value = map[(coil * pixels) + pixel].ToComplex();
                    power += (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
                }

                double factor = power > 0 ? 1 / Math.Sqrt(power) : 0;
                for (int coil = 0; coil < coils; coil++)
                {
                    map[(coil * pixels) + pixel] = Complex64.From(factor * map[(coil * pixels) + pixel].ToComplex());
                }
            }
        });
    }
}
