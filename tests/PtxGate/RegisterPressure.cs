using System.Numerics;

namespace Stardeq.Tests;

/// <summary>
/// How many 32-bit registers hold values that are still needed, at the worst place of a kernel. PTX has registers without
/// end; ptxas maps them to real ones, in an order of instructions of its own. The number is therefore an estimate: good to
/// see a kernel grow, not a promise of what ptxas will take.
/// </summary>
internal static class RegisterPressure
{
    /// <summary>The estimate. Predicates have a file of their own and count nothing.</summary>
    public static int Of(IReadOnlyList<PtxInstruction> instructions, IReadOnlyDictionary<string, int> labels)
    {
        Dictionary<string, int> numbers = Numbers(instructions);
        int[] widths = [.. numbers.Keys.Select(WidthOf)];
        ulong[][] writes = [.. instructions.Select(i => Set(i.Writes, numbers))], reads = [.. instructions.Select(i => Set(i.Reads, numbers))];
        int[][] next = [.. instructions.Select((instruction, index) => Successors(instruction, index, instructions.Count, labels))];
        ulong[][] before = [.. instructions.Select(_ => new ulong[Words(numbers.Count)])], after = [.. instructions.Select(_ => new ulong[Words(numbers.Count)])];
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = instructions.Count - 1; i >= 0; i--)
            {
                changed |= Update(before[i], after[i], writes[i], reads[i], [.. next[i].Select(n => before[n])]);
            }
        }

        int most = 0;
        for (int i = 0; i < instructions.Count; i++)
        {
            most = Math.Max(most, Math.Max(Sum(before[i], [], widths), Sum(after[i], writes[i], widths)));
        }

        return most;
    }

    /// <summary>32-bit registers of a PTX register, by the letters with which compilers name them: %p predicate,
    /// %r, %f, %rs at most 32 bits, %rd, %fd 64 bits, %rq 128 bits.</summary>
    private static int WidthOf(string register) => register[1..].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') switch
    {
        "p" => 0,
        "rd" or "fd" => 2,
        "rq" => 4,
        _ => 1,
    };

    private static Dictionary<string, int> Numbers(IReadOnlyList<PtxInstruction> instructions)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string register in instructions.SelectMany(i => i.Writes.Concat(i.Reads)))
        {
            numbers.TryAdd(register, numbers.Count);
        }

        return numbers;
    }

    private static int[] Successors(PtxInstruction instruction, int index, int count, IReadOnlyDictionary<string, int> labels) =>
        [.. instruction.Targets.Select(target => labels[target]).Concat(instruction.FallsThrough ? [index + 1] : []).Where(n => n < count)];

    /// <summary>Needed before = read here, or needed after and not written here.</summary>
    private static bool Update(ulong[] before, ulong[] after, ulong[] writes, ulong[] reads, ulong[][] beforeOfNext)
    {
        bool changed = false;
        for (int w = 0; w < before.Length; w++)
        {
            foreach (ulong[] following in beforeOfNext)
            {
                after[w] |= following[w];
            }

            ulong needed = reads[w] | (after[w] & ~writes[w]);
            changed |= needed != before[w];
            before[w] = needed;
        }

        return changed;
    }

    private static int Sum(ulong[] set, ulong[] also, int[] widths)
    {
        int sum = 0;
        for (int w = 0; w < set.Length; w++)
        {
            for (ulong bits = set[w] | (also.Length > 0 ? also[w] : 0); bits != 0; bits &= bits - 1)
            {
                sum += widths[(64 * w) + BitOperations.TrailingZeroCount(bits)];
            }
        }

        return sum;
    }

    private static ulong[] Set(IReadOnlyList<string> registers, Dictionary<string, int> numbers)
    {
        var set = new ulong[Words(numbers.Count)];
        foreach (string register in registers)
        {
            set[numbers[register] / 64] |= 1UL << (numbers[register] % 64);
        }

        return set;
    }

    private static int Words(int count) => (count + 63) / 64;
}
