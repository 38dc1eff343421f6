using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>Checks at the door of a kernel. Each message names the operation, what came and what was expected.</summary>
internal static class Operands
{
    /// <summary>The tensor holds real or complex floating-point numbers.</summary>
    public static void RequireFloating(string operation, string name, Tensor tensor)
    {
        if (tensor.DType == DType.Int32)
        {
            throw new ShapeException($"{operation}: {name} is {tensor.Describe()}; a floating-point type was expected.");
        }
    }

    /// <summary>The tensor holds float32 or float64.</summary>
    public static void RequireReal(string operation, string name, Tensor tensor)
    {
        if (tensor.DType is not (DType.Float32 or DType.Float64))
        {
            throw new ShapeException($"{operation}: {name} is {tensor.Describe()}; float32 or float64 was expected. Use a real view or Cast.");
        }
    }

    /// <summary>The tensor holds complex64 or complex128.</summary>
    public static void RequireComplex(string operation, string name, Tensor tensor)
    {
        if (!tensor.DType.IsComplex())
        {
            throw new ShapeException($"{operation}: {name} is {tensor.Describe()}; complex64 or complex128 was expected.");
        }
    }

    /// <summary>The tensor has the given number of axes.</summary>
    public static void RequireRank(string operation, string name, Tensor tensor, int rank, string axes)
    {
        if (tensor.Shape.Rank != rank)
        {
            throw new ShapeException($"{operation}: {name} is {tensor.Describe()}; {rank} axes {axes} were expected.");
        }
    }

    /// <summary>The tensor has exactly this type, shape and device.</summary>
    public static void Require(string operation, string name, Tensor tensor, DType type, Shape shape, Device device)
    {
        if (tensor.DType != type || tensor.Shape != shape)
        {
            throw new ShapeException($"{operation}: {name} is {tensor.Describe()}; {type.Name()} {shape} was expected.");
        }

        if (!ReferenceEquals(tensor.Device, device))
        {
            throw new ShapeException($"{operation}: {name} is on {tensor.Device}, the other operands on {device}; copy it there first.");
        }
    }

    /// <summary>Type, shape and device of <paramref name="tensor"/> are those of <paramref name="model"/>.</summary>
    public static void RequireLike(string operation, string name, Tensor tensor, Tensor model) =>
        Require(operation, name, tensor, model.DType, model.Shape, model.Device);

    /// <summary>Input and output share no byte.</summary>
    public static void RequireApart(string operation, string inputName, Tensor input, string outputName, Tensor output)
    {
        if (input.Overlaps(output))
        {
            throw new ShapeException($"{operation}: {inputName} and {outputName} ({output.Describe()}) share memory; give the output memory of its own.");
        }
    }

    /// <summary>Input and output of one type and shape share all bytes or none.</summary>
    public static void RequireSameOrApart(string operation, string inputName, Tensor input, string outputName, Tensor output)
    {
        if (input.Overlaps(output) && !First(input).Overlaps(First(output)))
        {
            throw new ShapeException($"{operation}: {inputName} and {outputName} ({output.Describe()}) overlap in part; they may be the same memory or separate.");
        }
    }

    private static Tensor First(Tensor tensor) => tensor.Reshape([checked((int)tensor.Count)]).Slice(0, 1);
}
