using System.Diagnostics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Libraries under every name in a folder: one small library, built here and copied.</summary>
[Platform("Linux")]
public sealed class CudaLibrariesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [Test]
    public void Each_name_is_found_and_the_newest_wins()
    {
        foreach (CudaLibrary library in CudaLibrary.All)
        {
            // From the last name to the first: each new file comes before those that are there.
            foreach (string file in library.LinuxFiles.Reverse())
            {
                Copy(library.Newest, file);
                Assert.That(Found(library, driverMajor: 13), Is.EqualTo(Path.Combine(_folder, file)));
            }
        }
    }

    [TestCase(13, "libcublas.so.13")]
    [TestCase(12, "libcublas.so.12")]
    [TestCase(11, "libcublas.so.11")]
    [TestCase(10, "libcublas.so")] // whose release the name does not tell
    public void Releases_after_the_drivers_are_passed_over(int driverMajor, string expected)
    {
        CudaLibrary.Algebra.LinuxFiles.ToList().ForEach(file => Copy(CudaLibrary.Algebra.Newest, file));
        Assert.That(Found(CudaLibrary.Algebra, driverMajor), Is.EqualTo(Path.Combine(_folder, expected)));
    }

    [Test]
    public void A_file_named_by_itself_is_loaded()
    {
        string file = Copy(CudaLibrary.Compiler.Newest, "libnvrtc.so.12.8.61");
        Assert.That(Found(CudaLibrary.Compiler, driverMajor: 12, named: file), Is.EqualTo(file));
    }

    [Test]
    public void The_names_of_all_paths_are_in_the_message_with_what_is_wrong_with_those_that_are_there()
    {
        // A library that no machine has: the bare names of the others may lead to real ones.
        var library = new CudaLibrary("invented", [], [new(13, "libinvented.so.3", ""), new(12, "libinvented.so.2", ""), new(11, "libinvented.so.1", ""), new(0, "libinvented.so", "")],
            [], "", "newest_function");
        Copy("oldest_function", "libinvented.so.2");
        File.WriteAllText(Path.Combine(_folder, "libinvented.so.1"), "not a library");
        var search = Search(_folder + ":/no/such/folder");
        LoadedLibrary? found = CudaLibraries.Find(library, search, driverMajor: 12, out string tried);
        Assert.That(found, Is.Null);
        foreach (LibraryCandidate candidate in search.Candidates(library))
        {
            Assert.That(tried, Does.Contain(candidate.Path));
        }

        Assert.That(tried, Does.Contain("/no/such/folder/libinvented.so.3"));
        Assert.That(tried, Does.Contain($"{_folder}/libinvented.so.3 (the driver runs CUDA 12 at most)"));
        Assert.That(tried, Does.Contain($"{_folder}/libinvented.so.2 (too old: it has no newest_function)"));
        Assert.That(tried, Does.Match(@"libinvented\.so\.1 \(.*(invalid ELF header|file too short).*\), "), "the words of the system's loader");
        Assert.That(tried, Does.Not.Contain("\n"));
    }

    [TestCase("12.0", "12.8", true)]
    [TestCase("12.8", "12.0", true)] // within a major version machine code runs on every driver
    [TestCase("11.8", "13.0", true)]
    [TestCase("13.0", "12.8", false)]
    public void A_library_of_a_later_major_version_than_the_driver_is_refused_with_both_versions(string library, string driver, bool fits)
    {
        void Check() => CudaLibraries.RequireFit("NVRTC", new Version(library), new Version(driver));
        Assert.That(Check, fits ? Throws.Nothing
            : Throws.TypeOf<DeviceException>().With.Message.Contains(library).And.Message.Contains(driver).And.Message.Contains(CudaLibraries.FolderVariable));
    }

    [Test]
    public void The_driver_tells_which_CUDA_it_runs()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        Assert.That(CudaLibraries.DriverVersion(), Is.EqualTo(cuda.DriverVersion));
        Assert.That(CudaLibraries.Describe(), Has.Count.EqualTo(CudaLibrary.All.Length).And.None.Contains("not found"));
    }

    private string Copy(string function, string file)
    {
        string path = Path.Combine(_folder, file);
        File.Copy(Tiny(function), path);
        return path;
    }

    /// <summary>A library that exports one function.</summary>
    private string Tiny(string function)
    {
        string library = Path.Combine(_folder, $"{function}.bin");
        if (!File.Exists(library))
        {
            try
            {
                var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("CXX") ?? "g++", ["-shared", "-fPIC", "-xc++", "-o", library, "-"]) { RedirectStandardInput = true };
                using Process compiler = Process.Start(start)!;
                compiler.StandardInput.Write($"extern \"C\" int {function}() {{ return 0; }}\n");
                compiler.StandardInput.Close();
                compiler.WaitForExit();
                Assert.That(compiler.ExitCode, Is.Zero);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Ignore("no C++ compiler: apt-get install g++");
            }
        }

        return library;
    }

    private static LibrarySearch Search(string named) => LibrarySearch.Here() with { Variables = new Dictionary<string, string> { [CudaLibraries.FolderVariable] = named } };

    private string Found(CudaLibrary library, int driverMajor, string? named = null)
    {
        LoadedLibrary? found = CudaLibraries.Find(library, Search(named ?? _folder), driverMajor, out string tried);
        Assert.That(found, Is.Not.Null, tried);
        NativeLibrary.Free(found!.Value.Handle);
        return found.Value.Path;
    }
}
