using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class BlockListTests
{
    [Test]
    public void Entries_come_back_in_the_order_in_which_they_were_added()
    {
        int[] values = [.. Enumerable.Range(0, 1500)]; // more than two blocks
        var list = new BlockList<int>();
        Assert.That(list, Is.Empty);
        foreach (int value in values)
        {
            list.Add(value);
        }

        Assert.That(list, Is.EqualTo(values));
        Assert.That((list[0], list[511], list[512], list[1499], list.Count), Is.EqualTo((0, 511, 512, 1499, 1500)));
        Assert.That(() => list[1500], Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
