using System.Runtime.InteropServices;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>What a verb has at hand: the terminal, the device, progress, and the wish of the user to stop.</summary>
internal sealed class CommandContext(Terminal terminal, IReadOnlyList<string> arguments) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private Device? _device;

    /// <summary>Where the program writes.</summary>
    public Terminal Terminal { get; } = terminal;

    /// <summary>Arguments of the process, for the run record.</summary>
    public IReadOnlyList<string> Arguments { get; } = arguments;

    /// <summary>Cancelled by the first Ctrl-C or SIGTERM, from the first call on: the work then leaves a checkpoint and
    /// ends. The second ends the process at once.</summary>
    public CancellationToken StopToken()
    {
        if (_signals.Count == 0)
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        }

        return _stop.Token;
    }

    /// <summary>The device that the options ask for; says in one line what <c>auto</c> took and why.</summary>
    /// <exception cref="DeviceException">There is no such device.</exception>
    /// <exception cref="InputException">The name is not that of a device.</exception>
    public Device OpenDevice(DeviceOptions options)
    {
        DeviceChoice choice = DeviceChoice.Open(options.Device, Values.AtLeast("--threads", options.Threads, 0));
        if (options.Device != "cpu")
        {
            Terminal.Error.WriteLine($"device: {choice.Description}");
        }

        if (options.Workspace is { } size)
        {
            choice.Device.WorkspaceBytes = ByteSize.Parse("--workspace", size);
        }

        return _device = choice.Device;
    }

    /// <summary>The processor with as many threads as the options ask for.</summary>
    public CpuDevice OpenProcessor(ProcessorOptions options) => DeviceChoice.Processor(Values.AtLeast("--threads", options.Threads, 0));

    /// <summary>Runs long work with a live bar on a terminal, or sparse lines elsewhere.</summary>
    public T WithProgress<T>(Func<IProgressReport, T> work) => Terminal.IsInteractive
        ? LiveProgress.Run(Terminal, work)
        : work(new PlainProgress(Terminal.Out));

    /// <summary>Gives the device back and stops listening to signals.</summary>
    public void Dispose()
    {
        (_device as IDisposable)?.Dispose();
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        if (!_stop.IsCancellationRequested)
        {
            signal.Cancel = true;
            Terminal.Error.WriteLine("stopping cleanly after this step; Ctrl-C again ends at once.");
            _stop.Cancel();
        }
    }
}
