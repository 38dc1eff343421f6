using System.Globalization;

namespace Stardeq.Compare;

/// <summary>Medians of all rounds, side by side.</summary>
internal sealed class RatioTable
{
    private readonly Dictionary<string, List<double>> _ours = [], _theirs = [];

    /// <summary>Takes the seconds of a round of ours.</summary>
    public void Ours(IReadOnlyDictionary<string, double> times) => Take(times, _ours);

    /// <summary>Takes the seconds of a round of another program.</summary>
    public void Theirs(IReadOnlyDictionary<string, double> times) => Take(times, _theirs);

    /// <summary>Aligned text.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine($"{"ms, medians",-58} {"stardeq",10} {"theirs",10} {"",-18} {"ratio",6} {"aim",6}");
        foreach ((Comparison row, double ours, double theirs, bool isMeasured) in Rows())
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Case,-58} {ours,10:0.00} {theirs,10:0.00} {Source(row, isMeasured),-18} {ours / theirs,6:0.000} {row.Aim,6:0.00}  {Verdict(row, ours / theirs)}"));
        }
    }

    /// <summary>A table of Markdown.</summary>
    public void WriteMarkdown(TextWriter output)
    {
        output.WriteLine("| case | stardeq, ms | theirs, ms | of | ratio | aim | |");
        output.WriteLine("|---|---:|---:|---|---:|---:|---|");
        foreach ((Comparison row, double ours, double theirs, bool isMeasured) in Rows())
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.Case} | {ours:0.00} | {theirs:0.00} | {Source(row, isMeasured)} | {ours / theirs:0.000} | {row.Aim:0.00} | {Verdict(row, ours / theirs)} |"));
        }
    }

    private IEnumerable<(Comparison Row, double Ours, double Theirs, bool IsMeasured)> Rows()
    {
        foreach (Comparison row in Comparison.All)
        {
            if (!_ours.TryGetValue(row.Case, out List<double>? ours))
            {
                throw new InvalidOperationException($"stardeq bench has no case '{row.Case}': program and comparison are of different versions.");
            }

            bool isMeasured = _theirs.TryGetValue(row.Case, out List<double>? theirs);
            yield return (row, 1e3 * Median(ours), isMeasured ? 1e3 * Median(theirs!) : row.Quoted, isMeasured);
        }
    }

    private static string Source(Comparison row, bool isMeasured) => isMeasured ? row.Program : $"{row.Program} (quoted)";

    private static string Verdict(Comparison row, double ratio) => ratio <= row.Aim ? "met" : "not met";

    private static double Median(List<double> values)
    {
        List<double> sorted = [.. values.Order()];
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static void Take(IReadOnlyDictionary<string, double> times, Dictionary<string, List<double>> into)
    {
        foreach ((string name, double seconds) in times)
        {
            if (!into.TryGetValue(name, out List<double>? all))
            {
                into[name] = all = [];
            }

            all.Add(seconds);
        }
    }
}
