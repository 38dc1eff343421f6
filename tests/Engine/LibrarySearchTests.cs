using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Where NVIDIA's libraries are looked for, on both systems: no file is touched here.</summary>
public sealed class LibrarySearchTests
{
    [Test]
    public void On_Linux_the_newest_release_comes_first_and_the_unversioned_name_last()
    {
        Assert.That(Paths(Linux(), CudaLibrary.Driver), Is.EqualTo(new[] { "libcuda.so.1", "libcuda.so" }));
        Assert.That(Paths(Linux(), CudaLibrary.Compiler), Is.EqualTo(new[] { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so" }));
        Assert.That(Paths(Linux(), CudaLibrary.Transforms), Is.EqualTo(new[] { "libcufft.so.12", "libcufft.so.11", "libcufft.so.10", "libcufft.so" }));
        Assert.That(Paths(Linux(), CudaLibrary.Algebra), Is.EqualTo(new[] { "libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so" }));
    }

    [Test]
    public void On_Windows_the_newest_release_comes_first_and_the_unversioned_name_last()
    {
        Assert.That(Paths(Windows(), CudaLibrary.Driver), Is.EqualTo(new[] { "nvcuda.dll" }));
        Assert.That(Paths(Windows(), CudaLibrary.Compiler), Is.EqualTo(new[] { "nvrtc64_130_0.dll", "nvrtc64_120_0.dll", "nvrtc64_112_0.dll", "nvrtc64.dll" }));
        Assert.That(Paths(Windows(), CudaLibrary.Transforms), Is.EqualTo(new[] { "cufft64_12.dll", "cufft64_11.dll", "cufft64_10.dll", "cufft64.dll" }));
        Assert.That(Paths(Windows(), CudaLibrary.Algebra), Is.EqualTo(new[] { "cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll", "cublas64.dll" }));
    }

    [Test]
    public void What_the_variable_names_comes_first_and_in_its_order()
    {
        var search = Linux((CudaLibraries.FolderVariable, "/a: /b/ ::"));
        Assert.That(Paths(search, CudaLibrary.Driver), Is.EqualTo(new[] { "/a/libcuda.so.1", "/a/libcuda.so", "/b/libcuda.so.1", "/b/libcuda.so", "libcuda.so.1", "libcuda.so" }));
        search = Windows((CudaLibraries.FolderVariable, @"C:\a;D:\b\"));
        Assert.That(Paths(search, CudaLibrary.Driver), Is.EqualTo(new[] { @"C:\a\nvcuda.dll", @"D:\b\nvcuda.dll", "nvcuda.dll" }));
    }

    [Test]
    public void The_variable_may_name_the_file_of_one_library()
    {
        var search = Linux((CudaLibraries.FolderVariable, "/x/libnvrtc.so.12.8.61:/x/libcublas.so"));
        Assert.That(Paths(search, CudaLibrary.Compiler)[..2], Is.EqualTo(new[] { "/x/libnvrtc.so.12.8.61", "libnvrtc.so.13" }));
        Assert.That(Paths(search, CudaLibrary.Algebra)[..2], Is.EqualTo(new[] { "/x/libcublas.so", "libcublas.so.13" }));
        Assert.That(Paths(search, CudaLibrary.Transforms)[0], Is.EqualTo("libcufft.so.12"), "not the file of another");
        search = Windows((CudaLibraries.FolderVariable, @"C:\x\NVRTC64_120_0.DLL"));
        Assert.That(Paths(search, CudaLibrary.Compiler)[..2], Is.EqualTo(new[] { @"C:\x\NVRTC64_120_0.DLL", "nvrtc64_130_0.dll" }));
        Assert.That(Paths(search, CudaLibrary.Algebra)[0], Is.EqualTo("cublas64_13.dll"));
    }

    [Test]
    public void A_folder_of_Python_wheels_is_searched_where_wheels_have_their_libraries()
    {
        var search = Linux(["/site/nvidia/cuda_nvrtc/lib", "/site/nvidia/cu13/lib"], (CudaLibraries.FolderVariable, "/site/nvidia"));
        Assert.That(Paths(search, CudaLibrary.Compiler), Does.Contain("/site/nvidia/cuda_nvrtc/lib/libnvrtc.so.12").And.Contain("/site/nvidia/cu13/lib/libnvrtc.so.13"));
        Assert.That(Paths(search, CudaLibrary.Algebra), Has.None.Contains("cuda_nvrtc").And.Contains("/site/nvidia/cu13/lib/libcublas.so.13"));
        search = Windows([@"C:\nvidia\cufft\bin", @"C:\nvidia\cu13\bin\x86_64"], (CudaLibraries.FolderVariable, @"C:\nvidia"));
        Assert.That(Paths(search, CudaLibrary.Transforms), Does.Contain(@"C:\nvidia\cufft\bin\cufft64_11.dll").And.Contain(@"C:\nvidia\cu13\bin\x86_64\cufft64_12.dll"));
    }

    [Test]
    public void Toolkits_and_the_usual_folders_are_searched_release_by_release_if_they_are_there()
    {
        var search = Linux(["/opt/toolkit/lib64", "/usr/local/cuda/lib64"], ("CUDA_PATH", "/opt/toolkit/"), ("CUDA_HOME", "/missing"));
        Assert.That(Paths(search, CudaLibrary.Transforms)[..6], Is.EqualTo(new[]
        {
            "libcufft.so.12", "/opt/toolkit/lib64/libcufft.so.12", "/usr/local/cuda/lib64/libcufft.so.12",
            "libcufft.so.11", "/opt/toolkit/lib64/libcufft.so.11", "/usr/local/cuda/lib64/libcufft.so.11",
        }));
        Assert.That(Paths(search, CudaLibrary.Transforms), Has.None.Contains("/missing"));
        Assert.That(Paths(Linux(["/usr/lib/x86_64-linux-gnu"]), CudaLibrary.Driver), Does.Contain("/usr/lib/x86_64-linux-gnu/libcuda.so.1"));

        // CUDA 13 has its libraries in bin\x64, earlier releases in bin.
        search = Windows([@"C:\v13\bin\x64", @"C:\v13\bin", @"C:\v12\bin"], ("CUDA_PATH", @"C:\v13"), ("CUDA_PATH_V12_8", @"C:\v12"));
        Assert.That(Paths(search, CudaLibrary.Algebra)[..8], Is.EqualTo(new[]
        {
            "cublas64_13.dll", @"C:\v13\bin\x64\cublas64_13.dll", @"C:\v13\bin\cublas64_13.dll", @"C:\v12\bin\cublas64_13.dll",
            "cublas64_12.dll", @"C:\v13\bin\x64\cublas64_12.dll", @"C:\v13\bin\cublas64_12.dll", @"C:\v12\bin\cublas64_12.dll",
        }));
    }

    [Test]
    public void Every_versioned_name_tells_its_release()
    {
        foreach (CudaLibrary library in CudaLibrary.All.Where(library => library != CudaLibrary.Driver))
        {
            Assert.That(library.Files.Select(file => file.Cuda), Is.EqualTo(new[] { 13, 12, 11, 0 }), library.Title);
            Assert.That(Linux().Candidates(library).Select(candidate => candidate.Cuda), Is.EqualTo(new[] { 13, 12, 11, 0 }), library.Title);
        }
    }

    private static string[] Paths(LibrarySearch search, CudaLibrary library) => [.. search.Candidates(library).Select(candidate => candidate.Path)];

    private static LibrarySearch Linux(params (string Name, string Value)[] variables) => Linux([], variables);

    private static LibrarySearch Linux(string[] folders, params (string Name, string Value)[] variables) => Search(false, folders, variables);

    private static LibrarySearch Windows(params (string Name, string Value)[] variables) => Windows([], variables);

    private static LibrarySearch Windows(string[] folders, params (string Name, string Value)[] variables) => Search(true, folders, variables);

    private static LibrarySearch Search(bool windows, string[] folders, (string Name, string Value)[] variables) =>
        new(windows, variables.ToDictionary(variable => variable.Name, variable => variable.Value), folders.Contains);
}
