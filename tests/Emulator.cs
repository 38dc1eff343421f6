using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Options and reports of the software CUDA driver; see tests/CudaEmulator.</summary>
internal static class Emulator
{
    private static readonly Lazy<nint> s_library = new(() => NativeLibrary.Load(Path.Combine(SoftwareDriver.Folder, "libcuda.so.1")));

    private delegate int Setter([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value);

    private delegate int Reporter(byte[] buffer, nuint size);

    private delegate int Call();

    private delegate void Report();

    /// <summary>Ends the test as skipped unless the CUDA device under test runs on the software driver.</summary>
    public static void Require()
    {
        SoftwareDriver.Open();
        if (Environment.GetEnvironmentVariable(CudaLibraries.FolderVariable) != SoftwareDriver.Folder)
        {
            Assert.Ignore("this test needs the software CUDA driver, and the tests run on another one");
        }
    }

    /// <summary>Sets an option until the result is disposed.</summary>
    public static IDisposable With(string option, string value, string afterwards)
    {
        Require();
        Set(option, value);
        return new Restore(() => Set(option, afterwards));
    }

    /// <summary>What the driver found wrong since it was last asked, one line each.</summary>
    public static string[] Reports()
    {
        byte[] buffer = new byte[1 << 16];
        int length = Math.Min(Function<Reporter>("emuReports")(buffer, (nuint)buffer.Length), buffer.Length - 1);
        return Encoding.UTF8.GetString(buffer, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Everything of the driver that is alive: memory, pinned memory, streams, events, graphs, modules.</summary>
    public static string[] Alive()
    {
        Reports();
        Function<Report>("emuReportLeaks")();
        return Reports();
    }

    /// <summary>Makes a driver well again that a failed kernel has spoilt, which a real one cannot be.</summary>
    public static void Heal() => Function<Call>("emuReset")();

    private static void Set(string option, string value) => Assert.That(Function<Setter>("emuSetOption")(option, value), Is.EqualTo(0), $"option {option}");

    private static T Function<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(s_library.Value, name));

    private sealed class Restore(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
