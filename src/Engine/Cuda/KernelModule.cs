using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Stardeq.Engine;

/// <summary>kernels.cu compiled for one scalar type and loaded on one device.</summary>
internal sealed class KernelModule : IDisposable
{
    private readonly Dictionary<string, CudaFunction> _functions = new(StringComparer.Ordinal);
    private readonly DType _real;
    private CUmodule _module;

    /// <summary>Takes the module from the cache, or compiles it and keeps it there.</summary>
    public KernelModule(KernelCompiler compiler, KernelCache cache, DType real, string deviceName)
    {
        _real = real;
        string[] options = compiler.Options(real);
        string key = KernelCache.Key([KernelSource.Text, compiler.Version.ToString(), deviceName, .. options]);
        if (cache.Read(key) is { } kept && TryLoad(kept))
        {
            return;
        }

        byte[] image = compiler.Compile(KernelSource.Text, options);
        CudaCheck.Require(Load(image), $"loading the {real.Name()} kernels");
        cache.Write(key, image);
    }

    /// <summary>The kernel of a name.</summary>
    /// <exception cref="DeviceException">kernels.cu has no such kernel.</exception>
    public CudaFunction Function(string name)
    {
        if (!_functions.TryGetValue(name, out CudaFunction? function))
        {
            KernelSignature signature = KernelSource.Signatures.GetValueOrDefault(name)
                ?? throw new DeviceException($"cuda: kernels.cu has no kernel '{name}'.");
            _functions[name] = function = new CudaFunction(_module, signature, _real);
        }

        return function;
    }

    public void Dispose() => DriverAPINativeMethods.ModuleManagement.cuModuleUnload(_module);

    private bool TryLoad(byte[] image) => Load(image) == CUResult.Success;

    private CUResult Load(byte[] image) =>
        DriverAPINativeMethods.ModuleManagement.cuModuleLoadDataEx(ref _module, [.. image, 0], 0, [], []);
}
