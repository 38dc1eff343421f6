using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>A trained array: its value and the gradient that reverse sweeps add to.</summary>
public sealed class Parameter
{
    internal Parameter(string name, Tensor value, Tensor gradient)
    {
        Name = name;
        Value = value;
        Gradient = gradient;
    }

    /// <summary>Name in checkpoints, for example <c>unet.enc0.conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Present value.</summary>
    public Tensor Value { get; }

    /// <summary>Gradient of the loss; of the type and shape of <see cref="Value"/>. Sweeps add to it.</summary>
    public Tensor Gradient { get; }
}

/// <summary>Owns the parameters of a model, in order of creation.</summary>
public sealed class ParameterSet : IDisposable
{
    private readonly List<Parameter> _parameters = [];
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<(string Name, Tensor Value)> _states = [];
    private readonly TensorScope _scope;

    /// <summary>An empty set.</summary>
    /// <param name="device">Device of all parameters.</param>
    /// <param name="dtype">float32, or float64 to run plain definitions.</param>
    public ParameterSet(Device device, DType dtype)
    {
        _scope = new TensorScope(device, MemoryOwner.Parameters);
        DType = dtype;
    }

    /// <summary>Element type of all parameters.</summary>
    public DType DType { get; }

    /// <summary>Device of all parameters.</summary>
    public Device Device => _scope.Device;

    /// <summary>All parameters in order of creation.</summary>
    public IReadOnlyList<Parameter> All => _parameters;

    /// <summary>Tensors that belong to the model's state without being trained, by the names that they have in checkpoints.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> States => _states;

    /// <summary>Number of trained scalars.</summary>
    public long Count => _parameters.Sum(p => p.Value.Count);

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter)
        ? parameter
        : throw new KeyNotFoundException($"parameter: there is no '{name}' among {string.Join(", ", _byName.Keys)}.");

    /// <summary>Adds a parameter with value and gradient zero.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Parameter Add(string name, Shape shape)
    {
        var parameter = new Parameter(name, _scope.Zeros(DType, shape), _scope.Zeros(DType, shape));
        _byName.Add(name, parameter);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Names a tensor that is not trained but belongs to the state of the model, so that checkpoints hold it.</summary>
    /// <param name="name">Name, different from that of every parameter.</param>
    /// <param name="value">Real tensor that somebody owns as long as the set lives.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddState(string name, Tensor value)
    {
        if (Contains(name) || _states.Any(state => state.Name == name))
        {
            throw new ArgumentException($"state: the name '{name}' is taken.", nameof(name));
        }

        _states.Add((name, value));
    }

    /// <summary>True if there is a parameter of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.Gradient.Clear();
        }
    }

    /// <summary>Gives the bytes back.</summary>
    public void Dispose() => _scope.Dispose();
}
