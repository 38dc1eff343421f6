using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class ImageNormTests
{
    [TestCase(ImageNorm.L2, "l2")]
    [TestCase(ImageNorm.Rms, "rms")]
    [TestCase(ImageNorm.Max, "max")]
    [TestCase(ImageNorm.P999, "p99.9")]
    public void Every_norm_is_that_of_the_reference(ImageNorm norm, string name)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case("image_norms", scope);
        double expected = reference[$"out.{name}"].Item();
        Assert.That(ImageNorms.Of(reference["in.x"].AsComplex(), norm), Is.EqualTo(expected).Within(1e-13 * expected)); // tolerance of the case
    }
}
