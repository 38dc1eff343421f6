using System.Globalization;
using System.Text.RegularExpressions;

namespace Stardeq.Tests;

/// <summary>One instruction of PTX.</summary>
/// <param name="Opcode">Such as ld.global.v4.f32.</param>
/// <param name="IsGuarded">Whether a predicate may skip it.</param>
/// <param name="Writes">Registers that it writes.</param>
/// <param name="Reads">Registers that it reads, the predicate among them.</param>
/// <param name="Targets">Labels it may jump to.</param>
internal sealed record PtxInstruction(string Opcode, bool IsGuarded, IReadOnlyList<string> Writes, IReadOnlyList<string> Reads, IReadOnlyList<string> Targets)
{
    /// <summary>The part before the first dot: ld, add, bra.</summary>
    public string Operation => Opcode.Split('.')[0];

    /// <summary>Whether the next instruction may follow.</summary>
    public bool FallsThrough => IsGuarded || Operation is not ("ret" or "exit" or "trap" or "bra" or "brx");

    /// <summary>Whether it computes, moves or converts numbers of 64-bit floating point.</summary>
    public bool IsDouble => Opcode.Contains(".f64", StringComparison.Ordinal);
}

/// <summary>One kernel of a PTX module.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Instructions">Its instructions in order.</param>
/// <param name="Labels">Index of the instruction after each label.</param>
/// <param name="Threads">Threads of a block at most, from __launch_bounds__; 0 if it has none.</param>
/// <param name="SharedBytes">Static shared memory of a block.</param>
/// <param name="LocalBytes">Memory of each thread for what does not fit into registers: arrays with variable indices.</param>
/// <param name="HasDynamicShared">Whether shared memory is added at launch.</param>
internal sealed record PtxKernel(
    string Name,
    IReadOnlyList<PtxInstruction> Instructions,
    IReadOnlyDictionary<string, int> Labels,
    int Threads,
    int SharedBytes,
    int LocalBytes,
    bool HasDynamicShared)
{
    /// <summary>Instructions on 64-bit floating point.</summary>
    public int DoubleInstructions => Instructions.Count(instruction => instruction.IsDouble);

    /// <summary>Divisions and remainders of 64-bit integers.</summary>
    public int WideDivisions => Instructions.Count(instruction => instruction.Opcode is "div.s64" or "div.u64" or "rem.s64" or "rem.u64");

    /// <summary>Estimate of the 32-bit registers of a thread.</summary>
    public int Registers { get; } = RegisterPressure.Of(Instructions, Labels);

    /// <summary>Loads or stores in a memory, by bytes that a thread moves at once: 16, 8, fewer.</summary>
    /// <param name="operation">ld or st.</param>
    /// <param name="memory">shared or global.</param>
    public (int Wide, int Middle, int Narrow) Accesses(string operation, string memory)
    {
        var bytes = Instructions.Where(i => i.Operation == operation && i.Opcode.Split('.').Contains(memory)).Select(i => BytesOf(i.Opcode)).ToList();
        return (bytes.Count(b => b >= 16), bytes.Count(b => b == 8), bytes.Count(b => b < 8));
    }

    private static int BytesOf(string opcode)
    {
        string[] parts = opcode.Split('.');
        int lanes = parts.Contains("v4") ? 4 : parts.Contains("v2") ? 2 : 1;
        return lanes * int.Parse(parts[^1].AsSpan(1), CultureInfo.InvariantCulture) / 8;
    }
}

/// <summary>What the static checks need to know of a PTX file.</summary>
internal sealed partial class PtxModule
{
    // Operations whose first operand is not a register that they write.
    private static readonly HashSet<string> WithoutResult =
        ["st", "red", "bra", "brx", "ret", "exit", "trap", "bar", "barrier", "membar", "fence", "call", "prefetch", "prefetchu", "cp", "nanosleep"];

    private readonly Dictionary<string, int> _sharedSymbols = new(StringComparer.Ordinal);

    private PtxModule(string text)
    {
        string code = Comment().Replace(text, "");
        foreach (Match shared in Shared().Matches(code))
        {
            _sharedSymbols[shared.Groups["name"].Value] = SizeOf(shared); // 0 for extern: its size comes with the launch
        }

        var heads = Head().Matches(code);
        Kernels = [.. heads.Where(head => head.Groups["kind"].Value == "entry").Select(head => ParseKernel(head, Body(code, head.Index + head.Length)))];
        Functions = [.. heads.Where(head => head.Groups["kind"].Value == "func").Select(head => head.Groups["name"].Value)];
    }

    /// <summary>The kernels.</summary>
    public IReadOnlyList<PtxKernel> Kernels { get; }

    /// <summary>Device functions that were not inlined. Recursive ones never are.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>Reads PTX.</summary>
    public static PtxModule Parse(string text) => new(text);

