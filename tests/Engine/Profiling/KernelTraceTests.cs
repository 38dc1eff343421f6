using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Launches of a CUDA device, each with its place, time and geometry.</summary>
public sealed class KernelTraceTests
{
    [Test]
    public void A_kernel_is_seen_with_its_geometry_and_what_it_takes()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [1000]);
        using KernelTrace trace = cuda.Trace();
        cuda.Kernel("fill", DType.Float32).Grid(2).Block(128).SharedBytes(64).WithReal(1).With(x).With(x.Count).Launch();
        TracedLaunch launch = trace.Read().Single();
        Assert.That((launch.Kind, launch.Kernel, launch.Span), Is.EqualTo((LaunchKind.Kernel, "fill", (int?)null)));
        Assert.That(launch.Start, Is.GreaterThanOrEqualTo(0));
        Assert.That(launch.Microseconds, Is.GreaterThan(0));
        LaunchGeometry geometry = launch.Geometry!;
        Assert.That((geometry.Grid, geometry.Block, geometry.DynamicSharedBytes), Is.EqualTo(((2u, 1u, 1u), (128u, 1u, 1u), 64)));
        Assert.That(geometry.Registers, Is.InRange(1, 255), "what a thread can have");
        double blocks = geometry.Occupancy * cuda.ThreadsPerMultiprocessor / 128;
        Assert.That(blocks, Is.EqualTo(Math.Round(blocks)).And.InRange(1, cuda.ThreadsPerMultiprocessor / 128), "a whole number of blocks");
    }

    [Test]
    public void Libraries_graphs_and_copies_are_seen_and_belong_to_their_operations()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        if (!cuda.CanCapture)
        {
            Assert.Ignore("the driver captures no graphs");
        }

        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor z = scope.Zeros(DType.Complex64, [8, 6]), a = scope.Zeros(DType.Float32, [4, 4]), b = scope.Like(a);
        Scale.Run(2, a, b);
        using CudaGraph graph = cuda.Capture(() => Scale.Run(2, a, b));
        using SpanLog log = SpanLog.Watch(cuda);
        using KernelTrace trace = cuda.Trace();
        Fft.Forward(z, z, norm: FftNorm.None, centred: false);
        cuda.Products.Multiply(new(a, 4, 4), new(a, 4, 4), new(b, 4, 4));
        b.CopyFrom(a);
        b.Clear();
        graph.Launch();
        a.ToArray<float>();
        string? Operation(TracedLaunch launch) => launch.Span is { } span ? log.Spans[span].Kernel : null;
        Assert.That(trace.Read().Select(launch => (launch.Kind, launch.Kernel, Operation(launch))), Is.EqualTo(new (LaunchKind, string, string?)[]
        {
            (LaunchKind.Library, "cufft 8x6", "fft"),
            (LaunchKind.Library, "cublas 4x4x4", null),
            (LaunchKind.Memory, "copy", "copy"),
            (LaunchKind.Memory, "clear", "clear"),
            (LaunchKind.Graph, "graph", null),
            (LaunchKind.Memory, "copy to host", "copy to host"),
        }));
    }

    [Test]
    public void Nothing_is_captured_while_somebody_watches()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        bool before = cuda.CanCapture;
        using (SpanLog.Watch(cuda))
        {
            Assert.That(cuda.CanCapture, Is.False, "a graph would hide its operations");
        }

        Assert.That(cuda.CanCapture, Is.EqualTo(before));
    }

    [Test]
    public void Every_launch_of_the_kernels_is_part_of_an_operation()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using SpanLog log = SpanLog.Watch(cuda);
        using KernelTrace trace = cuda.Trace();
        using (var suite = new KernelSuite(cuda, DType.Float32, even: false))
        {
            suite.Run();
        }

        IReadOnlyList<TracedLaunch> launches = trace.Read();
        Assert.That(launches, Is.Not.Empty);
        Assert.That(launches.Where(launch => launch.Span is null).Select(launch => launch.Kernel).Distinct(), Is.Empty);
    }
}
