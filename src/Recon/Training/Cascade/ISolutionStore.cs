namespace Stardeq.Recon;

/// <summary>Holds packed images by name, and is part of a checkpoint, which brings back the state in which it was saved.</summary>
internal interface ISolutionStore : ICheckpointPart, IDisposable
{
    /// <summary>Fills <paramref name="words"/> with the image of a name.</summary>
    /// <returns>False if there is none.</returns>
    bool TryRead(string name, int[] words);

    /// <summary>Puts an image in place of what had the name.</summary>
    void Write(string name, int[] words);

    /// <summary>Forgets all images.</summary>
    void Clear();
}
