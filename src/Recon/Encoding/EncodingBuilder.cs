using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Turns slices of k-space in host memory into problems in host memory; the work is done on the device of the encodings.</summary>
public static class EncodingBuilder
{
    /// <summary>Builds one slice.</summary>
    /// <param name="subject">Volume that the slice belongs to.</param>
    /// <param name="slice">[coil, sample] complex64: all spokes of the slice.</param>
    /// <param name="maps">[coil, y, x] complex64.</param>
    /// <param name="encodings">Samplings of input, target and yardsticks.</param>
    /// <param name="settings">Norm and target.</param>
    /// <param name="scope">Owner of the images, in host memory; maps and spectrum keep theirs.</param>
    /// <exception cref="InputException">The gridded image is zero or not finite, so that it has no scale.</exception>
    public static SliceProblem Build(string subject, Tensor slice, Tensor maps, SliceEncodings encodings, EncodingSettings settings, TensorScope scope)
    {
        RadialEncoding kept = encodings.Kept;
        using var work = new TensorScope(kept.Device, MemoryOwner.Workspace);
        Tensor near = work.Bring(maps); // once for all the encodings
        Tensor b = kept.Adjoint(slice, near, scope);
        double brightness = kept.AreaScale * ImageNorms.Of(b, settings.Norm);
        if (!(brightness > 0) || !double.IsFinite(brightness))
        {
            throw new InputException($"the gridded image of a slice has the {settings.Norm} norm {brightness}; a positive number was expected. The slice holds no signal, or its k-space is not finite: leave it out.");
        }

        double scale = settings.KSpaceNorm switch
        {
            KSpaceNormKind.Image => brightness,
            KSpaceNormKind.MaximumEigenvalue => kept.LambdaMax,
            _ => 1,
        };
        Tensor Scaled(Tensor image, double factor = 1)
        {
            Scale.Run(factor / scale, image, image);
            return image;
        }

        return new SliceProblem
        {
            Subject = subject,
            Maps = maps,
            Support = SliceProblem.SupportOf(maps, scope),
            Spectrum = kept.Spectrum,
            B = Scaled(b),
            Target = encodings.Full is { } full ? Scaled(Reference(slice, near, full, settings, scope)) : null,
            Plain = encodings.Plain is { } plain ? new LeastSquaresProblem(Scaled(plain.Adjoint(slice, near, scope)), plain.Spectrum) : null,
            Gridded = encodings.Area is { } area ? Scaled(area.Adjoint(slice, near, scope), area.AreaScale) : null,
            Scale = scale,
            AreaScale = kept.AreaScale,
        };
    }

    /// <summary>The reference image of all spokes, not scaled; the maps are on the device of the encoding.</summary>
    private static Tensor Reference(Tensor slice, Tensor maps, RadialEncoding full, EncodingSettings settings, TensorScope scope)
    {
        Tensor image = full.Adjoint(slice, maps, scope);
        if (settings.Target == TargetKind.Gridding)
        {
            Scale.Run(full.AreaScale, image, image);
            return image;
        }

        using var work = new TensorScope(full.Device, MemoryOwner.Workspace);
        using var normal = new ToeplitzNormal(work.Bring(full.Spectrum), maps);
        Tensor solution = work.Zeros(DType.Complex64, full.Plan.Domain);
        ConjugateGradient.Solve(normal, settings.TargetLambda, work.Bring(image), solution, settings.TargetIterations, 0);
        image.CopyFrom(solution);
        return image;
    }
}
