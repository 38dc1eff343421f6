namespace Stardeq.Autodiff;

/// <summary>Writes the tangent of the output of one operation, J ẋ, in operations on the same tape.</summary>
/// <param name="from">Tangents of the inputs; absent ones are zero, and one at least is there.</param>
/// <returns>Of the output's type and shape.</returns>
public delegate Variable Linearisation(TapedTangents from);

/// <summary>Tangents of one <see cref="Tape.Linearise"/>.</summary>
public sealed class TapedTangents
{
    private readonly Tape _tape;
    private readonly Variable?[] _values;

    internal TapedTangents(Tape tape, int variables)
    {
        _tape = tape;
        _values = new Variable?[variables];
    }

    /// <summary>Tangent of a variable; null means zero.</summary>
    public Variable? this[Variable variable]
    {
        get => _values[variable.Index];
        internal set => _values[variable.Index] = value;
    }

    /// <summary>A zero like a variable.</summary>
    public Variable Zero(Variable like) => _tape.Input(_tape.Values.Zeros(like.Value.DType, like.Value.Shape));

    /// <summary>f(tangent of a) + g(tangent of b), for f and g linear; terms whose tangent is zero are left out.</summary>
    /// <param name="a">First input.</param>
    /// <param name="f">What its tangent contributes.</param>
    /// <param name="b">Second input.</param>
    /// <param name="g">What its tangent contributes.</param>
    public Variable Sum(Variable a, Func<Variable, Variable> f, Variable b, Func<Variable, Variable> g)
    {
        Variable? first = this[a] is { } aDot ? f(aDot) : null, second = this[b] is { } bDot ? g(bDot) : null;
        return first is null ? second! : second is null ? first : _tape.Add(first, second);
    }
}
