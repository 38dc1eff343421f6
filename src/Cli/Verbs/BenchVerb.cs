using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>bench</c>.</summary>
internal sealed class BenchOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["", "--case NUFFT --threads 1", "--json bench.json"];

    [Option("case", MetaValue = "NAME", HelpText = "Only the cases whose name contains this.")]
    public string Case { get; set; } = "";

    [Option("json", MetaValue = "FILE", HelpText = "Write the numbers as JSON too.")]
    public string? Json { get; set; }

    [Option("once", HelpText = "Run each case once, to see that it works; the times mean little.")]
    public bool Once { get; set; }
}

/// <summary>Measures kernels, models and reconstructions.</summary>
internal static class BenchVerb
{
    public static ExitCode Run(BenchOptions options, CommandContext context)
    {
        BenchmarkRun.Run(
            new BenchmarkRequest { Case = options.Case, JsonPath = options.Json, Once = options.Once },
            context.OpenDevice(options),
            context.Terminal.Out);
        return ExitCode.Done;
    }
}
