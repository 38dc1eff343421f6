using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class PictureTests
{
    [Test]
    public void A_png_file_gives_back_every_pixel()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.png");
        Tensor image = scope.From<float>([2, 3], [0, 1, 2, 3, -4, 8]);
        Picture picture = Picture.Grid([Picture.Magnitude(image, white: 4, zoom: 2), Picture.Magnitude(image, white: 4, ColourMap.Heat, zoom: 2)], 1);
        PngFile.Write(path, picture);
        Picture back = PngFile.Read(path);
        Assert.That((back.Rows, back.Columns), Is.EqualTo((10, 6)));
        for (int row = 0; row < back.Rows; row++)
        {
            for (int column = 0; column < back.Columns; column++)
            {
                Assert.That(back[row, column].ToArray(), Is.EqualTo(picture[row, column].ToArray()));
            }
        }

        Assert.That(back[0, 2].ToArray(), Is.EqualTo(new byte[] { 64, 64, 64 }), "1/4 of white");
        Assert.That(back[2, 3].ToArray(), Is.EqualTo(new byte[] { 255, 255, 255 }), "magnitude of -4");
        Assert.That(back[2, 5].ToArray(), Is.EqualTo(new byte[] { 255, 255, 255 }), "clipped");
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void A_file_that_is_no_picture_is_refused()
    {
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.png");
        File.WriteAllText(path, "hello, this is not a picture");
        Assert.That(() => PngFile.Read(path), Throws.TypeOf<InputException>().With.Message.Contains("a.png"));
        Directory.Delete(folder, recursive: true);
    }
}
