using System.Runtime.InteropServices;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>What the software CUDA driver has beyond a real one: options, reports, names of launched kernels, the profile.</summary>
internal static unsafe class Emulator
{
    private static readonly Lazy<nint> Library = new(Load);

    /// <summary>Orders in which the threads of a kernel may run.</summary>
    public static string[] Orders { get; } = ["forward", "reverse", "random"];

    /// <summary>Whether the CUDA device under test is the software driver, and not a real one.</summary>
    public static bool IsRunning => Library.Value != 0;

    /// <summary>Ends a test as skipped unless the software driver runs; makes the context current on this thread.</summary>
    public static CudaDevice Require()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        if (!IsRunning)
        {
            Assert.Ignore("this test needs the software CUDA driver; a real one is in use");
        }

        cuda.Synchronize(); // also makes the context current on this thread
        return cuda;
    }

    /// <summary>Sets an option; see tests/CudaEmulator/README.md.</summary>
    public static void Set(string name, object value)
    {
        byte[] key = Bytes(name), text = Bytes(FormattableString.Invariant($"{value}"));
        fixed (byte* k = key, t = text)
        {
            Assert.That(((delegate* unmanaged<byte*, byte*, int>)Export("emuSetOption"))(k, t), Is.Zero, name);
        }
    }

    /// <summary>What was found wrong since the last call.</summary>
    public static string TakeReports() => Text("emuReports", 1 << 17);

    /// <summary>Kernels launched since the last call.</summary>
    public static string[] TakeLaunched() => Text("emuLaunched", 1 << 16).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The profile since the last call; one line per kernel, source line and kind of memory.</summary>
    public static string[] TakeProfile() => Text("emuProfile", 1 << 22).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Forgets a kernel's error, after which a real context is lost.</summary>
    public static void Reset() => ((delegate* unmanaged<int>)Export("emuReset"))();

    /// <summary>What is not given back at this moment.</summary>
    public static string Leaks()
    {
        ((delegate* unmanaged<void>)Export("emuReportLeaks"))();
        return TakeReports();
    }

    /// <summary>The address of a function of the driver.</summary>
    public static nint Export(string name) => NativeLibrary.GetExport(Library.Value, name);

    private static string Text(string function, int size)
    {
        byte[] buffer = new byte[size];
        fixed (byte* b = buffer)
        {
            int length = ((delegate* unmanaged<byte*, nuint, int>)Export(function))(b, (nuint)size);
            return System.Text.Encoding.UTF8.GetString(buffer, 0, Math.Min(length, size - 1));
        }
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text + "\0");

    private static nint Load()
    {
        string folder = (Environment.GetEnvironmentVariable(CudaLibraries.FolderVariable) ?? "").Split(Path.PathSeparator)[0];
        return NativeLibrary.TryLoad(Path.Combine(folder, "libcuda.so.1"), out nint library) && NativeLibrary.TryGetExport(library, "emuReports", out _) ? library : 0;
    }
}

/// <summary>
/// Sets options of the software driver for the duration of a test. Access checks hold for modules compiled and memory
/// allocated meanwhile.
/// </summary>
internal sealed class EmulatorOptions : IDisposable
{
    private readonly (string Name, object Value)[] _before = [("order", "forward"), ("check", 0), ("profile", 0), ("workers", 2), ("memory", 8L << 30), ("capability", 70), ("graphs", 1)];

    public EmulatorOptions(params (string Name, object Value)[] options)
    {
        foreach ((string name, object value) in options)
        {
            Emulator.Set(name, value);
        }
    }

    public void Dispose()
    {
        foreach ((string name, object value) in _before)
        {
            Emulator.Set(name, value);
        }
    }
}
