using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of <c>doctor</c>.</summary>
internal sealed class DoctorOptions : DeviceOptions, IHasExamples
{
    public static IReadOnlyList<string> Examples => ["", "--device cpu --threads 1"];
}

/// <summary>Says whether program, machine and device are fit for work; 1 if not.</summary>
internal static class DoctorVerb
{
    public static ExitCode Run(DoctorOptions options, CommandContext context)
    {
        Device device = context.OpenDevice(options);
        bool isHealthy = true;
        foreach (DoctorFinding finding in Doctor.Examine(device))
        {
            isHealthy &= finding.IsHealthy;
            context.Terminal.Out.WriteLine($"{(finding.IsHealthy ? "ok  " : "FAIL")}  {finding.Name,-42} {finding.Finding}");
        }

        context.Terminal.Out.WriteLine(isHealthy ? "healthy" : "something is wrong; see the lines marked FAIL");
        return isHealthy ? ExitCode.Done : ExitCode.CheckFailed;
    }
}
