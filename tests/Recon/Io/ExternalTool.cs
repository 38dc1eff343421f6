using System.Diagnostics;
using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>Programs of others that read and write the formats; tests that need one are skipped aloud where it is not installed.</summary>
internal static class ExternalTool
{
    /// <summary>Runs a program and returns what it wrote to its output; a failure fails the test.</summary>
    /// <param name="package">Debian package that brings the program.</param>
    /// <param name="program">Name of the program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static string Run(string package, string program, params string[] arguments)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (found is null)
        {
            Assert.Ignore($"needs the program '{program}' of the package '{package}'.");
        }

        using Process process = Process.Start(new ProcessStartInfo(found!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {output}{errors.Result}");
        return output;
    }
}