    private PtxKernel ParseKernel(Match entry, string body)
    {
        var instructions = new List<PtxInstruction>();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var tables = new Dictionary<string, string[]>(StringComparer.Ordinal);
        int local = 0;
        int[] shared = [.. _sharedSymbols.Where(symbol => Regex.IsMatch(body, $@"\b{Regex.Escape(symbol.Key)}\b")).Select(symbol => symbol.Value)];
        foreach (string statement in body.Split(';'))
        {
            string text = Labels(statement, instructions.Count, labels, out string? lastLabel);
            if (text.StartsWith(".branchtargets", StringComparison.Ordinal))
            {
                tables[lastLabel!] = [.. LabelName().Matches(text).Select(match => match.Value)];
            }
            else if (text.StartsWith('.'))
            {
                Match array = Local().Match(text);
                local += array.Success ? SizeOf(array) : 0;
            }
            else if (text.Length > 0)
            {
                instructions.Add(ParseInstruction(text, tables));
            }
        }

        int threads = Product(MaxThreads().Match(entry.Groups["directives"].Value));
        return new PtxKernel(entry.Groups["name"].Value, instructions, labels, threads, shared.Sum(), local, shared.Contains(0));
    }

    /// <summary>The text from a place behind an opening brace to the brace that closes it.</summary>
    private static string Body(string code, int start)
    {
        int end = start;
        for (int depth = 1; depth > 0; end++)
        {
            depth += code[end] == '{' ? 1 : code[end] == '}' ? -1 : 0;
        }

        return code[start..(end - 1)];
    }

    /// <summary>Takes labels and braces of scopes from the front of a statement.</summary>
    private static string Labels(string statement, int next, Dictionary<string, int> labels, out string? last)
    {
        string text = statement.Trim();
        last = null;
        for (Match front = Front().Match(text); front.Success; front = Front().Match(text))
        {
            if (front.Groups["label"] is { Success: true } label)
            {
                last = label.Value;
                labels[last] = next;
            }

            text = text[front.Length..].Trim();
        }

        return text;
    }

    private static PtxInstruction ParseInstruction(string text, Dictionary<string, string[]> tables)
    {
        Match parts = Instruction().Match(text);
        string opcode = parts.Groups["opcode"].Value, operands = parts.Groups["operands"].Value;
        string operation = opcode.Split('.')[0];
        string result = WithoutResult.Contains(operation) ? "" : Result().Match(operands).Value;
        var writes = Names(result);
        bool guarded = parts.Groups["guard"].Success;

        // A guarded instruction may leave the old value: it is needed before.
        string[] reads = [.. Names(operands[result.Length..]), .. Names(parts.Groups["guard"].Value), .. guarded ? writes : []];
        string[] targets = operation is "bra" or "brx" ? [.. LabelName().Matches(operands).SelectMany(match => tables.GetValueOrDefault(match.Value, [match.Value]))] : [];
        return new PtxInstruction(opcode, guarded, writes, reads, targets);
    }

    private static string[] Names(string text) => [.. Register().Matches(text).Select(match => match.Value)];

    private static int SizeOf(Match array)
    {
        int count = array.Groups["count"].Length == 0 ? 0 : int.Parse(array.Groups["count"].Value, CultureInfo.InvariantCulture);
        return count * int.Parse(array.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
    }

    private static int Product(Match sizes) =>
        sizes.Success ? sizes.Groups["sizes"].Value.Split(',').Aggregate(1, (product, size) => product * int.Parse(size, CultureInfo.InvariantCulture)) : 0;

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    // Of the module or of a kernel: names are those of the module in any case.
    [GeneratedRegex(@"^\s*(\.extern|\.visible|\.weak)?\s*\.shared\s+(\.align\s+\d+\s+)?\.[a-z](?<bits>\d+)\s+(?<name>[\w$]+)\s*\[(?<count>\d*)\]\s*;", RegexOptions.Multiline)]
    private static partial Regex Shared();

    // A declaration of a function ends with a semicolon instead of the brace.
    [GeneratedRegex(@"\.(?<kind>entry|func)\s+(\([^)]*\)\s*)?(?<name>[\w$]+)\s*\([^)]*\)(?<directives>[^{;]*)\{")]
    private static partial Regex Head();

    [GeneratedRegex(@"^\.local\s+(\.align\s+\d+\s+)?\.[a-z](?<bits>\d+)\s+[\w$]+\s*\[(?<count>\d*)\]")]
    private static partial Regex Local();

    [GeneratedRegex(@"\.(maxntid|reqntid)\s+(?<sizes>\d+(\s*,\s*\d+)*)")]
    private static partial Regex MaxThreads();

    [GeneratedRegex(@"^(?:[{}]|(?<label>[\w$]+)\s*:(?!:))")]
    private static partial Regex Front();

    [GeneratedRegex(@"^(?<guard>@!?%\w+\s+)?(?<opcode>[\w.]+)\s*(?<operands>.*)$", RegexOptions.Singleline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^(\{[^}]*\}|[^,]*)")]
    private static partial Regex Result();

    [GeneratedRegex(@"%[a-z]+\d+\b")]
    private static partial Regex Register();

    [GeneratedRegex(@"\$[\w$]+")]
    private static partial Regex LabelName();
}
