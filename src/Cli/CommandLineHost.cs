using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Finds the verb, runs it, and turns what went wrong into one message and an exit code.</summary>
public static class CommandLineHost
{
    private const string TraceVariable = "STARDEQ_TRACE";

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">Arguments of the process.</param>
    /// <param name="terminal">Where it writes.</param>
    public static ExitCode Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        string name = arguments.Count == 0 ? "help" : arguments[0];
        switch (name)
        {
            case "help" or "--help" or "-h" when arguments.Count < 2:
                terminal.Out.Write(HelpPage.Overview());
                return arguments.Count == 0 ? ExitCode.WrongInput : ExitCode.Done;
            case "help" or "--help" or "-h":
                return Run([arguments[1], "--help"], terminal);
            case "--version":
                (string version, string? commit) = RunRecord.Program();
                terminal.Out.WriteLine(commit is null ? $"stardeq {version}" : $"stardeq {version} ({commit})");
                return ExitCode.Done;
        }

        using var context = new CommandContext(terminal, arguments);
        try
        {
            Verb verb = Verbs.All.FirstOrDefault(v => v.Name == name)
                ?? throw new InputException($"there is no verb '{name}'. {Suggestion.For(name, [.. Verbs.All.Select(v => v.Name)])}");
            return verb.Run([.. arguments.Skip(1)], context);
        }
        catch (Exception failure)
        {
            return Report(failure, Verbs.All.Any(v => v.Name == name) ? $"stardeq {name}" : "stardeq", terminal);
        }
    }

    /// <summary>Writes one message for a failure.</summary>
    internal static ExitCode Report(Exception failure, string program, Terminal terminal)
    {
        (ExitCode code, string message) = failure switch
        {
            InputException or ShapeException => (ExitCode.WrongInput, failure.Message),
            IOException or UnauthorizedAccessException => (ExitCode.WrongInput, failure.Message),
            DeviceException => (ExitCode.NoDevice, failure.Message),
            OutOfMemoryException => (ExitCode.NoDevice, "the host is out of memory. Take a smaller matrix, fewer coils or a smaller batch."),
            DivergedException => (ExitCode.Diverged, failure.Message),
            OperationCanceledException => (ExitCode.Interrupted, "stopped."),
            _ => (ExitCode.CheckFailed, $"internal error, please report it: {failure.GetType().Name}: {failure.Message} ({TraceVariable}=1 shows where.)"),
        };
        terminal.Error.WriteLine($"{program}: {message}");
        if (Environment.GetEnvironmentVariable(TraceVariable) == "1")
        {
            terminal.Error.WriteLine(failure);
        }

        return code;
    }
}
