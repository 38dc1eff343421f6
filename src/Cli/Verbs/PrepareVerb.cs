using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>prepare</c>.</summary>
internal sealed class PrepareOptions : PrepareChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--train a.h5 b.h5 --validation c.h5 --test d.h5 --virtual-coils 12 --delays ring --out dataset",
        "--test k.npy --size 256 --order golden --noise noise.npy --slices 4,24 --out dataset",
        "--train p1=scan1.h5 p2=scan2.h5 --test p3=scan3.h5 --compression geometric --coil-energy 0.99 --maps walsh --out dataset",
        "--train a.h5 b.h5 --test c.h5 --preset small --set acceleration=8 --maps espirit --out dataset",
    ];

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of the dataset; must not exist, or be left by the same call, which then goes on.")]
    public string Out { get; set; } = "";
}

/// <summary>Makes a dataset of raw files.</summary>
internal static class PrepareVerb
{
    public static ExitCode Run(PrepareOptions options, CommandContext context)
    {
        PreparationRequest request = options.Request();
        request.Validate();
        Device device = context.OpenDevice(options);
        IReadOnlyList<string> lines = context.WithProgress(progress => PreparationRun.Write(options.Out, request, device, progress, context.StopToken()));
        context.Terminal.Out.WriteLine($"{options.Out}: {string.Join($"{Environment.NewLine}  ", lines)}");
        return ExitCode.Done;
    }
}
