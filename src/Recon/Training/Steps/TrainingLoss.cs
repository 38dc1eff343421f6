using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The loss that a configuration asks for; a mean over the slices of a batch, except for nmse, which sums first.</summary>
/// <param name="kind">Which loss.</param>
public sealed class TrainingLoss(LossKind kind)
{
    /// <summary>Puts the loss of an image on a tape.</summary>
    /// <param name="tape">Tape of the image.</param>
    /// <param name="image">Complex, of any shape.</param>
    /// <param name="target">Like the image.</param>
    /// <param name="weight">Factor on the loss.</param>
    /// <returns>Real, shape [].</returns>
    public Variable Record(Tape tape, Variable image, Tensor target, double weight = 1) => kind == LossKind.MseMagnitude
        ? tape.SquaredMagnitudeError(weight * Factor(target), image, target)
        : tape.SquaredError(weight * Factor(target), image, tape.Input(target));

    /// <summary>The loss of an image.</summary>
    public double Of(Tensor image, Tensor target)
    {
        using var tape = Tape.Forgetful(image.Device);
        return Record(tape, tape.Input(image), target).Value.Item();
    }

    /// <summary>γ of the loss γ ‖z − target‖², or of the magnitudes.</summary>
    private double Factor(Tensor target) => kind switch
    {
        LossKind.Nmse => 1 / Reduce.SumOfSquares(target),
        LossKind.MseMagnitude => 1.0 / target.Count,
        _ => 1.0 / target.AsReal().Count,
    };
}
