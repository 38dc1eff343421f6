using Stardeq.Compare;

const string usage = """
    usage: stardeq-compare [--stardeq PROGRAM] [--torch PROGRAM] [--finufft PROGRAM] [--rounds N] [--markdown FILE]
             runs stardeq, libtorch, FINUFFT and BART in turn on the same work and prints the ratios of their times
               --stardeq PROGRAM   the program; that of this checkout if not given (build src/Cli in Release first)
               --torch PROGRAM     prints libtorch's times (benchmarks/compare/README.md); figures are quoted if not given
               --finufft PROGRAM   prints FINUFFT's times (made from finufft_times.cpp); figures are quoted if not given
               --rounds N          rounds of all programs; medians count; 3 if not given
               --markdown FILE     writes the table as Markdown too
    exit codes: 0 measured, whatever the ratios; 1 stardeq did not run; 2 wrong usage
    """;

string stardeq = "src/Cli/bin/Release/net10.0/stardeq", torch = "", finufft = "", markdown = "";
int rounds = 3;
for (int i = 0; i < args.Length; i++)
{
    string? value = i + 1 < args.Length ? args[i + 1] : null;
    switch (args[i++])
    {
        case "--stardeq" when value is not null:
            stardeq = value;
            break;
        case "--torch" when value is not null:
            torch = value;
            break;
        case "--finufft" when value is not null:
            finufft = value;
            break;
        case "--markdown" when value is not null:
            markdown = value;
            break;
        case "--rounds" when int.TryParse(value, out rounds) && rounds >= 1:
            break;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}

IReadOnlyList<ITimes> theirs = [new TorchTimes(torch), new FinufftTimes(finufft), new BartTimes()];
foreach (ITimes one in theirs.Where(one => one.ReasonToSkip is not null))
{
    Console.Error.WriteLine($"SKIPPED: {one.ReasonToSkip}");
}

var ours = new StardeqTimes(stardeq);
var table = new RatioTable();
for (int round = 1; round <= rounds; round++)
{
    Console.Error.WriteLine($"round {round} of {rounds}");
    foreach (ITimes one in theirs.Where(one => one.ReasonToSkip is null))
    {
        table.Theirs(one.Measure(round));
    }

    if (ours.Measure(round) is not { Count: > 0 } times)
    {
        Console.Error.WriteLine($"{stardeq} did not run.");
        return 1;
    }

    table.Ours(times);
}

table.Write(Console.Out);
if (markdown.Length > 0)
{
    using var file = new StreamWriter(markdown);
    table.WriteMarkdown(file);
}

return 0;
