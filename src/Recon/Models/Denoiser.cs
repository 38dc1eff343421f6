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
        Variable input = tape.Apply(channels, image), network = unet.Apply(tape, input), correction = tape.ApplyAdjoint(channels, network);
        tape.Release(input);
        tape.Release(network);
        if (kind == DenoiserKind.Direct)
        {
            return correction;
        }

        Variable output = kind switch
        {
            DenoiserKind.Residual => tape.Add(image, correction),
            DenoiserKind.Averaged => tape.WeightedSum(1 - share, image, share, correction),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are residual, direct and averaged denoisers."),
        };
        tape.Release(correction);
        return output;
    }
}
