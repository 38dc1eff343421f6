using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Slices arrive where training works, announced or not.</summary>
[TestFixtureSource(typeof(TestDevices))]
public sealed class SliceFeedTests(TestDevice tested)
{
    [Test]
    public void Every_slice_has_its_own_values_whatever_was_announced_before()
    {
        Device device = tested.Device;
        using var tiny = new TinyTraining(device: device);
        IReadOnlyList<SliceProblem> all = tiny.Training;
        using var feed = new SliceFeed(device);
        int[][] taken = [[0], [1, 2], [3], [2], [0, 1, 2, 3]];
        for (int i = 0; i < taken.Length; i++)
        {
            SliceProblem[] chosen = [.. taken[i].Select(s => all[s])];
            using StagedSlices staged = feed.Take(chosen);
            feed.Announce([.. taken[i == 1 ? 0 : (i + 1) % taken.Length].Select(s => all[s])]); // after [1, 2] the announcement is wrong
            Assert.That(staged.Slices.Select(slice => slice.Spectrum).Distinct().Count(), Is.EqualTo(1));
            for (int s = 0; s < chosen.Length; s++)
            {
                SliceProblem there = staged.Slices[s];
                Assert.That(there.B.Device, Is.EqualTo(device));
                Assert.That(there.Scale, Is.EqualTo(chosen[s].Scale));
                foreach ((Tensor arrived, Tensor sent) in new[]
                {
                    (there.B, chosen[s].B), (there.Maps, chosen[s].Maps), (there.Spectrum, chosen[s].Spectrum), (there.Support, chosen[s].Support),
                    (there.RequireTarget(), chosen[s].RequireTarget()),
                })
                {
                    Assert.That(Sample.Bits(arrived), Is.EqualTo(Sample.Bits(sent)));
                }
            }
        }
    }

    [Test]
    public void Training_gives_the_same_bits_again_and_keeps_no_slice_on_the_device()
    {
        Device device = tested.Device;
        string root = Fixtures.TemporaryFolder();
        device.Trim(); // work areas of transforms stay for the next ones, and belong to nobody's run
        long held = device.Ledger.CurrentBytes;
        try
        {
            using (var tiny = new TinyTraining(TinyTraining.Config with { Epochs = 1 }, device))
            {
                tiny.Train(Path.Combine(root, "one"));
                tiny.Train(Path.Combine(root, "two"));
            }

            Assert.That(TinyTraining.Traces(Path.Combine(root, "two")), Is.EqualTo(TinyTraining.Traces(Path.Combine(root, "one"))));
            device.Trim();
            Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(held));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
