using System.Runtime.CompilerServices;
using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <content>How values leave between the forward pass and the sweeps, and how they come back.</content>
public sealed partial class Tape
{
    /// <summary>
    /// Ends the use of a value in the forward pass: neither an operation nor anybody else will ask for it. The tape gives it back at
    /// once if no rule reads it or if it can be made again; otherwise it waits for the sweep, in 16 bits if that is wanted. Values that the tape
    /// does not own stay.
    /// </summary>
    /// <param name="variable">The value.</param>
    /// <param name="form">How it waits. Double precision, which runs definitions, always waits whole.</param>
    /// <param name="origin">Source file under which the ledger counts what waits; the caller's if not given.</param>
    public void Release(Variable variable, SavedAs form = SavedAs.Whole, [CallerFilePath] string origin = "")
    {
        if (variable.Within is not null || variable.Saved is not null || !Values.Owns(variable.Value))
        {
            return;
        }

        if (variable.IsRead)
        {
            if (variable.Remake is { } remake)
            {
                variable.Saved = new SavedValue(null, remake);
            }
            else if (_packs && form != SavedAs.Whole && variable.Value.DType == DType.Float32)
            {
                variable.Saved = SavedValue.Pack(variable.Value, form, Values, origin);
            }
            else
            {
                return;
            }
        }

        Values.Free(variable.Value);
    }

    /// <summary>The same for a value that another one holds a copy of: rules that read it look there from now on.</summary>
    /// <param name="variable">The value.</param>
    /// <param name="whole">Holds the copy.</param>
    /// <param name="part">Finds the copy in the value of <paramref name="whole"/>, as a view.</param>
    internal void Release(Variable variable, Variable whole, Func<Tensor, Tensor> part)
    {
        if (variable.IsRead && variable.Within is null && variable.Saved is null && Values.Owns(variable.Value))
        {
            Values.Free(variable.Value);
            (variable.Value, variable.Within, variable.Part) = (part(whole.Value), whole, part);
            whole.IsRead = true;
        }
        else
        {
            Release(variable);
        }
    }

    /// <summary>Makes the values that the rules of an operation read readable until the result is disposed of.</summary>
    private RestoredValues Restore(Node node)
    {
        var restored = new RestoredValues(Device);
        foreach (Variable variable in node.Read)
        {
            restored.Bring(variable);
        }

        return restored;
    }

    /// <summary>Brings all values of an operation back for good.</summary>
    private void Keep(Node node)
    {
        List<Variable> restored = [];
        foreach (Variable variable in node.Inputs.Append(node.Output))
        {
            RestoredValues.Bring(variable, Values, restored);
        }

        foreach (Variable variable in restored)
        {
            if (variable.Held is { } words)
            {
                Values.Free(words);
            }

            variable.Saved = null;
        }
    }
}
