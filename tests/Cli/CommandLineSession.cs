using NUnit.Framework;
using Stardeq.Cli;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Runs the command line in this process, in a temporary folder.</summary>
public abstract class CommandLineSession
{
    /// <summary>The folder of the test.</summary>
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory("stardeq-cli-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Folder, recursive: true);

    /// <summary>A file or folder of the test.</summary>
    protected string At(string name) => Path.Combine(Folder, name);

    /// <summary>Everything in the folder, relative and sorted.</summary>
    protected string[] Content() =>
        [.. Directory.EnumerateFileSystemEntries(Folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Order(StringComparer.Ordinal)];

    /// <summary>Runs a command line of words; a word that starts with @ names a file of the test.</summary>
    protected (ExitCode Code, string Out, string Error) Run(string commandLine)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] words = [.. commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.StartsWith('@') ? At(word[1..]) : word)];
        ExitCode code = CommandLineHost.Run(words, new Terminal(output, error, IsInteractive: false));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line that must succeed.</summary>
    protected string Succeed(string commandLine)
    {
        (ExitCode code, string text, string error) = Run(commandLine);
        Assert.That(code, Is.EqualTo(ExitCode.Done), $"{commandLine}: {error}");
        return text;
    }

    /// <summary>Writes an array of the test.</summary>
    protected void Write<T>(string name, Shape shape, params T[] values)
        where T : unmanaged
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ArrayFile.Write(At(name), scope.From(shape, values));
    }

    /// <summary>Reads an array of the test.</summary>
    protected Tensor Read(string name, TensorScope scope) => ArrayFile.Read(At(name), scope);
}
