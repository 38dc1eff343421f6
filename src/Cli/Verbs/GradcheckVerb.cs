using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>gradcheck</c>.</summary>
internal sealed class GradcheckOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["", "--op conv2d", "--reference cases --precision single"];

    [Option("op", MetaValue = "NAME", HelpText = "Only the operations and models whose name contains this.")]
    public string Op { get; set; } = "";

    [Option("reference", MetaValue = "PATH", HelpText = "Recompute reference cases: .safetensors files, or folders of them.")]
    public IEnumerable<string> Reference { get; set; } = [];

    [Option("precision", Default = "double", MetaValue = "NAME", HelpText = "Precision of reference cases: double or single.")]
    public string Precision { get; set; } = "double";
}

/// <summary>Checks gradients by finite differences and against the reference; 1 if one is wrong.</summary>
internal static class GradcheckVerb
{
    public static ExitCode Run(GradcheckOptions options, CommandContext context)
    {
        DType precision = Values.Choice("--precision", options.Precision, ("double", DType.Float64), ("single", DType.Float32));
        IReadOnlyList<string> cases = ReferenceCheck.Find(options.Reference);
        Device device = context.OpenDevice(options);
        return cases.Count > 0
            ? Compare(cases, device, precision, context.Terminal.Out)
            : ListChecks(SelfCheck.Run(device, options.Op), context.Terminal.Out);
    }

    private static ExitCode ListChecks(IReadOnlyList<CheckLine> lines, TextWriter writer)
    {
        foreach (CheckLine line in lines)
        {
            writer.WriteLine($"{(line.Passed ? "ok  " : "FAIL")}  {line.Name,-32} {line.Law,-44} {line.Error:0.0e+0} (<= {line.Tolerance:0.0e+0})");
        }

        int failed = lines.Count(line => !line.Passed);
        writer.WriteLine($"{lines.Count - failed} passed, {failed} failed");
        return failed == 0 ? ExitCode.Done : ExitCode.CheckFailed;
    }

    private static ExitCode Compare(IReadOnlyList<string> cases, Device device, DType precision, TextWriter writer)
    {
        int[] counts = new int[Enum.GetValues<ReferenceVerdict>().Length];
        foreach (ReferenceLine line in cases.SelectMany(path => ReferenceCheck.Run(path, device, precision)))
        {
            counts[(int)line.Verdict]++;
            string verdict = line.Verdict switch { ReferenceVerdict.Passed => "ok  ", ReferenceVerdict.Failed => "FAIL", _ => "none" };
            writer.WriteLine(line.Remark.Length > 0
                ? $"{verdict}  {line.Case,-28} {line.Tensor,-32} {line.Remark}"
                : $"{verdict}  {line.Case,-28} {line.Tensor,-32} {line.Error:0.0e+0} (<= {line.Tolerance:0.0e+0})");
        }

        int failed = counts[(int)ReferenceVerdict.Failed];
        writer.WriteLine($"{counts[(int)ReferenceVerdict.Passed]} passed, {failed} failed, {counts[(int)ReferenceVerdict.NotSupported]} not supported yet");
        return failed == 0 ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
