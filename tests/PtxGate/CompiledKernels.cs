using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>kernels.cu compiled for every architecture and scalar type, once per test run.</summary>
/// <param name="Compiler">Version of the compiler.</param>
/// <param name="Codes">What came out, by architecture and scalar type.</param>
internal sealed record CompiledKernels(string Compiler, IReadOnlyDictionary<(string Architecture, DType Real), DeviceCode> Codes)
{
    private static readonly Lazy<CompiledKernels?> Shared = new(Compile);

    /// <summary>The shared compilation; ends the test as skipped where there is no clang.</summary>
    public static CompiledKernels Open()
    {
        if (Shared.Value is not { } compiled)
        {
            Assert.Ignore("no clang 19 or later with the PTX back end: apt-get install clang-19, or set STARDEQ_CLANG to one");
            throw new InvalidOperationException();
        }

        return compiled;
    }

    /// <summary>A kernel on all architectures, for a scalar type.</summary>
    public IReadOnlyList<PtxKernel> Variants(string kernel, DType real) =>
        [.. DeviceCompiler.Architectures.Select(architecture => Codes[(architecture, real)].Ptx!.Kernels.Single(k => k.Name == kernel))];

    private static CompiledKernels? Compile()
    {
        if (DeviceCompiler.Find() is not { } compiler)
        {
            return null;
        }

        var variants = from architecture in DeviceCompiler.Architectures
                       from real in new[] { DType.Float32, DType.Float64 }
                       select (architecture, real);
        var codes = variants.AsParallel().ToDictionary(variant => variant, variant => compiler.Compile(KernelSource.Text, variant.architecture, variant.real));
        return new CompiledKernels(compiler.Version(), codes);
    }
}
