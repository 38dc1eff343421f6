using System.Text.RegularExpressions;

namespace Stardeq.Engine;

/// <summary>Type of a kernel parameter, as the rules of kernels.cu allow it.</summary>
public enum ParameterKind
{
    /// <summary>Pointer to scalars of the module's precision.</summary>
    RealPointer,

    /// <summary>Pointer to complex numbers of the module's precision.</summary>
    ComplexPointer,

    /// <summary>Pointer to double, in either module.</summary>
    DoublePointer,

    /// <summary>Pointer to int.</summary>
    IntPointer,

    /// <summary>A scalar of the module's precision.</summary>
    Real,

    /// <summary>A double, in either module.</summary>
    Double,

    /// <summary>A 32-bit integer.</summary>
    Int,

    /// <summary>A 64-bit integer: index_t.</summary>
    Index,

    /// <summary>A 64-bit unsigned integer.</summary>
    Unsigned,
}

/// <summary>One parameter of a kernel.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Name">Its name in kernels.cu.</param>
public readonly record struct KernelParameter(ParameterKind Kind, string Name)
{
    /// <summary>True for the four pointer kinds.</summary>
    public bool IsPointer => Kind <= ParameterKind.IntPointer;
}

/// <summary>Name and parameters of a kernel, read from its line in kernels.cu.</summary>
/// <param name="Name">Name of the kernel.</param>
/// <param name="Parameters">Its parameters in order.</param>
public sealed partial record KernelSignature(string Name, IReadOnlyList<KernelParameter> Parameters)
{
    /// <summary>All kernels of a source text.</summary>
    /// <exception cref="DeviceException">A parameter has a type that the rules of kernels.cu do not allow.</exception>
    public static IReadOnlyDictionary<string, KernelSignature> Parse(string source)
    {
        string code = Comment().Replace(source, " ");
        return Kernel().Matches(code).Select(match => new KernelSignature(
                match.Groups["name"].Value,
                [.. match.Groups["parameters"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => ParseParameter(match.Groups["name"].Value, p))]))
            .ToDictionary(signature => signature.Name, StringComparer.Ordinal);
    }

    private static KernelParameter ParseParameter(string kernel, string text)
    {
        string[] words = Word().Matches(text).Select(word => word.Value).Where(word => word is not ("const" or "__restrict__")).ToArray();
        string type = string.Join(' ', words[..^1]);
        return new KernelParameter(type switch
        {
            "real *" or "vec4 *" => ParameterKind.RealPointer,
            "cplx *" => ParameterKind.ComplexPointer,
            "double *" => ParameterKind.DoublePointer,
            "int *" => ParameterKind.IntPointer,
            "real" => ParameterKind.Real,
            "double" => ParameterKind.Double,
            "int" => ParameterKind.Int,
            "index_t" => ParameterKind.Index,
            "unsigned long long" => ParameterKind.Unsigned,
            _ => throw new DeviceException($"kernels.cu: parameter '{text.Trim()}' of {kernel} has a type that is not allowed; see the rules at its top."),
        }, words[^1]);
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b__global__\s+void\s+(__launch_bounds__\s*\([^)]*\)\s*)?(?<name>\w+)\s*\((?<parameters>[^)]*)\)", RegexOptions.Singleline)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"\w+|\*")]
    private static partial Regex Word();
}
