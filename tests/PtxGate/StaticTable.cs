using System.Globalization;
using System.Text.RegularExpressions;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The table of docs/results/cuda-static.md.</summary>
internal static partial class StaticTable
{
    /// <summary>The committed document.</summary>
    public const string File = "docs/results/cuda-static.md";

    /// <summary>Environment variable; 1 lets the tests rewrite the document.</summary>
    public const string WriteVariable = "STARDEQ_WRITE_RESULTS";

    /// <summary>Kernels that have a row in a document.</summary>
    public static IEnumerable<string> Kernels(string document) => Row().Matches(document).Select(match => match.Groups["kernel"].Value).Distinct();

    /// <summary>The document.</summary>
    public static string Write(CompiledKernels compiled) => $"""
        # What the compiler makes of each kernel

        Written by `{WriteVariable}=1 dotnet test -c Release --filter FullyQualifiedName~PtxGate`; the compiler was {compiled.Compiler}.
        It compiles `kernels.cu` to PTX for {string.Join(", ", DeviceCompiler.Architectures)}, in float and in double, without a GPU and
        without a CUDA toolkit. The same test compares each kernel with `tests/PtxGate/budgets.txt` and fails above it.

        How to read it:

        - **registers** are an estimate: the most 32-bit registers whose values are still needed at one place of the PTX. ptxas
          orders and allocates for itself; `build.ps1 cuda-check` shows its numbers where a toolkit is installed. The estimate has
          not been compared with them yet.
        - **shared** is the static shared memory of a block in bytes; `+` means that the launch adds more.
        - **local** is memory for what a thread cannot keep in registers, in bytes. ptxas may add spills to it.
        - **f64** counts instructions on doubles. They run at half the rate of those on floats on V100, A100 and H100, at 1/64 on
          consumer GPUs, so that in the float module only kernels with a reason in the budget file may have any.
        - **loads** count instructions in the text, by bytes that one thread moves: 16, 8, fewer. Wide ones keep the
          memory pipeline busy with fewer instructions.
        - **occupancy** is the share of a multiprocessor's 64 warps that can be resident, by registers, static shared memory and
          threads. 100 % is no aim in itself: a kernel with much reuse in registers runs best at 25 to 50 %.
        - Calls of libdevice (exp, log, sinpi, cospi) are not seen inside.

        {Section(compiled, DType.Float32)}

        {Section(compiled, DType.Float64)}

        """;

    private static string Section(CompiledKernels compiled, DType real) => $"""
        ## {(real.IsDouble() ? "Double" : "Float")} module

        | kernel | threads | registers | shared | local | f64 | instructions | shared loads 16/8/less | global loads 16/8/less | {string.Join(" | ", Multiprocessor.All.Select(m => m.Name))} |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
        {string.Join('\n', KernelSource.Signatures.Keys.Select(kernel => Line(compiled.Variants(kernel, real))))}
        """;

    private static string Line(IReadOnlyList<PtxKernel> variants)
    {
        PtxKernel worst = variants.MaxBy(kernel => kernel.Registers)!;
        var occupancies = Multiprocessor.All.Zip(variants, (m, kernel) => m.Occupancy(kernel.Threads, kernel.Registers, kernel.SharedBytes));
        string[] cells =
        [
            $"`{worst.Name}`", Text(worst.Threads), Text(worst.Registers), Text(worst.SharedBytes) + (worst.HasDynamicShared ? " +" : ""), Text(worst.LocalBytes),
            Text(worst.DoubleInstructions), Text(worst.Instructions.Count), Text(worst.Accesses("ld", "shared")), Text(worst.Accesses("ld", "global")),
            .. occupancies.Select(o => o.ToString("0 %", CultureInfo.InvariantCulture)),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text((int Wide, int Middle, int Narrow) loads) => loads == default ? "-" : $"{loads.Wide}/{loads.Middle}/{loads.Narrow}";

    [GeneratedRegex(@"^\| `(?<kernel>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
