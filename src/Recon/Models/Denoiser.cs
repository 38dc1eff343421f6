using Stardeq.Autodiff;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The learned part of a layer: a complex image goes through a U-Net as two channels (re, im).</summary>
/// <param name="unet">The network.</param>
/// <param name="kind">How U becomes R.</param>
/// <param name="share">t of <see cref="DenoiserKind.Averaged"/>, in (0, 1].</param>
public sealed class Denoiser(Unet unet, DenoiserKind kind, double share)
{
    /// <summary>R(u).</summary>
    /// <param name="tape">Tape of <paramref name="image"/>.</param>
    /// <param name="image">u, complex [slices, rows, columns].</param>
    public Variable Apply(Tape tape, Variable image)
    {
        var channels = new ComplexToChannels(image.Value.Shape);
        Variable correction = tape.ApplyAdjoint(channels, unet.Apply(tape, tape.Apply(channels, image)));
        return kind switch
        {
            DenoiserKind.Residual => tape.Add(image, correction),
            DenoiserKind.Direct => correction,
            DenoiserKind.Averaged => tape.WeightedSum(1 - share, image, share, correction),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are residual, direct and averaged denoisers."),
        };
    }
}
