using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Checks at the door of linear operators.</summary>
internal static class OperatorShapes
{
    /// <summary>Number of arrays of shape <paramref name="inner"/> that the complex tensor holds along its leading axes.</summary>
    public static int Leading(string operation, string name, Tensor tensor, Shape inner)
    {
        Shape shape = tensor.Shape;
        if (!tensor.DType.IsComplex() || shape.Rank < inner.Rank || shape[^inner.Rank..] != inner)
        {
            throw new ShapeException(
                $"{operation}: {name} is {tensor.Describe()}; expected a complex array whose last axes are {inner}. Leading axes are a batch.");
        }

        return checked((int)(inner.Count == 0 ? 0 : shape.Count / inner.Count));
    }

    /// <summary>The common batch size of input and output, which must have one type and equal leading axes.</summary>
    public static int Batch(string operation, Tensor input, Shape domain, Tensor output, Shape range)
    {
        int batch = Leading(operation, "the input", input, domain);
        Leading(operation, "the output", output, range);
        if (input.DType != output.DType || input.Shape[..^domain.Rank] != output.Shape[..^range.Rank])
        {
            throw new ShapeException(
                $"{operation}: input {input.Describe()} and output {output.Describe()} must have one type and equal leading axes before {domain} and {range}.");
        }

        if (input.Overlaps(output))
        {
            throw new ShapeException($"{operation}: input {input.Describe()} and output {output.Describe()} overlap; give the output memory of its own.");
        }

        return batch;
    }
}
