using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Stardeq.Engine;

/// <summary>A program compiled for one scalar type and loaded on one device.</summary>
internal sealed class KernelModule : IDisposable
{
    private readonly Dictionary<string, CudaFunction> _functions = new(StringComparer.Ordinal);
    private readonly CudaDevice _device;
    private readonly KernelProgram _program;
    private readonly DType _real;
    private CUmodule _module;

    /// <summary>Takes the module from the cache, or compiles it and keeps it there.</summary>
    public KernelModule(CudaDevice device, KernelProgram program, KernelCompiler compiler, KernelCache cache, DType real)
    {
        (_device, _program, _real) = (device, program, real);
        string[] options = compiler.Options(real);
        string key = KernelCache.Key([program.Text, compiler.Version.ToString(), device.Name, .. options]);
        if (cache.Read(key) is { } kept && Load(kept) == CUResult.Success)
        {
            return;
        }

        byte[] image = compiler.Compile(program.Text, options);
        device.Require(Load(image), $"loading the {real.Name()} kernels");
        cache.Write(key, image);
    }

    /// <summary>A module of a rehearsal: what the source declares.</summary>
    public KernelModule(CudaDevice device, KernelProgram program, DType real) => (_device, _program, _real) = (device, program, real);

    /// <summary>The kernel of a name.</summary>
    /// <exception cref="DeviceException">The program has no such kernel, or the compiled one has other parameters.</exception>
    public CudaFunction Function(string name)
    {
        if (!_functions.TryGetValue(name, out CudaFunction? function))
        {
            KernelSignature signature = _program.Signatures.GetValueOrDefault(name)
                ?? throw new DeviceException($"cuda: kernels.cu has no kernel '{name}'.");
            _functions[name] = function = _device.IsRehearsal ? new CudaFunction(_device, signature, _real) : new CudaFunction(_device, _module, signature, _real);
        }

        return function;
    }

    public void Dispose() => _ = _device.IsRehearsal ? default : DriverAPINativeMethods.ModuleManagement.cuModuleUnload(_module);

    private CUResult Load(byte[] image) =>
        DriverAPINativeMethods.ModuleManagement.cuModuleLoadDataEx(ref _module, [.. image, 0], 0, [], []);
}
