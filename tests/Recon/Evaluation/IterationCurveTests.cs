using System.Xml.Linq;
using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class IterationCurveTests(TestDevice device)
{
    [TestCase(1, new[] { 1 })]
    [TestCase(18, new[] { 1, 2, 3, 5, 8, 12, 18 })]
    [TestCase(20, new[] { 1, 2, 3, 5, 8, 12, 18, 20 })]
    public void Limits_grow_by_half_and_end_at_the_last(int last, int[] expected) => Assert.That(IterationCurve.Spaced(last), Is.EqualTo(expected));

    [TestCase("model=ifdeq", 12, new[] { 1, 2, 3, 5, 8, 12 })]
    [TestCase("model=modl unrolls=2", null, new[] { 1, 2, 3, 4 })]
    [TestCase("model=modl unrolls=2", 3, new[] { 1, 2, 3 })]
    public void Each_point_is_the_reconstruction_with_that_many_iterations(string assignments, int? last, int[] limits)
    {
        TrainingConfig config = assignments.Split(' ').Aggregate(TinyTraining.Config with { Tolerance = 1e-12 }, ConfigKeys.Assign); // never reached in float32
        using var tiny = new TinyTraining(config, device.Device);
        using EquilibriumModel model = ModelFactory.Create(config, device.Device);
        RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(4), 0.02);
        IReadOnlyList<CurvePoint> curve = IterationCurve.Measure(model, config, IterationCurve.Limits(config, last), tiny.Validation, NoProgress.Instance, CancellationToken.None);
        Assert.That(curve.Select(point => point.Iterations), Is.EqualTo(limits));
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        foreach (CurvePoint point in curve)
        {
            Reconstruction alone = new ModelReconstructor(model, config, new InferenceOptions(point.Iterations))
                .Run(tiny.Validation, device.Device, scope, NoProgress.Instance, CancellationToken.None);
            Assert.That(point.Metrics.Psnr, Is.EqualTo(alone.Compare(config.PsnrRange).Psnr), $"{point.Iterations} iterations");
            if (alone.Solves.Count > 0)
            {
                double largest = alone.Solves.Max(solve => solve.BestResidual);
                Assert.That(point.LargestResidual, Is.EqualTo(largest).Within(1e-6 * largest), "sums of float32 squares in double");
            }
        }

        Assert.That(() => XDocument.Parse(ReportPlots.Curve(curve)), Throws.Nothing);
        Assert.That(ReportPlots.Curve(curve), Does.Contain(">PSNR<").And.Contain(">residual<").And.Contain(">iterations<"));
    }

    [Test]
    public void A_model_that_is_applied_once_has_no_iterations()
    {
        TrainingConfig unet = TinyTraining.Config with { Model = ModelKind.Unet };
        Assert.That(() => IterationCurve.Limits(unet, null), Throws.InstanceOf<InputException>().With.Message.Contains("--curve"));
        Assert.That(() => new InferenceOptions(5).Apply(unet), Throws.InstanceOf<InputException>().With.Message.Contains("--iterations"));
        TrainingConfig modl = TinyTraining.Config with { Model = ModelKind.Modl, Unrolls = 5 };
        Assert.That(new InferenceOptions(8).Name(modl), Is.EqualTo("MoDL-5, 8 applications"));
        Assert.That(new InferenceOptions(5).Name(modl), Is.EqualTo("MoDL-5"));
    }
}
