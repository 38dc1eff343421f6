using System.Numerics;

namespace Stardeq.Recon;

/// <summary>A <see cref="Blob"/> after a linear map of the plane, by the images of its semi-axes.</summary>
/// <param name="Source">The blob; its shape and its extent along z count.</param>
/// <param name="Centre">Centre, fields of view; z in slabs.</param>
/// <param name="FirstX">x of the first semi-axis.</param>
/// <param name="FirstY">y of the first semi-axis.</param>
/// <param name="SecondX">x of the second semi-axis.</param>
/// <param name="SecondY">y of the second semi-axis.</param>
/// <param name="Integral">Its transform at k = 0.</param>
internal readonly record struct PlacedBlob(Blob Source, Vector3D Centre, double FirstX, double FirstY, double SecondX, double SecondY, Complex Integral)
{
    /// <summary>The blob where it is.</summary>
    public static PlacedBlob At(Blob blob)
    {
        (double sine, double cosine) = Math.SinCos(blob.Tilt);
        return new PlacedBlob(
            blob, new Vector3D(blob.X, blob.Y, blob.Z), blob.A * cosine, blob.A * sine, -blob.B * sine, blob.B * cosine, blob.Amplitude * blob.Volume);
    }
}
