namespace ManagedCuda.BasicTypes;

// Handles of the driver: one native word each.

/// <summary>A device.</summary>
public struct CUdevice
{
    /// <summary>The native value.</summary>
    public int Pointer;
}

/// <summary>A context.</summary>
public struct CUcontext
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>A loaded module.</summary>
public struct CUmodule
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>A kernel of a module.</summary>
public struct CUfunction
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>A stream; zero is the null stream.</summary>
public struct CUstream
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>An event.</summary>
public struct CUevent
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>A graph of work.</summary>
public struct CUgraph
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>An instantiated graph.</summary>
public struct CUgraphExec
{
    /// <summary>The native value.</summary>
    public IntPtr Pointer;
}

/// <summary>An address on a device.</summary>
public struct CUdeviceptr
{
    /// <summary>The native value.</summary>
    public SizeT Pointer;
}
