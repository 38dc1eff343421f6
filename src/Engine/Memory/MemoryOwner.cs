namespace Stardeq.Engine;

/// <summary>Who holds bytes: the first key of the ledger.</summary>
public enum MemoryOwner
{
    /// <summary>Input data that outlives a step: images, spectra, targets.</summary>
    Data,

    /// <summary>Trained parameters and their gradients.</summary>
    Parameters,

    /// <summary>State of the optimiser.</summary>
    Optimiser,

    /// <summary>Values that a tape recorded for the reverse sweep.</summary>
    Tape,

    /// <summary>Iterates and histories of iterative solvers.</summary>
    Solver,

    /// <summary>Scratch memory of a kernel or an operator.</summary>
    Workspace,

    /// <summary>Tables of transform plans.</summary>
    Plans,

    /// <summary>Results kept from one step for a later one.</summary>
    Cache,

    /// <summary>Page-locked host memory on the way to a device.</summary>
    Staging,
}
