namespace Stardeq.Kernels;

/// <summary>What a kernel does with the old content of its destination.</summary>
public enum WriteMode
{
    /// <summary>The destination is replaced; its old content may be undefined.</summary>
    Overwrite,

    /// <summary>The result is added to the destination.</summary>
    Add,
}
