using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Compiled kernels on disk, and for which architecture they are compiled.</summary>
public sealed class KernelCacheTests
{
    private const string Source = "typedef STARDEQ_REAL real;\nextern \"C\" __global__ void put(real* x, real value) { x[threadIdx.x] = value; }\n";

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("stardeq-cache").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_module_is_compiled_once_and_a_damaged_one_again([Values("flip", "cut", "empty", "foreign")] string damage)
    {
        Emulator.Require();
        Run();
        string file = Directory.GetFiles(_folder).Single();
        byte[] good = File.ReadAllBytes(file);
        DateTime written = File.GetLastWriteTimeUtc(file);
        Run();
        Assert.That(File.GetLastWriteTimeUtc(file), Is.EqualTo(written), "read, not compiled");
        switch (damage)
        {
            case "flip":
                File.WriteAllBytes(file, [.. good[..^1], (byte)(good[^1] ^ 1)]);
                break;
            case "cut":
                File.WriteAllBytes(file, good[..(good.Length / 2)]);
                break;
            case "empty":
                File.WriteAllBytes(file, []);
                break;
            default: // whole, but not an image that the driver takes
                new KernelCache(_folder).Write(Path.GetFileNameWithoutExtension(file), [1, 2, 3]);
                break;
        }

        Run();
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { file }));
        Run();
        Assert.That(new KernelCache(_folder).Read(Path.GetFileNameWithoutExtension(file)), Has.Length.GreaterThan(1000), "mended");
    }

    [Test]
    public void Whatever_decides_a_module_has_part_in_its_key()
    {
        string[][] parts = [["source", "12.8", "a GPU", "--x"], ["source ", "12.8", "a GPU", "--x"], ["source", "12.9", "a GPU", "--x"],
            ["source", "12.8", "another GPU", "--x"], ["source", "12.8", "a GPU", "--y"], ["source", "12.8", "a GPU--x"]];
        Assert.That(parts.Select(p => KernelCache.Key(p)), Is.Unique);
    }

    [Test]
    public void Programs_that_write_the_same_entry_at_once_never_see_half_of_it()
    {
        byte[][] images = [.. Enumerable.Range(1, 4).Select(i => Enumerable.Repeat((byte)i, 100_000 + i).ToArray())];
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, round =>
        {
            var cache = new KernelCache(_folder);
            cache.Write("key", images[round % images.Length]);
            byte[] read = cache.Read("key") ?? throw new InvalidOperationException("an entry was there and is not");
            if (read.Length != 100_000 + read[0] || read.Any(value => value != read[0]))
            {
                throw new InvalidOperationException("a mixture");
            }
        });
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1), "no remains");
    }

    [Test]
    public void A_folder_that_cannot_be_written_to_costs_only_time()
    {
        Emulator.Require();
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Run(Path.Combine(file, "below a file"));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { file }));
    }

    [Test]
    public void A_device_newer_than_the_compiler_gets_ptx_of_the_newest_architecture_before_it([Values(120, 87)] int capability)
    {
        using var option = new EmulatorOptions(("capability", capability));
        var compiler = new KernelCompiler(new Version(capability / 10, capability % 10));
        Assert.That(compiler.Architecture, Is.EqualTo(capability == 120 ? "compute_90" : "compute_86"));
        Run(capability: capability);
        Run(capability: capability); // from the cache
    }

    [Test]
    public void A_known_device_gets_machine_code() => Assert.That(Compiler(86).Architecture, Is.EqualTo("sm_86"));

    [Test]
    public void A_device_older_than_the_compiler_is_refused_with_a_way_out() =>
        Assert.That(() => Compiler(61), Throws.TypeOf<DeviceException>().With.Message.Contains("6.1").And.Message.Contains("older CUDA release"));

    private static KernelCompiler Compiler(int capability)
    {
        Emulator.Require();
        return new KernelCompiler(new Version(capability / 10, capability % 10));
    }

    /// <summary>Opens a device, runs the kernel, closes the device.</summary>
    private void Run(string? folder = null, int capability = 70)
    {
        using var cuda = new CudaDevice(0, Device.Cpu, new KernelCache(folder ?? _folder), KernelProgram.Of(Source));
        Assert.That(cuda.ComputeCapability, Is.EqualTo(new Version(capability / 10, capability % 10)));
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Float32, [8]);
        cuda.Kernel("put", x.DType).Block(8).With(x).WithReal(4).Launch();
        Assert.That(x.ToArray<float>(), Is.All.EqualTo(4));
    }
}
