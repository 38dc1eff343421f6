namespace Stardeq.Engine;

/// <summary>Shapes or element types do not fit. The message names the operation, what came and what was expected.</summary>
public sealed class ShapeException : ArgumentException
{
    /// <summary>A message of the form "operation: what came; what was expected".</summary>
    public ShapeException(string message)
        : base(message)
    {
    }
}

/// <summary>A device is absent, out of memory, or cannot do what was asked.</summary>
public class DeviceException : Exception
{
    /// <summary>What was asked of which device, and what to do about it.</summary>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>The same, said better by somebody who knows more.</summary>
    public DeviceException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
