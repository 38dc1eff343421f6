using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Variables whose gradient is wanted, and the tensors it is added to.</summary>
public sealed class GradientTargets
{
    private readonly Dictionary<int, Tensor> _gradients = [];
    private readonly Dictionary<int, Func<(Tensor XBar, WriteMode Mode)>> _later = [];

    /// <summary>No target yet.</summary>
    public GradientTargets()
    {
    }

    /// <summary>Adds the gradient of <paramref name="variable"/> to <paramref name="gradient"/> in a sweep.</summary>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public GradientTargets Add(Variable variable, Tensor gradient)
    {
        if (gradient.DType != variable.Value.DType || gradient.Shape != variable.Value.Shape)
        {
            throw new ShapeException($"gradient: {gradient.Describe()} for a variable {variable.Value.Describe()}.");
        }

        _gradients.Add(variable.Index, gradient);
        return this;
    }

    /// <summary>Adds the gradients of all parameters to <see cref="Parameter.Gradient"/> in a sweep.</summary>
    public GradientTargets Add(Tape tape, IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
        {
            Add(tape.Use(parameter), parameter.Gradient);
        }

        return this;
    }

    /// <summary>Adds the gradient of a leaf to a tensor that is asked for when there is something to add.</summary>
    internal GradientTargets Add(Variable leaf, Func<(Tensor XBar, WriteMode Mode)> gradient)
    {
        _later.Add(leaf.Index, gradient);
        return this;
    }

    /// <summary>These targets and one more, as a set of their own.</summary>
    internal GradientTargets With(Variable variable, Tensor gradient)
    {
        var all = new GradientTargets();
        foreach ((int index, Tensor target) in _gradients)
        {
            all._gradients.Add(index, target);
        }

        foreach ((int index, Func<(Tensor, WriteMode)> target) in _later)
        {
            all._later.Add(index, target);
        }

        return all.Add(variable, gradient);
    }

    internal Tensor? Find(Variable variable) => _gradients.GetValueOrDefault(variable.Index);

    /// <summary>Where the gradient of a leaf goes; null if nobody wants it.</summary>
    internal (Tensor XBar, WriteMode Mode)? Open(Variable leaf) =>
        Find(leaf) is { } gradient ? (gradient, WriteMode.Add)
        : _later.TryGetValue(leaf.Index, out Func<(Tensor XBar, WriteMode Mode)>? target) ? target()
        : null;

    internal bool[] Mark(int variables)
    {
        bool[] marks = new bool[variables];
        foreach (int index in _gradients.Keys.Concat(_later.Keys))
        {
            marks[index] = true;
        }

        return marks;
    }
}

/// <summary>Cotangents of one reverse sweep, held only as long as the sweep needs them.</summary>
public sealed class Cotangents : IDisposable
{
    private readonly TensorScope _scope;
    private readonly bool[] _wanted;
    private readonly bool[] _computed;
    private readonly GradientTargets _targets;
    private readonly Tensor?[] _values;

    internal Cotangents(Device device, bool[] wanted, bool[] computed, GradientTargets targets)
    {
        _scope = new TensorScope(device, MemoryOwner.Workspace);
        _wanted = wanted;
        _computed = computed;
        _targets = targets;
        _values = new Tensor?[wanted.Length];
    }

    /// <summary>True if the sweep needs the cotangent of this input.</summary>
    public bool Wants(Variable input) => _wanted[input.Index];

    /// <summary>Where to write the cotangent of an input that <see cref="Wants"/> one, and whether to add.</summary>
    public (Tensor XBar, WriteMode Mode) Of(Variable input)
    {
        if (_values[input.Index] is { } existing)
        {
            return (existing, WriteMode.Add);
        }

        // An operation's output collects its cotangent first, because the operation's own rule must not see what the
        // target held before the sweep; a leaf's contributions go straight to the target.
        if (!_computed[input.Index] && _targets.Open(input) is { } target)
        {
            _values[input.Index] = target.XBar;
            return target;
        }

        Tensor fresh = _scope.Like(input.Value);
        _values[input.Index] = fresh;
        return (fresh, WriteMode.Overwrite);
    }

    /// <summary>Scratch memory for a rule.</summary>
    public TensorScope Workspace() => new(_scope.Device, MemoryOwner.Workspace);

    /// <summary>Ends the sweep.</summary>
    public void Dispose() => _scope.Dispose();

    internal void Seed(Variable output, Tensor seed)
    {
        if (_wanted[output.Index])
        {
            (Tensor yBar, WriteMode mode) = Of(output);
            Scale.Run(1, seed, yBar, mode);
        }
    }

    /// <summary>
    /// The complete cotangent of a node's output, or null if nothing reached it. A target for it gets it here, before the
    /// node's rule, which may overwrite it.
    /// </summary>
    internal Tensor? Take(Variable output)
    {
        Tensor? value = _values[output.Index];
        if (value is not null && _targets.Find(output) is { } gradient)
        {
            Scale.Run(1, value, gradient, WriteMode.Add);
        }

        return value;
    }

    internal void Done(Variable output)
    {
        _scope.Free(_values[output.Index]!);
        _values[output.Index] = null;
    }
}

/// <summary>Tangents of one forward sweep.</summary>
public sealed class Tangents
{
    private readonly Tensor?[] _values;

    internal Tangents(int variables) => _values = new Tensor?[variables];

    /// <summary>Tangent of a variable; null means zero.</summary>
    public Tensor? this[Variable variable]
    {
        get => _values[variable.Index];
        internal set => _values[variable.Index] = value;
    }
}
