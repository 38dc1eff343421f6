using Stardeq.Engine;

namespace Stardeq.Autodiff;

// y = f(x, θ), f any taped computation      x̄ += (∂f/∂x)ᵀ ȳ      θ̄ += (∂f/∂θ)ᵀ ȳ      ẏ = (∂f/∂x) ẋ + (∂f/∂θ) θ̇
// keeps: x, θ and y only; each sweep computes f again on a tape of its own [CHE16]

/// <summary>A computation with several inputs, written in taped operations.</summary>
/// <param name="tape">Recording or forgetful.</param>
/// <param name="values">The inputs.</param>
public delegate Variable CheckpointedMap(Tape tape, Variable[] values);

/// <summary>Computations whose inner values are not kept but computed again by each sweep.</summary>
public static class CheckpointOp
{
    /// <summary>f(x), with memory for x and y instead of all values in between, for the price of one more f per sweep.</summary>
    /// <param name="tape">Tape of <paramref name="x"/>.</param>
    /// <param name="map">f; must compute the same values each time.</param>
    /// <param name="x">Input.</param>
    /// <param name="parameters">All parameters that f uses and whose gradients may be wanted.</param>
    public static Variable Checkpoint(this Tape tape, FixedPointMap map, Variable x, IReadOnlyList<Parameter> parameters) =>
        tape.Checkpoint((t, values) => map(t, values[0]), [x], parameters);

    /// <summary>The same of several inputs.</summary>
    /// <param name="tape">Tape of the inputs.</param>
    /// <param name="map">f; must compute the same values each time.</param>
    /// <param name="values">Inputs.</param>
    /// <param name="parameters">All parameters that f uses and whose gradients may be wanted.</param>
    public static Variable Checkpoint(this Tape tape, CheckpointedMap map, Variable[] values, IReadOnlyList<Parameter> parameters)
    {
        if (!tape.Records)
        {
            return map(tape, values);
        }

        Variable[] inputs = [.. values, .. parameters.Select(tape.Use)];
        Tensor y;
        using (var forward = Tape.Forgetful(tape.Device))
        {
            Variable result = Replay(forward, map, inputs, parameters).Output;
            y = tape.Values.Adopt(result.Value, forward.Values);
        }

        return tape.Record(
            y,
            inputs,
            (yBar, into) =>
            {
                using var inner = Tape.Passing(yBar.Device);
                (Variable output, Variable[] leaves) = Replay(inner, map, inputs, parameters);
                var targets = new GradientTargets();
                for (int i = 0; i < inputs.Length; i++)
                {
                    if (into.Wants(inputs[i]))
                    {
                        Variable input = inputs[i];
                        targets.Add(leaves[i], () => into.Of(input));
                    }
                }

                inner.BackwardAndRelease(output, yBar, targets);
            },
            (from, yDot) =>
            {
                using var inner = Tape.Passing(yDot.Device);
                (Variable output, Variable[] leaves) = Replay(inner, map, inputs, parameters);
                inner.Tangent(output, [.. leaves.Zip(inputs.Select(input => from[input])).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!))], yDot);
            },
            from =>
            {
                int first = tape.Count; // the tangent needs the inner values on this tape; they stay from here on
                return tape.LineariseFrom(first, map(tape, values), [.. inputs.Where(input => from[input] is not null).Select(input => (input, from[input]!))]);
            },
            Reads.Inputs);
    }

    private static (Variable Output, Variable[] Leaves) Replay(Tape inner, CheckpointedMap map, Variable[] inputs, IReadOnlyList<Parameter> parameters)
    {
        Variable[] leaves = [.. inputs.Select(input => inner.Input(input.Value))];
        int values = inputs.Length - parameters.Count;
        for (int i = 0; i < parameters.Count; i++)
        {
            inner.Bind(parameters[i], leaves[values + i]);
        }

        return (map(inner, leaves[..values]), leaves);
    }
}
