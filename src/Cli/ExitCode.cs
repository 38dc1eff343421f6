namespace Stardeq.Cli;

/// <summary>What the process returns.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>A check failed.</summary>
    CheckFailed = 1,

    /// <summary>Wrong usage or input.</summary>
    WrongInput = 2,

    /// <summary>There is no such device, or it is out of memory.</summary>
    NoDevice = 3,

    /// <summary>Diverged and could not recover.</summary>
    Diverged = 4,

    /// <summary>Stopped by the user; what was asked to stop cleanly has done so.</summary>
    Interrupted = 130,
}
