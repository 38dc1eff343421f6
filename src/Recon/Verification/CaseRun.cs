using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>One evaluation of a reference case by our own code, in one precision.</summary>
internal sealed class CaseRun : IDisposable
{
    private readonly ReferenceCase _case;
    private readonly Dictionary<string, Tensor> _results = new(StringComparer.Ordinal);

    public CaseRun(ReferenceCase source, Device device, DType precision)
    {
        _case = source;
        Real = precision;
        Scope = new TensorScope(device, MemoryOwner.Data);
    }

    /// <summary>float32 or float64.</summary>
    public DType Real { get; }

    public bool IsDouble => Real == DType.Float64;

    /// <summary>Owner of the inputs and results.</summary>
    public TensorScope Scope { get; }

    public ReferenceCase Case => _case;

    /// <summary>Results by full name, <c>out.*</c> and <c>grad.*</c>.</summary>
    public IReadOnlyDictionary<string, Tensor> Results => _results;

    public int Integer(string key) => _case.Config.GetProperty(key).GetInt32();

    public double Number(string key) => _case.Config.GetProperty(key).GetDouble();

    public string Text(string key) => _case.Config.GetProperty(key).GetString()!;

    public JsonElement Section(string key) => _case.Config.GetProperty(key);

    /// <summary>(rows, columns) of the case.</summary>
    public (int Rows, int Columns) Shape2d => (_case.Config.GetProperty("shape")[0].GetInt32(), _case.Config.GetProperty("shape")[1].GetInt32());

    /// <summary>An input in the precision of the run.</summary>
    public Tensor Input(string name)
    {
        Tensor stored = _case.Input(name);
        if (IsDouble)
        {
            return stored;
        }

        Tensor rounded = Scope.New(stored.DType.IsComplex() ? DType.Complex64 : DType.Float32, stored.Shape);
        Cast.Run(stored, rounded);
        return rounded;
    }

    /// <summary>Sample positions [M, 2], always float64: they describe the operator.</summary>
    public Tensor Points => _case.Input("k");

    public void Output(string name, Tensor value) => _results.Add("out." + name, Scope.Clone(value));

    public void Output(string name, params ReadOnlySpan<double> values) => _results.Add("out." + name, Scope.From(Engine.Shape.Create([values.Length]), values));

    /// <summary>A zeroed target for the gradient of an input, kept as a result.</summary>
    public Tensor GradientOf(string name, Variable variable)
    {
        Tensor gradient = Scope.Zeros(variable.Value.DType, variable.Value.Shape);
        _results.Add("grad." + name, gradient);
        return gradient;
    }

    /// <summary>Computes a loss on a tape and all gradients that the case asks for.</summary>
    /// <param name="loss">Builds the computation from variables found by short name; returns the scalar loss.</param>
    public void Differentiate(Func<Tape, Func<string, Variable>, Variable> loss)
    {
        using var tape = Tape.Recording(Scope.Device);
        var variables = new Dictionary<string, Variable>();
        Variable Find(string name)
        {
            if (!variables.TryGetValue(name, out Variable? variable))
            {
                variables[name] = variable = tape.Input(Input(name));
            }

            return variable;
        }

        Variable value = loss(tape, Find);
        Output("loss", value.Value);
        var targets = new GradientTargets();
        foreach (string name in _case.GradientNames)
        {
            targets.Add(Find(name), GradientOf(name, Find(name)));
        }

        tape.Backward(value, targets);
    }

    public void Dispose() => Scope.Dispose();
}
