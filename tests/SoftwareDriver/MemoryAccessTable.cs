using System.Globalization;
using System.Text;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>What the warps of one source line of a kernel do to memory.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Line">Number of the line in kernels.cu.</param>
/// <param name="Text">The line.</param>
/// <param name="Space">"global" or "shared".</param>
/// <param name="Requests">Accesses of warps that were looked at.</param>
/// <param name="Touched">Sectors of 32 bytes that the accesses touch, each on its own.</param>
/// <param name="Needed">Sectors that their bytes would fill.</param>
/// <param name="Fetched">Sectors that the line brings into the warp's share of the first-level cache.</param>
/// <param name="Used">Words of those sectors that the warp uses while they are there.</param>
/// <param name="Ways">Turns that the banks of shared memory take, summed over the requests; a request without conflict takes one.</param>
internal sealed record LineAccess(string Kernel, int Line, string Text, string Space, long Requests, long Touched, long Needed, long Fetched, long Used, long Ways)
{
    private const int WordsOfSector = 8;

    private const int SectorsOfSmallAccess = 2; // single values, tails and what all lanes share: nothing to gain

    /// <summary>
    /// Bytes fetched for each one used, or turns of the banks. A line that finds all it needs in the cache costs 1, and so does
    /// one whose accesses touch two sectors at most.
    /// </summary>
    public double Cost => Space == "shared" ? (double)Ways / Requests : Used == 0 || Touched <= SectorsOfSmallAccess * Requests ? 1 : (double)(Fetched * WordsOfSector) / Used;

    /// <summary>Sectors touched for each one that an access on its own needs.</summary>
    public double Spread => (double)Touched / Needed;
}

/// <summary>The table of memory accesses: measured, written, compared with what is allowed.</summary>
internal static class MemoryAccessTable
{
    private const string FirstKernelSection = "// 2  elementwise"; // what stands before it serves all kernels

    private static readonly string[] Source = KernelSource.Text.Split('\n');
    private static readonly int FirstOwnLine = Array.FindIndex(Source, line => line.StartsWith(FirstKernelSection, StringComparison.Ordinal)) + 1;

    /// <summary>Rows from the lines of the profile, ordered by kernel and line.</summary>
    public static IReadOnlyList<LineAccess> Read(IEnumerable<string> profile) =>
        [.. profile.Select(Parse).GroupBy(row => (row.Kernel, row.Line, row.Space)).Select(group => group.First() with
        {
            Requests = group.Sum(row => row.Requests),
            Touched = group.Sum(row => row.Touched),
            Needed = group.Sum(row => row.Needed),
            Fetched = group.Sum(row => row.Fetched),
            Used = group.Sum(row => row.Used),
            Ways = group.Sum(row => row.Ways),
        }).OrderBy(row => row.Kernel, StringComparer.Ordinal).ThenBy(row => row.Line).ThenBy(row => row.Space, StringComparer.Ordinal)];

    /// <summary>The table as a page for docs/results.</summary>
    public static string Markdown(IReadOnlyList<LineAccess> rows)
    {
        var page = new StringBuilder("""
            # Memory accesses of the CUDA kernels

            Counted on the software driver (`tests/CudaEmulator`), not measured on a GPU: for the first warp of the first and of the middle
            block of every launch of `tests/SoftwareDriver/KernelSuite.cs` in float, on small shapes that fill warps and tiles.

            - *fetched / used*: bytes that the warp brings into its share of the first-level cache (2 KB, 64 sectors of 32 bytes, the least
              recently used leaves) for each byte that it then uses. 1.00 is perfect; accesses of at most two sectors count as perfect.
            - *touched / needed*: the same for each access on its own, without a cache: above 1 the load and store units take more turns,
              and memory moves no more if the column before is 1. Vectors (`load4`, complex elements) count as one access.
            - *bank turns*: turns that an access to shared memory takes; 1.00 is free of conflicts.

            Written by `STARDEQ_WRITE_TABLES=1 dotnet test tests -c Release --filter MemoryAccess`.

            | kernel | source line | memory | accesses | fetched / used | touched / needed | bank turns |
            |---|---|---|---:|---:|---:|---:|

            """);
        foreach (LineAccess row in rows)
        {
            string code = row.Text.Replace("|", "\\|", StringComparison.Ordinal);
            page.AppendLine(row.Space == "global"
                ? FormattableString.Invariant($"| {row.Kernel} | `{code}` | global | {row.Requests} | {row.Cost:0.00} | {row.Spread:0.00} | |")
                : FormattableString.Invariant($"| {row.Kernel} | `{code}` | shared | {row.Requests} | | | {row.Cost:0.00} |"));
        }

        return page.ToString();
    }

    // kernel, "function:line function:line" from the innermost function on, space, requests, touched, needed, ways, fetched, used.
    private static LineAccess Parse(string text)
    {
        string[] fields = text.Split('\t');
        int[] lines = [.. fields[1].Split(' ').Select(frame => int.Parse(frame[(frame.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture))];
        int line = lines.FirstOrDefault(number => number > FirstOwnLine, lines[0]);
        long[] numbers = [.. fields[3..].Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        return new LineAccess(fields[0], line, Source[line - 1].Trim(), fields[2], numbers[0], numbers[1], numbers[2], numbers[4], numbers[5], numbers[3]);
    }
}
