namespace Stardeq.Recon;

/// <summary>What the network is trained towards.</summary>
public enum TargetKind
{
    /// <summary>Aᴴ W y of all spokes, W the area of k-space per sample: the gridded, fully sampled, coil-combined image,
    /// in the amplitude of the object, which is also what Aᴴ W A x = b asks for.</summary>
    Gridding,

    /// <summary>Conjugate gradients on all spokes: sharper than gridding.</summary>
    CgSense,
}
