using System.Globalization;

namespace Stardeq.Tests;

/// <summary>What a kernel may use, as tests/PtxGate/budgets.txt allows it.</summary>
/// <param name="Kernel">Its name.</param>
/// <param name="Registers">Estimated registers in the float and in the double module.</param>
/// <param name="SharedBytes">Static shared memory in the float and in the double module.</param>
/// <param name="LocalBytes">Local memory of a thread, in either module.</param>
/// <param name="ReasonForDouble">Why it computes in double in the float module; empty if it must not.</param>
internal sealed record KernelBudget(string Kernel, (int Float, int Double) Registers, (int Float, int Double) SharedBytes, int LocalBytes, string ReasonForDouble)
{
    /// <summary>Environment variable; 1 lets the tests rewrite the numbers of the budget file. Reasons stay and are written by hand.</summary>
    public const string WriteVariable = "STARDEQ_WRITE_BUDGETS";

    private const string BudgetFile = "tests/PtxGate/budgets.txt";
    private const string NoDouble = "no";

    // A change of a few registers is noise of the compiler; occupancy changes in steps of eight.
    private const int RegisterStep = 8;

    /// <summary>All budgets by kernel.</summary>
    public static IReadOnlyDictionary<string, KernelBudget> Read() => Repository.Read(BudgetFile).Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#').Select(Parse).ToDictionary(budget => budget.Kernel, StringComparer.Ordinal);

    /// <summary>Replaces all budgets.</summary>
    public static void Write(IEnumerable<KernelBudget> budgets) => File.WriteAllLines(
        Path.Combine(Repository.Root, BudgetFile),
        [.. Repository.Read(BudgetFile).Split('\n').TakeWhile(line => line.StartsWith('#')), .. budgets.Select(budget => budget.ToString())]);

    /// <summary>The smallest budget that holds a kernel.</summary>
    /// <param name="inFloat">The kernel of the float module, on each architecture.</param>
    /// <param name="inDouble">The kernel of the double module, on each architecture.</param>
    /// <param name="reasonForDouble">Why it computes in double in the float module.</param>
    public static KernelBudget Of(IReadOnlyList<PtxKernel> inFloat, IReadOnlyList<PtxKernel> inDouble, string reasonForDouble) => new(
        inFloat[0].Name,
        (RoundUp(inFloat.Max(k => k.Registers)), RoundUp(inDouble.Max(k => k.Registers))),
        (inFloat.Max(k => k.SharedBytes), inDouble.Max(k => k.SharedBytes)),
        inFloat.Concat(inDouble).Max(k => k.LocalBytes),
        inFloat.Any(k => k.DoubleInstructions > 0) ? reasonForDouble : "");

    /// <summary>In what a kernel that needs <paramref name="needed"/> goes beyond this budget.</summary>
    public IEnumerable<string> Excess(KernelBudget needed)
    {
        (string What, int Needed, int Allowed)[] numbers =
        [
            ("registers in float", needed.Registers.Float, Registers.Float), ("registers in double", needed.Registers.Double, Registers.Double),
            ("bytes of shared memory in float", needed.SharedBytes.Float, SharedBytes.Float), ("bytes of shared memory in double", needed.SharedBytes.Double, SharedBytes.Double),
            ("bytes of local memory", needed.LocalBytes, LocalBytes),
        ];
        return numbers.Where(number => number.Needed > number.Allowed).Select(number => $"{number.Needed} {number.What}, allowed are {number.Allowed}")
            .Concat(needed.ReasonForDouble.Length > 0 && ReasonForDouble.Length == 0 ? ["double arithmetic in the float module"] : []);
    }

    /// <summary>The line of the budget file.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kernel,-28} {Registers.Float,5} {Registers.Double,6} {SharedBytes.Float,7} {SharedBytes.Double,7} {LocalBytes,5}  {(ReasonForDouble.Length > 0 ? ReasonForDouble : NoDouble)}");

    private static KernelBudget Parse(string line)
    {
        string[] words = line.Split(' ', 7, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] numbers = [.. words[1..6].Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        return new KernelBudget(words[0], (numbers[0], numbers[1]), (numbers[2], numbers[3]), numbers[4], words[6] == NoDouble ? "" : words[6]);
    }

    private static int RoundUp(int registers) => (registers + RegisterStep - 1) / RegisterStep * RegisterStep;
}
