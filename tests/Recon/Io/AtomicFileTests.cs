using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed class AtomicFileTests
{
    [Test]
    public void A_file_that_runs_out_of_space_leaves_the_old_one_and_nothing_else()
    {
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "a.txt");
        AtomicFile.WriteText(path, "old");
        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.Write("half of the new"u8);
                throw new IOException("No space left on device.");
            }),
            Throws.TypeOf<InputException>().With.Message.Contains("No space left").And.Message.Contains("free space"));
        Assert.That(File.ReadAllText(path), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_folder_that_runs_out_of_space_or_is_stopped_does_not_appear()
    {
        string folder = Fixtures.TemporaryFolder(), path = Path.Combine(folder, "result");
        foreach (Exception failure in new Exception[] { new IOException("No space left on device."), new OperationCanceledException() })
        {
            Assert.That(
                () => AtomicFile.WriteFolder(path, temporary =>
                {
                    AtomicFile.WriteText(Path.Combine(temporary, "first.txt"), "done");
                    throw failure;
                }),
                failure is IOException ? Throws.TypeOf<InputException>() : Throws.TypeOf<OperationCanceledException>());
            Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
        }
    }
}
