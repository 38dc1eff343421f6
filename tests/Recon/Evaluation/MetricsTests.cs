using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class MetricsTests
{
    [Test]
    public void All_metrics_are_those_of_the_reference()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case("metrics", scope);
        Tensor prediction = reference["in.prediction"].AsComplex(), truth = reference["in.reference"].AsComplex();
        ImageMetrics metrics = Metrics.Compare(prediction, truth);
        const double tolerance = 1e-10; // that of the case
        Assert.That(metrics.Mse, Is.EqualTo(reference["out.mse"].Item()).Within(tolerance).Percent);
        Assert.That(metrics.Nmse, Is.EqualTo(reference["out.nmse"].Item()).Within(100 * tolerance).Percent);
        Assert.That(metrics.Psnr, Is.EqualTo(reference["out.psnr"].Item()).Within(100 * tolerance).Percent);
        Assert.That(metrics.Ssim, Is.EqualTo(reference["out.ssim"].Item()).Within(100 * tolerance).Percent);
        Assert.That(metrics.SsimSlices, Is.EqualTo(reference["out.ssim_slices"].ToArray<double>()).Within(tolerance));
        double range = Magnitudes.Of(truth).Max();
        double[] map = [.. Enumerable.Range(0, 2).SelectMany(z => Metrics.SsimMap(Magnitudes.Of(prediction.Slice(z)), Magnitudes.Of(truth.Slice(z)), 24, 20, range))];
        Assert.That(Fixtures.RelativeError(map, reference["out.ssim_map"].ToArray<double>()), Is.LessThan(tolerance));
    }

    [Test]
    public void A_hand_computed_case_agrees()
    {
        // Reference 1 everywhere, prediction 1.5: MSE 1/4, range 1, PSNR 10 log10(4); constant windows have no variance,
        // so SSIM = (2 a b + c1)/(a² + b² + c1) with c1 = 1e-4.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor reference = scope.From<float>([8, 8], [.. Enumerable.Repeat(-1f, 64)]);
        Tensor prediction = scope.From<float>([8, 8], [.. Enumerable.Repeat(1.5f, 64)]);
        ImageMetrics metrics = Metrics.Compare(prediction, reference);
        Assert.That(metrics.Mse, Is.EqualTo(0.25));
        Assert.That(metrics.Nmse, Is.EqualTo(0.25));
        Assert.That(metrics.Psnr, Is.EqualTo(10 * Math.Log10(4)).Within(1e-12));
        Assert.That(metrics.Ssim, Is.EqualTo(3.0001 / 3.2501).Within(1e-9)); // variances cancel to rounding, over c2 = 9e-4
    }

    [Test]
    public void Only_the_mask_counts_and_the_slice_maximum_is_each_slices_own()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(3);
        Tensor reference = scope.From<double>([2, 9, 9], [.. Enumerable.Range(0, 162).Select(i => random.Uniform(i) * (i < 81 ? 1 : 10))]);
        Tensor prediction = scope.Clone(reference);
        prediction.Span<double>()[5] += 100;
        Tensor mask = scope.From<double>([2, 9, 9], [.. Enumerable.Range(0, 162).Select(i => i == 5 ? 0.0 : 1.0)]);
        Assert.That(Metrics.Compare(prediction, reference, mask: mask).Mse, Is.Zero);
        prediction.Span<double>()[5] -= 100;
        for (int i = 0; i < 162; i++)
        {
            prediction.Span<double>()[i] *= 1.1;
        }

        // The same relative error in both slices: with their own ranges, slice by slice, the values agree exactly.
        ImageMetrics both = Metrics.Compare(prediction, reference, DataRange.SliceMaximum);
        double first = Metrics.Compare(prediction.Slice(0), reference.Slice(0)).Psnr, second = Metrics.Compare(prediction.Slice(1), reference.Slice(1)).Psnr;
        Assert.That(both.Psnr, Is.EqualTo((first + second) / 2).Within(1e-12));
    }

    [Test]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor a = scope.Zeros(DType.Float32, [8, 8]), b = scope.Zeros(DType.Float32, [8, 9]), small = scope.Zeros(DType.Float32, [6, 9]);
        Assert.That(() => Metrics.Compare(a, b), Throws.TypeOf<ShapeException>().With.Message.Contains("[8, 9]"));
        Assert.That(() => Metrics.Compare(small, small), Throws.TypeOf<ShapeException>().With.Message.Contains("7 x 7"));
    }
}
