namespace Stardeq.Recon;

/// <summary>
/// A file, folder or option that the user gave cannot be used. The message says what came, what was expected and what
/// to do; the command line prints it and ends with exit code 2.
/// </summary>
public sealed class InputException : Exception
{
    /// <summary>A message of the form "what came; what was expected; what to do".</summary>
    public InputException(string message)
        : base(message)
    {
    }

    /// <summary>The same, with the failure of the system behind it.</summary>
    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
