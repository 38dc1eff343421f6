using System.ComponentModel;
using System.Diagnostics;

namespace Stardeq.Compare;

/// <summary>Runs programs.</summary>
internal static class ProcessOutput
{
    /// <summary>What a program wrote to its standard output; null if it does not exist or failed, and then what it said is shown.</summary>
    /// <param name="program">File, or a name on the path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs; here if null.</param>
    public static string? Of(string program, IEnumerable<string> arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                return output;
            }

            Console.Error.WriteLine($"{program} {string.Join(' ', start.ArgumentList)}: exit code {process.ExitCode}\n{error.Result}");
            return null;
        }
        catch (Win32Exception e)
        {
            Console.Error.WriteLine($"{program}: {e.Message}");
            return null;
        }
    }

    /// <summary>Whether a name stands for a program on the path.</summary>
    public static bool Exists(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, name)));
}
