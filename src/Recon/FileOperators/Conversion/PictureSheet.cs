using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Images as one picture.</summary>
internal static class PictureSheet
{
    private const int MostPixels = 1 << 26; // 256 MB of colours while the picture is encoded

    /// <summary>Draws all images side by side, in rows as long as they are many, white at the 99.9th percentile.</summary>
    /// <param name="path">Destination.</param>
    /// <param name="images">[image, z, y, x] float32.</param>
    /// <exception cref="InputException">More pixels than a picture should have, values that are not finite, or writing failed.</exception>
    public static void Write(string path, Tensor images)
    {
        ArrayFile.RequireFinite(images, path);
        if (images.Count > MostPixels)
        {
            throw new InputException($"'{path}' would be a picture of {images.Count:N0} pixels; at most {MostPixels:N0} were expected. Convert fewer images.");
        }

        Tensor flat = images.Reshape([images.Shape[0] * images.Shape[1], images.Shape[2], images.Shape[3]]);
        double white = ImageNorms.Of(flat, ImageNorm.P999);
        Picture[] tiles = [.. Enumerable.Range(0, flat.Shape[0]).Select(i => Picture.Magnitude(flat.Slice(i), white))];
        PngFile.Write(path, Picture.Grid(tiles, (int)Math.Ceiling(Math.Sqrt(tiles.Length))));
    }
}
