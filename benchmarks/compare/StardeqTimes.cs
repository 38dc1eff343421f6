using System.Text.Json;

namespace Stardeq.Compare;

/// <summary>Times of <c>stardeq bench</c>.</summary>
/// <param name="program">The program.</param>
internal sealed class StardeqTimes(string program) : ITimes
{
    public string? ReasonToSkip => null;

    public IReadOnlyDictionary<string, double> Measure(int round)
    {
        string json = Path.GetTempFileName();
        try
        {
            if (ProcessOutput.Of(program, ["bench", "--device", "cpu", "--json", json]) is null)
            {
                return new Dictionary<string, double>();
            }

            using var report = JsonDocument.Parse(File.ReadAllText(json));
            return report.RootElement.GetProperty("cases").EnumerateArray()
                .ToDictionary(one => one.GetProperty("name").GetString()!, one => one.GetProperty("median").GetDouble());
        }
        finally
        {
            File.Delete(json);
        }
    }
}
