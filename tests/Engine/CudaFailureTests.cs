using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>What a device says and does when kernels fail or memory ends.</summary>
public sealed class CudaFailureTests
{
    private const string Source = """
        typedef STARDEQ_REAL real;
        typedef long long index_t;
        extern "C" __global__ void store(real* x, index_t i) { x[i] = (real)1; }
        extern "C" __global__ void fill(real* x, real value, int count) { for (int i = threadIdx.x; i < count; i += blockDim.x) x[i] = value; }
        """;

    private const long FarAway = 1L << 40;

    [Test]
    public void A_kernel_that_goes_astray_is_reported_with_kernel_shapes_and_memory_and_the_device_is_lost()
    {
        Emulator.Require();
        using CudaDevice cuda = Open(Source);
        using var scope = new TensorScope(cuda, MemoryOwner.Solver);
        Tensor x = scope.Zeros(DType.Float32, [4, 3]);
        try
        {
            cuda.Kernel("store", x.DType).With(x).With(FarAway).Launch();
            Assert.That(() => x.ToArray<float>(), Throws.TypeOf<DeviceException>().With.Message.Contains("ILLEGAL_ADDRESS").And.Message.Contains("store(x float32 [4, 3])")
                .And.Message.Contains("Solver").And.Message.Contains(CudaDevice.SynchronousVariable));
            Assert.That(cuda.Loss, Does.Contain("store"));
            foreach (Action call in new Action[] { cuda.Synchronize, () => x.ToArray<float>(), x.Clear, () => Fill.Run(1, x), () => scope.New(DType.Float32, [100_000]) })
            {
                Assert.That(call, Throws.TypeOf<DeviceException>().With.Message.Contains("is lost").And.Message.Contains(cuda.Loss));
            }

            Assert.That(scope.Dispose, Throws.Nothing);
            Assert.That(cuda.Dispose, Throws.Nothing);
        }
        finally
        {
            Emulator.Reset();
            Assert.That(Emulator.TakeReports(), Does.Contain("kernel store"));
        }
    }

    [Test]
    public void Waiting_after_each_kernel_names_the_one_that_failed()
    {
        Emulator.Require();
        Environment.SetEnvironmentVariable(CudaDevice.SynchronousVariable, "1");
        try
        {
            using CudaDevice cuda = Open(Source);
            Assert.That(cuda.CanCapture, Is.False, "a captured kernel cannot be waited for");
            using var scope = new TensorScope(cuda, MemoryOwner.Solver);
            Tensor x = scope.Zeros(DType.Float64, [4]);
            cuda.Kernel("fill", x.DType).Block(32).With(x).WithReal(2).With(4).Launch();
            Assert.That(
                () => cuda.Kernel("store", x.DType).With(x).With(FarAway).Launch(),
                Throws.TypeOf<DeviceException>().With.Message.Contains("kernel store failed").And.Message.Contains("newest kernel made the error"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(CudaDevice.SynchronousVariable, null);
            Emulator.Reset();
            Emulator.TakeReports();
        }
    }

    [Test]
    public void A_source_that_does_not_compile_shows_the_compilers_log()
    {
        Emulator.Require();
        using CudaDevice cuda = Open("extern \"C\" __global__ void broken(int n) { return undeclared_name; }");
        Assert.That(() => cuda.Kernel("broken", DType.Float32), Throws.TypeOf<DeviceException>().With.Message.Contains("undeclared_name").And.Message.Contains("NVRTC"));
    }

    [TestCase("extern \"C\" __global__ void store(real* x, int i) { }", "parameter 1", TestName = "A_parameter_of_another_size_is_refused")]
    [TestCase("extern \"C\" __global__ void store(real* x) { }", "parameter 1", TestName = "A_missing_parameter_is_refused")]
    [TestCase("extern \"C\" __global__ void store(real* x, index_t i, int j) { }", "parameter 2", TestName = "A_parameter_too_many_is_refused")]
    public void Compiled_parameters_are_compared_with_the_source(string compiled, string message)
    {
        Emulator.Require();
        string text = "typedef STARDEQ_REAL real; typedef long long index_t;\n" + compiled;
        using var cuda = new CudaDevice(0, Device.Cpu, new KernelCache(null), new KernelProgram(text, KernelSignature.Parse(Source)));
        Assert.That(() => cuda.Kernel("store", DType.Float32), Throws.TypeOf<DeviceException>().With.Message.Contains(message).And.Message.Contains("store"));
    }

    [Test]
    public void The_pool_gives_idle_memory_back_before_it_says_that_there_is_none()
    {
        const long MiB = 1 << 20;
        Emulator.Require();
        using CudaDevice cuda = Open(Source);
        (long free, long total) = cuda.Memory();
        using var limit = new EmulatorOptions(("memory", total - free + (8 * MiB)));
        using (var scope = new TensorScope(cuda, MemoryOwner.Solver))
        {
            using Ledger.PhaseScope phase = cuda.Ledger.Enter("forward solve");
            Tensor x = scope.Zeros(DType.Float32, [1 << 20]);
            using (var idle = new TensorScope(cuda, MemoryOwner.Workspace))
            {
                idle.New(DType.Float32, [3 << 18]);
            }

            Assert.That(cuda.Memory().Free, Is.EqualTo(MiB));
            scope.New(DType.Float32, [1 << 20]); // fits only into what is given back
            Assert.That(cuda.Memory().Free, Is.Zero);
            OutOfDeviceMemoryException failure = Assert.Throws<OutOfDeviceMemoryException>(() => scope.New(DType.Float64, [1 << 18]))!;
            Assert.That(failure.Message, Does.Contain("2,097,152 more bytes").And.Contain("Solver of 'forward solve' 8,388,608").And.Contain("0 of"));
            Assert.That((failure.RequestedBytes, failure.FreeBytes, failure.HeldBytes), Is.EqualTo((2 * MiB, 0L, 8 * MiB)));
            Assert.That(failure.Holders[0].Owner, Is.EqualTo(MemoryOwner.Solver));
            Assert.That(failure.WithAdvice("Do this.").Message, Does.StartWith(failure.Message).And.EndsWith("Do this."));

            // The device goes on.
            cuda.Kernel("fill", x.DType).Block(64).With(x).WithReal(3).With(1 << 20).Launch();
            Assert.That(x.ToArray<float>(), Is.All.EqualTo(3));
        }

        using var other = new TensorScope(cuda, MemoryOwner.Workspace);
        Assert.That(() => other.New(DType.Float64, [1 << 20]), Throws.Nothing, "all of it, once it was given back");
    }

    [Test]
    public void A_native_error_that_spoils_nothing_leaves_the_device_well()
    {
        using CudaDevice cuda = Open(Source);
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [4]);
        Assert.That(() => cuda.Kernel("none", x.DType), Throws.TypeOf<DeviceException>());
        Assert.That(() => cuda.Kernel("fill", x.DType).Block(2000), Throws.TypeOf<DeviceException>().With.Message.Contains("fill").And.Message.Contains("256"));
        cuda.Kernel("fill", x.DType).Block(32).With(x).WithReal(2).With(4).Launch();
        Assert.That(x.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(cuda.Loss, Is.Null);
    }

    private static CudaDevice Open(string source)
    {
        SoftwareDriver.Open();
        return new CudaDevice(0, Device.Cpu, new KernelCache(null), KernelProgram.Of(source));
    }
}
