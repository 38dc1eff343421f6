namespace Stardeq.Autodiff;

/// <summary>Which values the rules of an operation read when a tape is swept; only these need to outlive the forward pass.</summary>
[Flags]
public enum Reads
{
    /// <summary>None: the rules know types and shapes alone.</summary>
    None = 0,

    /// <summary>Values of inputs.</summary>
    Inputs = 1,

    /// <summary>The value of the output.</summary>
    Output = 2,
}
