using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>A value that takes part in a computation on a <see cref="Tape"/>.</summary>
public sealed class Variable
{
    internal Variable(Tensor value, int index)
    {
        Value = value;
        Index = index;
    }

    /// <summary>The value. Not to be written to once an operation has used it, and only type and shape count once it is released.</summary>
    public Tensor Value { get; internal set; }

    /// <summary>Position on the tape.</summary>
    internal int Index { get; }

    /// <summary>Whether a rule on the tape reads the value.</summary>
    internal bool IsRead { get; set; }

    /// <summary>The variable of whose value this one is a part; null if it has memory of its own.</summary>
    internal Variable? Within { get; set; }

    /// <summary>Finds this part in the value of <see cref="Within"/>.</summary>
    internal Func<Tensor, Tensor>? Part { get; set; }

    /// <summary>Writes the value once more; null if that is not possible or too dear.</summary>
    internal Action<Tensor>? Remake { get; init; }

    /// <summary>What waits in place of the value; null while the value is there.</summary>
    internal SavedValue? Saved { get; set; }

    /// <summary>What is held of the value: itself, or what waits in its place; null if that is nothing.</summary>
    internal Tensor? Held => Saved is { } saved ? saved.Words : Value;
}
