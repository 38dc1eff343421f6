using System.Runtime.CompilerServices;
using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Finds files that tests read: fixtures beside the test sources, and measured data outside the repository.</summary>
internal static class Fixtures
{
    /// <summary>Full path of a file below tests/Fixtures.</summary>
    public static string Path(string name) => System.IO.Path.Combine(Root(), "Fixtures", name);

    /// <summary>Reads a reference case by name.</summary>
    public static SafetensorsContent Case(string name, TensorScope scope) => Safetensors.Read(Path($"reference/{name}.safetensors"), scope);

    /// <summary>The configuration of a reference case.</summary>
    public static JsonElement Config(SafetensorsContent content) => JsonDocument.Parse(content.Metadata["config"]).RootElement;

    /// <summary>Full path below the folder of measured data; the test is skipped where that is absent.</summary>
    public static string Data(string name)
    {
        string? root = Environment.GetEnvironmentVariable("STARDEQ_DATA");
        for (DirectoryInfo? folder = new(Root()); root is null && folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            root = Directory.Exists(candidate) ? candidate : null;
        }

        if (root is null || !File.Exists(System.IO.Path.Combine(root, name)))
        {
            Assert.Ignore($"needs the measured data file '{name}'; set STARDEQ_DATA to the folder of data sets.");
        }

        return System.IO.Path.Combine(root!, name);
    }

    /// <summary>A new empty folder for files of one test.</summary>
    public static string TemporaryFolder()
    {
        string folder = System.IO.Path.Combine(TestContext.CurrentContext.WorkDirectory, "files", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>All used slices of a subject, [slice, coil, spoke · readout], and where their samples lie.</summary>
    public static (Tensor Slices, SpokeGeometry Geometry) Slices(DatasetFolder data, DatasetSubject subject, TensorScope scope)
    {
        ISubjectSlices slices = data.OpenSlices(subject);
        return (slices.Read(0, data.Description.Slices, scope), slices.Geometry);
    }

    /// <summary>|a − b| / |b| in the l2 norm, over the real views.</summary>
    public static double RelativeError(Tensor a, Tensor b)
    {
        double[] x = Reals(a), y = Reals(b);
        Assert.That(x, Has.Length.EqualTo(y.Length));
        return Math.Sqrt(x.Zip(y, (p, q) => (p - q) * (p - q)).Sum() / y.Sum(q => q * q));
    }

    /// <summary>|a − b| / |b| in the l2 norm.</summary>
    public static double RelativeError(IEnumerable<double> a, IEnumerable<double> b) =>
        Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum() / b.Sum(q => q * q));

    /// <summary>The real view as doubles.</summary>
    public static double[] Reals(Tensor a) => a.DType.IsDouble()
        ? a.AsReal().ToArray<double>()
        : Array.ConvertAll(a.AsReal().ToArray<float>(), v => (double)v);

    // The folder of the test sources; a published program has its fixtures beside it.
    private static string Root([CallerFilePath] string file = "") => Directory.Exists(System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures"))
        ? AppContext.BaseDirectory
        : System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(file))!;
}
