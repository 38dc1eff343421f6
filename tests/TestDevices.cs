using System.Collections;
using System.Diagnostics;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>A device under test, opened when a test first asks for it.</summary>
/// <param name="name">Name in the test's title.</param>
/// <param name="open">Opens the device, or ends the test as skipped.</param>
public sealed class TestDevice(string name, Func<Device> open)
{
    /// <summary>The device. A test that asks for one that is not there is skipped with the reason.</summary>
    public Device Device => open();

    public override string ToString() => name;
}

/// <summary>
/// The devices on which a fixture runs: the CPU, and CUDA on the software driver of tests/CudaEmulator, or on a real driver
/// if STARDEQ_CUDA is "real" or STARDEQ_CUDA_LIBRARIES names one. Fixtures ask for them with [TestFixtureSource(typeof(TestDevices))] and take a
/// <see cref="TestDevice"/> in their constructor.
/// </summary>
public sealed class TestDevices : IEnumerable
{
    public static TestDevice Cpu { get; } = new("cpu", () => Device.Cpu);

    public static TestDevice Cuda { get; } = new("cuda", SoftwareDriver.Open);

    /// <summary>Both, for single tests: [ValueSource(typeof(TestDevices), nameof(TestDevices.All))].</summary>
    public static TestDevice[] All => [Cpu, Cuda];

    public IEnumerator GetEnumerator() => All.Select(device => new TestFixtureData(device)).GetEnumerator();
}

/// <summary>The software CUDA driver: built once per test run, opened once, closed at the end with an empty leak report.</summary>
public static class SoftwareDriver
{
    /// <summary>Environment variable; "real" asks for NVIDIA's libraries: tests then fail without them instead of being skipped.</summary>
    public const string KindVariable = "STARDEQ_CUDA";

    /// <summary>Value of <see cref="KindVariable"/> for NVIDIA's libraries.</summary>
    public const string Real = "real";

    private static readonly Lazy<(CudaDevice? Device, string Reason)> Shared = new(Start);

    /// <summary>Folder with the built libraries.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "cuda-emulator");

    /// <summary>Folder with its sources: tests/CudaEmulator, or what the published acceptance program has beside it.</summary>
    public static string Sources => Path.Combine(AppContext.BaseDirectory, "emulator-sources") is var beside && Directory.Exists(beside)
        ? beside
        : Path.Combine(Repository.Root, "tests", "CudaEmulator");

    /// <summary>Whether a test has opened the device.</summary>
    public static bool IsOpen => Shared is { IsValueCreated: true, Value.Device: not null };

    /// <summary>The shared device, or the end of the test as skipped.</summary>
    public static CudaDevice Open()
    {
        if (Shared.Value.Device is not { } device)
        {
            Assert.Ignore(Shared.Value.Reason);
            throw new InvalidOperationException(Shared.Value.Reason);
        }

        return device;
    }

    /// <summary>Gives the device back; what the driver then reports as not given back fails the run.</summary>
    public static void Close()
    {
        if (IsOpen)
        {
            Shared.Value.Device!.Dispose();
            if (Emulator.IsRunning)
            {
                Assert.That(Emulator.TakeReports(), Is.Empty, "reports of the software CUDA driver at its end");
            }
        }
    }

    /// <summary>Builds the software driver and points the engine at it, unless a real one is asked for.</summary>
    /// <returns>Null if that worked, otherwise why it cannot be done here.</returns>
    public static string? Prepare()
    {
        Environment.SetEnvironmentVariable("STARDEQ_KERNEL_CACHE", Path.Combine(Folder, "kernels"));
        if (Environment.GetEnvironmentVariable(KindVariable) == Real || Environment.GetEnvironmentVariable(CudaLibraries.FolderVariable) is { Length: > 0 })
        {
            return null;
        }

        string? reason = Build();
        if (reason is null)
        {
            Environment.SetEnvironmentVariable(CudaLibraries.FolderVariable, Folder);
        }

        return reason;
    }

    private static (CudaDevice? Device, string Reason) Start() => Prepare() is { } reason ? (null, reason) : (Device.Cuda(), "");

    /// <summary>Builds the driver; null if it worked, otherwise why the tests are skipped. Sources that do not compile are an error.</summary>
    private static string? Build()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "the software CUDA driver is built on Linux only; set STARDEQ_CUDA=real to test a real one";
        }

        string compiler = Environment.GetEnvironmentVariable("CXX") ?? "g++";
        if (!Exists(compiler))
        {
            return $"no C++ compiler '{compiler}': apt-get install g++ to run the CUDA tests on the software driver";
        }

        using var build = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Sources, "build.sh"), Folder]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> errors = build.StandardError.ReadToEndAsync();
        string output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        return build.ExitCode == 0 ? null : throw new InvalidOperationException($"tests/CudaEmulator/build.sh failed:\n{output}{errors.Result}");
    }

    private static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program))) || File.Exists(program);
}

/// <summary>Closes the shared CUDA device after the last test.</summary>
[SetUpFixture]
public sealed class SoftwareDriverEnd
{
    [OneTimeTearDown]
    public void Close() => SoftwareDriver.Close();
}
