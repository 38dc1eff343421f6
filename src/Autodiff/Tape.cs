using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Adds Jᵀȳ of one operation to the cotangents of those inputs that want one.</summary>
/// <param name="yBar">Cotangent of the output; of its type and shape. Nobody else reads it: the rule may compute in it.</param>
/// <param name="into">Where the cotangents of the inputs are written.</param>
public delegate void Pullback(Tensor yBar, Cotangents into);

/// <summary>Writes the tangent of the output of one operation, J ẋ.</summary>
/// <param name="from">Tangents of the inputs; absent ones are zero, and one at least is there.</param>
/// <param name="yDot">Overwritten; of the output's type and shape.</param>
public delegate void Pushforward(Tangents from, Tensor yDot);

/// <summary>
/// Records operations and differentiates them: reverse sweeps (<see cref="Backward(Variable, Tensor, GradientTargets)"/>) and forward sweeps
/// (<see cref="Tangent"/>), each as often as wanted with other seeds, without recomputing a value. A forgetful tape
/// computes the same values and records nothing.
/// </summary>
/// <remarks>
/// The tape owns every value made by an operation on it (ledger owner <see cref="MemoryOwner.Tape"/>) and gives all of
/// them back when disposed; earlier those that <see cref="Release(Variable, SavedAs, string)"/> names and those that
/// <see cref="BackwardAndRelease(Variable, Tensor, GradientTargets)"/> has passed. Other sweeps read recorded values and never change them, so they can be repeated. Gradients
/// follow docs/conventions.md: for complex values ∂L/∂Re + i ∂L/∂Im.
/// </remarks>
public sealed partial class Tape : IDisposable
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<Parameter, Variable> _parameters = [];
    private int _variables;
    private bool _isSpent; // its values went back in a last sweep
    private bool _packs = true;

    private Tape(Device device, bool records)
    {
        Records = records;
        Values = new TensorScope(device, records ? MemoryOwner.Tape : MemoryOwner.Workspace);
    }

    /// <summary>False for a forgetful tape.</summary>
    public bool Records { get; }

    /// <summary>Device of all values.</summary>
    public Device Device => Values.Device;

    /// <summary>Number of operations recorded.</summary>
    public int Count => _nodes.Count;

    /// <summary>Owner of the values that operations on this tape make.</summary>
    public TensorScope Values { get; }

    /// <summary>A tape that can be swept.</summary>
    public static Tape Recording(Device device) => new(device, records: true);

    /// <summary>A tape that is swept as soon as it is there: its values do not wait, so that it pays to leave them as they are.</summary>
    internal static Tape Passing(Device device) => new(device, records: true) { _packs = false };

    /// <summary>A tape for values only, for example inside a solver; its operations are not recorded.</summary>
    public static Tape Forgetful(Device device) => new(device, records: false);

    /// <summary>Puts a value that somebody else owns on the tape.</summary>
    public Variable Input(Tensor value) => new(value, _variables++);

    /// <summary>Puts a parameter on the tape; the same variable each time.</summary>
    public Variable Use(Parameter parameter)
    {
        if (!_parameters.TryGetValue(parameter, out Variable? variable))
        {
            _parameters[parameter] = variable = Input(parameter.Value);
        }

        return variable;
    }

    /// <summary>Lets a variable stand for a parameter from now on, for example one that moves in a gradient check.</summary>
    /// <exception cref="InvalidOperationException">The parameter has been used on this tape before.</exception>
    public void Bind(Parameter parameter, Variable variable)
    {
        if (!_parameters.TryAdd(parameter, variable))
        {
            throw new InvalidOperationException($"bind: '{parameter.Name}' is on this tape already.");
        }
    }

    /// <summary>Called by an operation: makes its output a variable and keeps its rules.</summary>
    /// <param name="value">Output, made in <see cref="Values"/>.</param>
    /// <param name="inputs">Variables that the output depends on.</param>
    /// <param name="pullback">Rule of the reverse sweep.</param>
    /// <param name="pushforward">Rule of the forward sweep.</param>
    /// <param name="linearisation">Rule of <see cref="Linearise"/>; null if the operation has none.</param>
    /// <param name="reads">Values that any of the rules reads.</param>
    /// <param name="remake">Writes the output once more, for values that cost little to compute and much to keep; null to keep them.</param>
    public Variable Record(
        Tensor value,
        ReadOnlySpan<Variable> inputs,
        Pullback pullback,
        Pushforward pushforward,
        Linearisation? linearisation = null,
        Reads reads = Reads.Inputs | Reads.Output,
        Action<Tensor>? remake = null)
    {
        var output = new Variable(value, _variables++) { Remake = remake };
        if (Records)
        {
            _nodes.Add(new Node(output, inputs.ToArray(), pullback, pushforward, linearisation, reads));
            output.IsRead = reads.HasFlag(Reads.Output);
            foreach (Variable input in inputs)
            {
                input.IsRead |= reads.HasFlag(Reads.Inputs);
            }
        }

        return output;
    }

    /// <summary>
    /// Reverse sweep: adds Jᵀ·seed to each target, J the Jacobian of <paramref name="output"/> with respect to the
    /// target's variable. Operations that lead to no target are skipped, so a sweep for the input alone runs no
    /// weight-gradient kernel.
    /// </summary>
    /// <param name="output">Where the sweep starts.</param>
    /// <param name="seed">Cotangent of <paramref name="output"/>; of its type and shape.</param>
    /// <param name="targets">Variables whose gradient is wanted, with the tensors it is added to.</param>
    /// <exception cref="InvalidOperationException">The tape is forgetful.</exception>
    /// <exception cref="ShapeException">Seed or target do not have their variable's type and shape.</exception>
    public void Backward(Variable output, Tensor seed, GradientTargets targets) => Sweep(output, seed, targets, releases: false);

    /// <summary>
    /// The last reverse sweep of a tape: gives every value made before <paramref name="output"/> back as soon as the sweep has passed
    /// the operations that read it. Memory then falls while cotangents come and go. The value of <paramref name="output"/> stays.
    /// </summary>
    /// <inheritdoc cref="Backward(Variable, Tensor, GradientTargets)"/>
    public void BackwardAndRelease(Variable output, Tensor seed, GradientTargets targets) => Sweep(output, seed, targets, releases: true);

    /// <summary>Reverse sweep of a scalar: adds its gradient to each target.</summary>
    /// <param name="scalar">A single real number, usually a loss.</param>
    /// <param name="targets">Variables whose gradient is wanted, with the tensors it is added to.</param>
    public void Backward(Variable scalar, GradientTargets targets) => Sweep(scalar, targets, releases: false);

    /// <summary>The same as the last sweep of the tape: <see cref="BackwardAndRelease(Variable, Tensor, GradientTargets)"/>.</summary>
    /// <inheritdoc cref="Backward(Variable, GradientTargets)"/>
    public void BackwardAndRelease(Variable scalar, GradientTargets targets) => Sweep(scalar, targets, releases: true);

    private void Sweep(Variable output, Tensor seed, GradientTargets targets, bool releases)
    {
        RequireRecording("backward");
        RequireLike(seed, output, "backward", "seed");
        bool[] wanted = targets.Mark(_variables);
        bool[] computed = new bool[_variables];
        foreach (Node node in _nodes)
        {
            computed[node.Output.Index] = true;
            foreach (Variable input in node.Inputs)
            {
                wanted[node.Output.Index] |= wanted[input.Index];
            }
        }

        using var cotangents = new Cotangents(Device, wanted, computed, targets);
        cotangents.Seed(output, seed);
        ValueLifetimes? lifetimes = releases
            ? new(Values, _variables, _nodes.Select(node => (node.Output, node.Inputs, node.Reads)), output)
            : null;
        _isSpent = releases;
        lifetimes?.Start();
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            Node node = _nodes[i];
            if (node.Output.Index <= output.Index && cotangents.Take(node.Output) is { } yBar)
            {
                if (Array.Exists(node.Inputs, cotangents.Wants))
                {
                    using RestoredValues restored = Restore(node);
                    node.Pullback(yBar, cotangents);
                }

                cotangents.Done(node.Output);
            }

            lifetimes?.Passed(i);
        }
    }

    private void Sweep(Variable scalar, GradientTargets targets, bool releases)
    {
        using var scope = new TensorScope(Device, MemoryOwner.Workspace);
        Tensor one = scope.Like(scalar.Value);
        Fill.Run(1, one);
        Sweep(scalar, one, targets, releases);
    }

    /// <summary>Forward sweep: writes J·tangents, J the Jacobian of <paramref name="output"/>.</summary>
    /// <param name="output">Where the sweep ends.</param>
    /// <param name="seeds">Variables that move, with their tangents; all others stand still.</param>
    /// <param name="yDot">Overwritten with the tangent of <paramref name="output"/>.</param>
    /// <exception cref="InvalidOperationException">The tape is forgetful.</exception>
    /// <exception cref="ShapeException">A tangent does not have its variable's type and shape.</exception>
    public void Tangent(Variable output, IReadOnlyList<(Variable Variable, Tensor Tangent)> seeds, Tensor yDot)
    {
        RequireRecording("tangent");
        RequireLike(yDot, output, "tangent", "result");
        using var scope = new TensorScope(Device, MemoryOwner.Workspace);
        var tangents = new Tangents(_variables);
        foreach ((Variable variable, Tensor tangent) in seeds)
        {
            RequireLike(tangent, variable, "tangent", "seed");
            tangents[variable] = tangent;
        }

        foreach (Node node in _nodes)
        {
            if (node.Output.Index <= output.Index && Array.Exists(node.Inputs, input => tangents[input] is not null))
            {
                Tensor result = scope.Like(node.Output.Value);
                using RestoredValues restored = Restore(node);
                node.Pushforward(tangents, result);
                tangents[node.Output] = result;
            }
        }

        if (tangents[output] is { } final)
        {
            yDot.CopyFrom(final);
        }
        else
        {
            yDot.Clear();
        }
    }

    /// <summary>
    /// Writes J·tangents as operations on this tape, J the Jacobian of <paramref name="output"/>: a reverse sweep from the
    /// result differentiates J with respect to everything that it depends on. Where a computation is piecewise linear its
    /// pieces are held, which is the derivative almost everywhere.
    /// </summary>
    /// <remarks>One more pass of the recorded operations, without biases. Derivation: docs/derivations/jacobian-regularisation.md.</remarks>
    /// <param name="output">Where the forward sweep ends.</param>
    /// <param name="seeds">Variables that move, with their tangents; all others stand still.</param>
    /// <returns>J·tangents, of the type and shape of <paramref name="output"/>.</returns>
    /// <exception cref="InvalidOperationException">The tape is forgetful.</exception>
    /// <exception cref="NotSupportedException">An operation on the way has no rule.</exception>
    /// <exception cref="ShapeException">A tangent does not have its variable's type and shape.</exception>
    public Variable Linearise(Variable output, IReadOnlyList<(Variable Variable, Variable Tangent)> seeds) => LineariseFrom(0, output, seeds);

    /// <summary>The same for a computation that began with operation number <paramref name="first"/>.</summary>
    internal Variable LineariseFrom(int first, Variable output, IReadOnlyList<(Variable Variable, Variable Tangent)> seeds)
    {
        RequireRecording("linearise");
        var tangents = new TapedTangents(this, _variables);
        foreach ((Variable variable, Variable tangent) in seeds)
        {
            RequireLike(tangent.Value, variable, "linearise", "seed");
            tangents[variable] = tangent;
        }

        bool[] needed = LeadingTo(output);
        int recorded = _nodes.Count; // the rules add operations while we walk
        for (int i = first; i < recorded; i++)
        {
            Node node = _nodes[i];
            if (needed[node.Output.Index] && Array.Exists(node.Inputs, input => tangents[input] is not null))
            {
                Keep(node); // as inputs of further operations
                tangents[node.Output] = node.Linearise(tangents);
            }
        }

        return tangents[output] ?? tangents.Zero(output);
    }

    /// <summary>Gives all recorded values back.</summary>
    public void Dispose() => Values.Dispose();

    /// <summary>Marks of the variables that a variable was computed from, and of itself.</summary>
    private bool[] LeadingTo(Variable output)
    {
        bool[] marks = new bool[_variables];
        marks[output.Index] = true;
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            if (marks[_nodes[i].Output.Index])
            {
                foreach (Variable input in _nodes[i].Inputs)
                {
                    marks[input.Index] = true;
                }
            }
        }

        return marks;
    }

    private static void RequireLike(Tensor tensor, Variable variable, string operation, string role)
    {
        if (tensor.DType != variable.Value.DType || tensor.Shape != variable.Value.Shape)
        {
            throw new ShapeException($"{operation}: {role} is {tensor.Describe()}, its variable is {variable.Value.Describe()}.");
        }
    }

    private void RequireRecording(string operation)
    {
        if (!Records)
        {
            throw new InvalidOperationException($"{operation}: this tape records nothing; use Tape.Recording for values that are differentiated.");
        }

        if (_isSpent)
        {
            throw new InvalidOperationException($"{operation}: BackwardAndRelease was the last sweep of this tape, its values are gone; use Backward for every sweep but the last.");
        }
    }

    private sealed record Node(
        Variable Output, Variable[] Inputs, Pullback Pullback, Pushforward Pushforward, Linearisation? Linearisation, Reads Reads)
    {
        /// <summary>Variables whose values the rules read.</summary>
        public IEnumerable<Variable> Read => (Reads.HasFlag(Reads.Inputs) ? Inputs : []).Concat(Reads.HasFlag(Reads.Output) ? [Output] : []);

        public Variable Linearise(TapedTangents tangents) => Linearisation is { } rule
            ? rule(tangents)
            : throw new NotSupportedException(
                $"linearise: {Pullback.Method.DeclaringType?.DeclaringType?.Name ?? "an operation"} has no taped tangent, and an input of it moves. "
                + "Hold that input still, or give the operation a linearisation where it calls Tape.Record.");
    }
}
