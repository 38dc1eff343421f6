using System.Text.RegularExpressions;

namespace Stardeq.Tests;

/// <summary>Rules of kernels.cu that no compiler enforces, or that NVRTC would enforce only on a machine with a GPU.</summary>
internal static partial class DeviceRules
{
    /// <summary>Static shared memory of a block; more is possible only at launch, on request.</summary>
    public const int MaximumSharedBytes = 48 * 1024;

    // Kernels that find their pixels by dividing 64-bit indices, for tiles that they work on for long.
    private const string MayDivide = "conv2d_";

    /// <summary>What is wrong with a source text.</summary>
    public static IEnumerable<string> Violations(string source) =>
        Include().Matches(Comment().Replace(source, "")).Select(match => $"'{match.Value.Trim()}': NVRTC has no headers");

    /// <summary>What is wrong with a compiled module.</summary>
    public static IEnumerable<string> Violations(PtxModule module)
    {
        foreach (string function in module.Functions)
        {
            yield return $"{function} is recursive or not inlined: its registers and its stack are not counted";
        }

        foreach (PtxKernel kernel in module.Kernels)
        {
            if (kernel.Threads == 0)
            {
                yield return $"{kernel.Name} has no __launch_bounds__";
            }

            if (kernel.SharedBytes > MaximumSharedBytes)
            {
                yield return $"{kernel.Name} has {kernel.SharedBytes} bytes of static shared memory, allowed are {MaximumSharedBytes}";
            }

            if (kernel.WideDivisions > 0 && !kernel.Name.StartsWith(MayDivide, StringComparison.Ordinal))
            {
                yield return $"{kernel.Name} divides 64-bit integers, some 70 to 100 instructions each: take rows and columns from the grid";
            }
        }
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^[ \t]*#[ \t]*(include|import)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Include();
}
