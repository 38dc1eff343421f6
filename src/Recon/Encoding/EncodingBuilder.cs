using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Turns slices of k-space into problems.</summary>
public static class EncodingBuilder
{
    /// <summary>Builds one slice.</summary>
    /// <param name="subject">Volume that the slice belongs to.</param>
    /// <param name="slice">[coil, sample] complex64: all spokes of the slice.</param>
    /// <param name="maps">[coil, y, x] complex64.</param>
    /// <param name="kept">Sampling of the undersampled set: input, scale and normal operator come from it alone.</param>
    /// <param name="plain">The same spokes without weights, or null if no method wants plain least squares.</param>
    /// <param name="full">Sampling of all spokes for the target, or null for none.</param>
    /// <param name="settings">Norm and target.</param>
    /// <param name="scope">Owner of the images; maps and spectrum keep theirs.</param>
    /// <exception cref="InputException">The gridded image is zero or not finite, so that it has no scale.</exception>
    public static SliceProblem Build(string subject, Tensor slice, Tensor maps, RadialEncoding kept, RadialEncoding? plain, RadialEncoding? full, EncodingSettings settings, TensorScope scope)
    {
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor gridded = scope.New(DType.Complex64, kept.Plan.Domain);
        kept.Gridded(kept.Keep(slice, work), maps, gridded);
        double scale = kept.AreaScale * ImageNorms.Of(gridded, settings.Norm);
        if (!(scale > 0) || !double.IsFinite(scale))
        {
            throw new InputException($"the gridded image of a slice has the {settings.Norm} norm {scale}; a positive number was expected. The slice holds no signal, or its k-space is not finite: leave it out.");
        }

        Scale.Run(1 / scale, gridded, gridded);
        Tensor? target = full is null ? null : Reference(slice, maps, full, settings, scope);
        if (target is not null)
        {
            Scale.Run(1 / scale, target, target);
        }

        Tensor? plainB = null;
        if (plain is not null)
        {
            plainB = scope.New(DType.Complex64, plain.Plan.Domain);
            plain.Gridded(plain.Keep(slice, work), maps, plainB);
            Scale.Run(1 / scale, plainB, plainB);
        }

        return new SliceProblem
        {
            Subject = subject,
            Maps = maps,
            Spectrum = kept.Spectrum,
            B = gridded,
            Target = target,
            Plain = plainB is null ? null : new LeastSquaresProblem(plainB, plain!.Spectrum),
            Scale = scale,
            AreaScale = kept.AreaScale,
        };
    }

    /// <summary>The reference image of all spokes, not scaled.</summary>
    private static Tensor Reference(Tensor slice, Tensor maps, RadialEncoding full, EncodingSettings settings, TensorScope scope)
    {
        using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
        Tensor gridded = scope.New(DType.Complex64, full.Plan.Domain);
        full.Gridded(full.Keep(slice, work), maps, gridded);
        if (settings.Target == TargetKind.Gridding)
        {
            Scale.Run(full.AreaScale, gridded, gridded);
            return gridded;
        }

        using var normal = new ToeplitzNormal(full.Spectrum, maps);
        Tensor solution = scope.Zeros(DType.Complex64, full.Plan.Domain);
        ConjugateGradient.Solve(normal, settings.TargetLambda, gridded, solution, settings.TargetIterations, 0);
        scope.Free(gridded);
        return solution;
    }
}
