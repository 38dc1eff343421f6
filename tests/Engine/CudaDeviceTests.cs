using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>What a CUDA device does with memory, kernels and mistakes, on the software driver.</summary>
public sealed class CudaDeviceTests
{
    [Test]
    public void Values_go_to_the_device_and_come_back()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.From([3, 2], [1f, 2, 3, 4, 5, 6]), y = scope.Zeros(DType.Float32, [3, 2]);
        y.Slice(1, 2).CopyFrom(x.Slice(0, 2));
        Assert.That(y.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 1, 2, 3, 4 }));
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor copy = host.Like(x);
        copy.CopyFrom(x);
        Assert.That(copy.ToArray<float>(), Is.EqualTo(x.ToArray<float>()));
        Assert.That(() => x.Span<float>(), Throws.TypeOf<DeviceException>().With.Message.Contains("cannot be read in place"));
    }

    [Test]
    public void A_kernel_runs_in_both_precisions([Values(DType.Float32, DType.Float64)] DType type)
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [1000], 1), y = scope.Like(x);
        Scale.Run(0.5, x, y);
        Assert.That(Sample.Scalars(y), Is.EqualTo(Sample.Scalars(x).Select(v => v * 0.5)));
    }

    [Test]
    public void A_wrong_argument_is_refused_by_name()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = scope.New(DType.Float32, [4]), wide = scope.New(DType.Float64, [4]), other = host.New(DType.Float32, [4]);
        Assert.That(() => cuda.Kernel("fft_roll", x.DType).With(x), Throws.TypeOf<DeviceException>().With.Message.Contains("ComplexPointer").And.Message.Contains("float32 [4]"));
        Assert.That(() => cuda.Kernel("toeplitz_multiply", x.DType).With(scope.New(DType.Complex64, [4])).With(wide), Throws.TypeOf<DeviceException>().With.Message.Contains("spectrum"));
        Assert.That(() => cuda.Kernel("toeplitz_multiply", x.DType).With(scope.New(DType.Complex64, [4])).With(other), Throws.TypeOf<DeviceException>().With.Message.Contains("must be on"));
        Assert.That(() => cuda.Kernel("toeplitz_multiply", x.DType).With(scope.New(DType.Complex64, [4])).With(x).Launch(), Throws.TypeOf<DeviceException>().With.Message.Contains("takes 5"));
        Assert.That(() => cuda.Kernel("no_such_kernel", x.DType), Throws.TypeOf<DeviceException>().With.Message.Contains("no_such_kernel"));
    }

    [Test]
    public void Too_large_an_allocation_says_who_holds_what()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Solver);
        scope.New(DType.Float32, [1024]);
        Assert.That(() => scope.New(DType.Float64, [1 << 20, 1 << 15]), Throws.TypeOf<OutOfDeviceMemoryException>().With.Message.Contains("Solver"));
    }

    [Test]
    public void A_damaged_cache_entry_is_rebuilt()
    {
        SoftwareDriver.Open();
        string folder = Directory.CreateTempSubdirectory("stardeq-cache").FullName;
        try
        {
            var cache = new KernelCache(folder);
            cache.Write("key", [1, 2, 3]);
            Assert.That(cache.Read("key"), Is.EqualTo(new byte[] { 1, 2, 3 }));
            string file = Directory.GetFiles(folder).Single();
            byte[] bytes = File.ReadAllBytes(file);
            bytes[^1] ^= 1;
            File.WriteAllBytes(file, bytes);
            Assert.That(cache.Read("key"), Is.Null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
