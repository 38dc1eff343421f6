using System.Runtime.InteropServices;

namespace Stardeq.Recon;

/// <summary>
/// A graph of operators as ONNX stores it: nodes in the order in which they run, constants, one input, one output. Values are known
/// by name.
/// </summary>
/// <remarks>Field numbers are those of onnx.proto, operators those of operator set 17.</remarks>
internal sealed class OnnxGraph
{
    private const int OperatorSet = 17, FileFormat = 8; // the format that came with operator set 17
    private const int Float = 1, Int64 = 7;

    private readonly ProtobufMessage _graph = new();
    private int _values;

    /// <summary>Adds a node.</summary>
    /// <param name="operation">Operator: <c>Conv</c>.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="attributes">Constants of the operator: float, long, long[] or string.</param>
    /// <returns>Name of its one output.</returns>
    public string Node(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string output = $"{operation.ToLowerInvariant()}_{_values++}";
        AddNode(operation, inputs, output, attributes);
        return output;
    }

    /// <summary>Adds a node whose output is that of the graph.</summary>
    public void Last(string operation, string[] inputs, string output) => AddNode(operation, inputs, output, []);

    /// <summary>Adds a constant array of single precision.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) =>
        AddConstant(name, shape, Float, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a constant list of whole numbers.</summary>
    /// <returns>Its name.</returns>
    public string Constant(ReadOnlySpan<long> values) =>
        AddConstant($"constant_{_values++}", [values.Length], Int64, MemoryMarshal.AsBytes(values));

    /// <summary>The graph as a model file.</summary>
    /// <param name="input">Name and extents of the input; a text is an extent that is free.</param>
    /// <param name="output">Name and extents of the output.</param>
    /// <param name="producer">Program and version.</param>
    /// <param name="facts">Further texts by name.</param>
    public ReadOnlySpan<byte> ToModel(
        (string Name, object[] Shape) input, (string Name, object[] Shape) output, (string Name, string Version) producer, IEnumerable<(string Name, string Text)> facts)
    {
        _graph.Add(2, "denoiser").Add(11, Value(input)).Add(12, Value(output));
        ProtobufMessage model = new ProtobufMessage().Add(1, FileFormat).Add(2, producer.Name).Add(3, producer.Version)
            .Add(7, _graph).Add(8, new ProtobufMessage().Add(1, "").Add(2, OperatorSet));
        foreach ((string name, string text) in facts)
        {
            model.Add(14, new ProtobufMessage().Add(1, name).Add(2, text));
        }

        return model.Bytes;
    }

    private static ProtobufMessage Value((string Name, object[] Shape) value)
    {
        var shape = new ProtobufMessage();
        foreach (object extent in value.Shape)
        {
            shape.Add(1, extent is string free ? new ProtobufMessage().Add(2, free) : new ProtobufMessage().Add(1, (int)extent));
        }

        var tensor = new ProtobufMessage().Add(1, Float).Add(2, shape);
        return new ProtobufMessage().Add(1, value.Name).Add(2, new ProtobufMessage().Add(1, tensor));
    }

    private static ProtobufMessage Attribute(string name, object value)
    {
        const int FloatKind = 1, WholeKind = 2, TextKind = 3, WholesKind = 7;
        ProtobufMessage attribute = new ProtobufMessage().Add(1, name);
        switch (value)
        {
            case float number:
                return attribute.Add(2, number).Add(20, FloatKind);
            case long whole:
                return attribute.Add(3, whole).Add(20, WholeKind);
            case string text:
                return attribute.Add(4, text).Add(20, TextKind);
            case long[] wholes:
                foreach (long whole in wholes)
                {
                    attribute.Add(8, whole);
                }

                return attribute.Add(20, WholesKind);
            default:
                throw new ArgumentException($"attribute {name}: {value.GetType().Name} is none of float, long, long[], string.", nameof(value));
        }
    }

    private void AddNode(string operation, string[] inputs, string output, (string Name, object Value)[] attributes)
    {
        var node = new ProtobufMessage();
        foreach (string input in inputs)
        {
            node.Add(1, input);
        }

        node.Add(2, output).Add(3, output).Add(4, operation);
        foreach ((string name, object value) in attributes)
        {
            node.Add(5, Attribute(name, value));
        }

        _graph.Add(1, node);
    }

    private string AddConstant(string name, ReadOnlySpan<int> shape, int type, ReadOnlySpan<byte> bytes)
    {
        var tensor = new ProtobufMessage();
        foreach (int extent in shape)
        {
            tensor.Add(1, extent);
        }

        _graph.Add(5, tensor.Add(2, type).Add(8, name).Add(9, bytes));
        return name;
    }
}
