using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class KernelSpanTests
{
    [Test]
    public void A_sequence_of_kernels_is_seen_with_the_work_of_the_definitions()
    {
        var cpu = new CpuDevice(1);
        using var scope = new TensorScope(cpu, MemoryOwner.Workspace);
        using SpanLog log = SpanLog.Watch(cpu);
        Sequence(scope);
        Assert.That(log.Spans.Where(span => span.Kernel != "clear").Select(span => (span.Kernel, span.Work)), Is.EqualTo(new[]
        {
            // 2 floating-point operations for each of 3 x 3 taps, 2 inputs, 3 outputs, 2 images of 4 x 6 pixels
            ("conv2d 3x3", new WorkCount(2 * 9 * 2 * 3 * 48, 4 * ((5 * 48) + (9 * 6)))),
            ("conv2d backward bias", new WorkCount(3 * 48, 4 * ((3 * 48) + 3))),
            ("scale", new WorkCount(2 * 3 * 48, 4 * 3 * 3 * 48)), // a product and a sum; x, and y both ways
            ("transposed conv2d", new WorkCount(2 * 3 * 2 * 4 * 48, 4 * ((3 * 48) + (2 * 4 * 48) + (3 * 2 * 4)))),
            ("fft", new WorkCount(5 * 64 * 6, 2 * 2 * 8 * 64)), // 5 n log2 n for n = 8 x 8; twice in and out
            ("dot", new WorkCount(2 * 2 * 64, 2 * 8 * 64)),
        }));
    }

    [Test]
    public void A_rehearsal_is_asked_for_the_same_work()
    {
        CpuDevice real = new(1), rehearsal = CpuDevice.Rehearsal(1);
        using TensorScope first = new(real, MemoryOwner.Workspace), second = new(rehearsal, MemoryOwner.Workspace);
        using SpanLog seen = SpanLog.Watch(real), rehearsed = SpanLog.Watch(rehearsal);
        Sequence(first);
        Sequence(second);
        Assert.That(rehearsed.Spans.Select(span => (span.Kernel, span.Work)), Is.EqualTo(seen.Spans.Select(span => (span.Kernel, span.Work))));
    }

    private static void Sequence(TensorScope scope)
    {
        Tensor x = scope.Zeros(DType.Float32, [2, 2, 4, 6]), weight = scope.Zeros(DType.Float32, [3, 2, 3, 3]), y = scope.Zeros(DType.Float32, [2, 3, 4, 6]);
        Conv2d.Forward(x, weight, null, y);
        Conv2d.BackwardBias(y, scope.Zeros(DType.Float32, [3]), WriteMode.Overwrite);
        Scale.Run(2, y, scope.Zeros(DType.Float32, y.Shape), WriteMode.Add);
        ConvTranspose2d.Forward(y, scope.Zeros(DType.Float32, [3, 2, 2, 2]), null, scope.Zeros(DType.Float32, [2, 2, 8, 12]));
        Tensor z = scope.Zeros(DType.Complex64, [8, 8]);
        Fft.Forward(z, z);
        Reduce.Dot(z, z);
    }
}
