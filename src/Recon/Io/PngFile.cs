using BigGustave;

namespace Stardeq.Recon;

/// <summary>Pictures as PNG files, through the BigGustave package.</summary>
public static class PngFile
{
    /// <summary>Writes a picture atomically, as 8-bit RGB.</summary>
    /// <exception cref="InputException">Writing failed.</exception>
    public static void Write(string path, Picture picture)
    {
        byte[] file = Encode(picture);
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>The bytes of a PNG file, 8-bit RGB.</summary>
    public static byte[] Encode(Picture picture)
    {
        PngBuilder builder = PngBuilder.Create(picture.Columns, picture.Rows, hasAlphaChannel: false);
        for (int row = 0; row < picture.Rows; row++)
        {
            for (int column = 0; column < picture.Columns; column++)
            {
                Span<byte> pixel = picture[row, column];
                builder.SetPixel(pixel[0], pixel[1], pixel[2], column, row);
            }
        }

        using var stream = new MemoryStream();
        builder.Save(stream);
        return stream.ToArray();
    }

    /// <summary>Reads a PNG file; transparency is dropped.</summary>
    /// <exception cref="InputException">Missing or not a PNG file.</exception>
    public static Picture Read(string path)
    {
        using FileStream stream = InputFile.Open(path);
        try
        {
            return ToPicture(Png.Open(stream));
        }
        catch (Exception failure) // the package throws whatever its decoding runs into
        {
            throw new InputException($"'{path}' is damaged or not a PNG picture ({failure.Message.TrimEnd('.')}). Copy or save it again.", failure);
        }
    }

    private static Picture ToPicture(Png png)
    {
        var picture = new Picture(png.Height, png.Width);
        for (int row = 0; row < png.Height; row++)
        {
            for (int column = 0; column < png.Width; column++)
            {
                Pixel pixel = png.GetPixel(column, row);
                (picture[row, column][0], picture[row, column][1], picture[row, column][2]) = (pixel.R, pixel.G, pixel.B);
            }
        }

        return picture;
    }
}
