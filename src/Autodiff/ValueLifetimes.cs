using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>
/// When a reverse sweep is done with each recorded value: past the first operation, in the order of recording, whose rules read it.
/// </summary>
internal sealed class ValueLifetimes
{
    private const int Never = int.MaxValue;

    private readonly TensorScope _values;
    private readonly int[] _firstReader;
    private readonly List<Variable> _variables = [];

    /// <summary>Lifetimes in a sweep.</summary>
    /// <param name="values">Owner of the values.</param>
    /// <param name="variables">Number of variables of the tape.</param>
    /// <param name="nodes">Output, inputs and reads of each operation, in order.</param>
    /// <param name="output">Where the sweep starts; its value stays, as do those that were computed after it.</param>
    public ValueLifetimes(TensorScope values, int variables, IEnumerable<(Variable Output, Variable[] Inputs, Reads Reads)> nodes, Variable output)
    {
        _values = values;
        _firstReader = new int[variables];
        Array.Fill(_firstReader, Never);
        int position = 0;
        foreach ((Variable made, Variable[] inputs, Reads reads) in nodes)
        {
            if (made.Index < output.Index)
            {
                _variables.Add(made);
            }

            foreach (Variable input in reads.HasFlag(Reads.Inputs) ? inputs : [])
            {
                Note(input, position);
            }

            if (reads.HasFlag(Reads.Output))
            {
                Note(made, position);
            }

            position++;
        }

        for (Variable? held = output; held is not null; held = held.Within)
        {
            _variables.Remove(held);
        }
    }

    /// <summary>Gives back what no rule reads.</summary>
    public void Start() => Release(Never);

    /// <summary>Gives back what only operations from this one on have read.</summary>
    /// <param name="position">Number of the operation whose rule has run.</param>
    public void Passed(int position) => Release(position);

    /// <summary>A reader of a part reads the whole.</summary>
    private void Note(Variable read, int position)
    {
        for (Variable? holder = read; holder is not null; holder = holder.Within)
        {
            _firstReader[holder.Index] = Math.Min(_firstReader[holder.Index], position);
        }
    }

    private void Release(int firstReader)
    {
        foreach (Variable variable in _variables)
        {
            if (_firstReader[variable.Index] == firstReader && variable.Within is null && variable.Held is { } held && _values.Owns(held))
            {
                _values.Free(held);
            }
        }
    }
}
