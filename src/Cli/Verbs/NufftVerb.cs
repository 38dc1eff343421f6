using CommandLine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>nufft</c>.</summary>
internal sealed class NufftOptions : NufftChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--trajectory t.npy --image x.npy --out y.npy",
        "--trajectory t.npy --kspace y.npy --adjoint --size 256,256 --out x.npy",
    ];

    [Option("out", Required = true, MetaValue = "FILE", HelpText = "Result.")]
    public string Out { get; set; } = "";
}

/// <summary>Applies a NUFFT or its adjoint to a file.</summary>
internal static class NufftVerb
{
    public static ExitCode Run(NufftOptions options, CommandContext context)
    {
        NufftOutcome outcome = NufftFile.Run(options.Request(options.Out), context.OpenDevice(options));
        context.Terminal.Out.WriteLine($"{options.Out}: {outcome.Result}, predicted relative error {outcome.PredictedError:0.0e+0}");
        return ExitCode.Done;
    }
}
