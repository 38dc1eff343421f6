using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Jacobian regularisation of a training: whose Jacobian, in which steps, with which weight. Everything is a function of the
/// seed and the step, so that a resumed training goes on with the same bits.
/// </summary>
/// <param name="config">Kind and schedule.</param>
/// <param name="schedule">Epoch of a step.</param>
/// <param name="model">What is trained.</param>
public sealed class JacobianRegulariser(TrainingConfig config, TrainingSchedule schedule, EquilibriumModel model)
{
    private readonly IJacobianPenalty? _penalty = config.Jacobian switch
    {
        JacobianKind.Frobenius => new FrobeniusPenalty(config.JacobianProbes, config.JacobianProbe),
        JacobianKind.Spectral => new SpectralPenalty(config.JacobianIterations, config.JacobianMargin),
        _ => null,
    };

    /// <summary>Weight of the penalty in a step, from 1; 0 if the step has none.</summary>
    public double Weight(long step)
    {
        int epoch = schedule.Epoch(step), last = config.JacobianStop > 0 ? config.JacobianStop : int.MaxValue;
        if (_penalty is null || epoch < config.JacobianStart || epoch > last || Random("steps").Uniform(step) >= config.JacobianFrequency)
        {
            return 0;
        }

        double rise = config.JacobianRamp > 0 ? Math.Min(1, (epoch - config.JacobianStart + 1.0) / config.JacobianRamp) : 1;
        return config.JacobianWeight * rise;
    }

    /// <summary>Adds the penalty's gradient to those of the model's parameters. z* is held constant.</summary>
    /// <param name="tape">Recording tape of the step.</param>
    /// <param name="batch">Slices of the step.</param>
    /// <param name="solution">z*.</param>
    /// <param name="recorded">f at z*, if one application of it is on the tape; null if not.</param>
    /// <param name="step">Number of the step, from 1.</param>
    /// <returns>The penalty without its weight; NaN if the step has none.</returns>
    public double AddGradient(Tape tape, SliceBatch batch, Tensor solution, EquilibriumPoint? recorded, long step)
    {
        double weight = Weight(step);
        if (weight == 0)
        {
            return double.NaN;
        }

        (Variable input, Variable output) = config.JacobianOf == JacobianOf.Network ? Network(tape, batch, solution)
            : recorded is { } point ? (point.Input, point.Output)
            : Layer(tape, batch, solution);
        return _penalty!.AddGradient(tape, input, output, weight, new GradientTargets().Add(tape, model.Trained), Random("probes").Stream(step));
    }

    private (Variable Input, Variable Output) Layer(Tape tape, SliceBatch batch, Tensor solution)
    {
        Variable z = tape.Input(solution);
        return (z, model.Layer(tape, batch.Normal, tape.Input(batch.B), z));
    }

    private (Variable Input, Variable Output) Network(Tape tape, SliceBatch batch, Tensor solution)
    {
        using var values = Tape.Forgetful(tape.Device);
        Tensor at = model.DenoiserInput(values, batch.Normal, values.Input(batch.B), values.Input(solution)).Value;
        Variable input = tape.Input(tape.Values.Clone(at));
        return (input, model.Denoise(tape, input));
    }

    private CounterRandom Random(string stream) => new CounterRandom((ulong)config.Seed).Stream("jacobian").Stream(stream);
}
