using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Losses on states before the fixed point, so that every iterate is of use and not the last one alone ("fixed-point correction",
/// [BAI22]). Of the evaluations up to the limit of the solver, <c>loss_states</c> equidistant ones are noted; those that the
/// solve came to get the loss of f(z) with a Jacobian-free gradient, weighted by <c>loss_decay</c> to the power of the distance
/// from the fixed point in states.
/// </summary>
/// <param name="config">Number of states, weights, limit of the solver, loss.</param>
public sealed class StateLosses(TrainingConfig config)
{
    private readonly TrainingLoss _loss = new(config.Loss);

    /// <summary>Numbers, from 0, of the evaluations that are noted, and the weights of their losses; the fixed point has weight 1.</summary>
    public static IReadOnlyList<(int Evaluation, double Weight)> Select(int states, double decay, int limit) =>
        [.. Enumerable.Range(1, states)
            .Select(i => (Evaluation: (int)((long)i * limit / (states + 1)), Weight: Math.Pow(decay, states + 1 - i)))
            .GroupBy(state => state.Evaluation).Select(group => group.Last())]; // more states than evaluations: each once

    /// <summary>A problem whose map notes states of the solve that it is used in.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="scope">Owner of the noted states.</param>
    /// <returns>The problem, and the list that its solve fills with states and weights.</returns>
    public (FixedPointProblem Problem, IReadOnlyList<(Tensor State, double Weight)> Noted) Watch(FixedPointProblem problem, TensorScope scope)
    {
        var noted = new List<(Tensor State, double Weight)>();
        if (config.LossStates == 0)
        {
            return (problem, noted);
        }

        var wanted = Select(config.LossStates, config.LossDecay, config.MaxIterations).ToDictionary(s => s.Evaluation, s => s.Weight);
        int evaluation = 0;
        return (problem with { Map = Noting, CanCapture = false }, noted); // a captured map would not be asked again

        Variable Noting(Tape tape, Variable z)
        {
            if (wanted.TryGetValue(evaluation++, out double weight))
            {
                noted.Add((scope.Clone(z.Value), weight));
            }

            return problem.Map(tape, z);
        }
    }

    /// <summary>Adds the gradients of the losses of noted states to the targets of a model.</summary>
    /// <param name="map">f.</param>
    /// <param name="noted">States and weights.</param>
    /// <param name="target">What the images should be.</param>
    /// <param name="trained">Parameters that collect gradients.</param>
    /// <returns>The weighted sum of the losses.</returns>
    public double Backward(FixedPointMap map, IReadOnlyList<(Tensor State, double Weight)> noted, Tensor target, IEnumerable<Parameter> trained)
    {
        double sum = 0;
        foreach ((Tensor state, double weight) in noted)
        {
            using var tape = Tape.Recording(state.Device); // one application at a time: no more memory than for the fixed point
            Variable loss = _loss.Record(tape, map(tape, tape.Input(state)), target, weight);
            tape.BackwardAndRelease(loss, new GradientTargets().Add(tape, trained));
            sum += loss.Value.Item();
        }

        return sum;
    }
}
