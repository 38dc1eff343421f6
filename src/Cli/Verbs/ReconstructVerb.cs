using CommandLine;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>reconstruct</c>.</summary>
internal sealed class ReconstructOptions : ReconstructChoices, IHasExamples
{
    public static IReadOnlyList<string> Examples =>
    [
        "--kspace k.npy --trajectory t.npy --size 288,288 --method gridding --out images",
        "--kspace k.npy --trajectory t.npy --size 288,288 --method cg-sense --coils maps.npy --iterations 30 --lambda 0.001 --out images",
        "--kspace k.npy --trajectory t.npy --size 288,288 --method l1-wavelet --maps jsense --lambda 0.0002 --out images",
        "--kspace k.cfl --trajectory t.cfl --size 288,288 --checkpoint runs/x/checkpoint.safetensors --out images",
        "--kspace scan.h5 --method cg-sense --maps espirit --out images",
        "--data dataset --checkpoint runs/x/checkpoint.safetensors --out images",
        "--data dataset --split test --method cg-sense --pattern equiangular --acceleration 4 --out images",
    ];

    [Option("out", Required = true, MetaValue = "DIR", HelpText = "Folder of image.npy, pictures and record.json; must not exist.")]
    public string Out { get; set; } = "";
}

/// <summary>Reconstructs images from k-space.</summary>
internal static class ReconstructVerb
{
    public static ExitCode Run(ReconstructOptions options, CommandContext context)
    {
        ReconstructionRequest request = options.Request(context.Arguments);
        request.Validate();
        Device device = context.OpenDevice(options);
        IReadOnlyList<string> lines = context.WithProgress(progress =>
            ReconstructionRun.Write(options.Out, request, device, progress, context.StopToken()));
        context.Terminal.Out.WriteLine($"{options.Out}: {string.Join($"{Environment.NewLine}  ", lines)}");
        return ExitCode.Done;
    }
}
