using ManagedCuda.BasicTypes;
using ManagedCuda.CudaFFT;

namespace Stardeq.Engine;

/// <summary>
/// The cuFFT plans of a device, made when first used and kept. All run on the device's one stream and therefore share one
/// work area, which is counted under <see cref="MemoryOwner.Plans"/>.
/// </summary>
public sealed class TransformPlans : IDisposable
{
    private readonly CudaDevice _device;
    private readonly Dictionary<(int Rows, int Columns, long Batch, bool Double), Plan> _plans = [];
    private readonly TensorScope _work;
    private Tensor? _area;

    internal TransformPlans(CudaDevice device)
    {
        _device = device;
        _work = new TensorScope(device, MemoryOwner.Plans);
    }

    /// <summary>
    /// Transforms in place, unscaled and uncentred: two-dimensional transforms of packed [.., rows, columns] images, or
    /// one-dimensional ones of packed lines if <paramref name="rows"/> is 1.
    /// </summary>
    /// <param name="data">Complex, of a size that is a multiple of rows x columns.</param>
    /// <param name="rows">Rows of an image, at least 1.</param>
    /// <param name="columns">Columns of an image, at least 1.</param>
    /// <param name="direction">Sign of the exponent.</param>
    /// <exception cref="DeviceException">cuFFT is missing or refuses the size.</exception>
    public void Execute(Tensor data, int rows, int columns, TransformDirection direction)
    {
        if (!data.DType.IsComplex() || data.Count % ((long)rows * columns) != 0)
        {
            throw new ShapeException($"transform: {data.Describe()} does not consist of complex images of {rows} x {columns}.");
        }

        if (data.Count == 0)
        {
            return;
        }

        using Lock.Scope call = _device.Enter();
        Plan plan = Find(rows, columns, data.Count / ((long)rows * columns), data.DType == DType.Complex128);
        Reserve(plan.WorkBytes);
        if (_device.IsRehearsal)
        {
            return;
        }

        if (_area is not null)
        {
            _device.Require(CudaFFTNativeMethods.cufftSetWorkArea(plan.Handle, CudaDevice.Pointer(_area.DeviceAddress())), "use its work area");
        }

        CUdeviceptr address = CudaDevice.Pointer(data.DeviceAddress());
        using KernelTrace.OpenLaunch? traced = _device.Tracing?.Begin(LaunchKind.Library, rows == 1 ? $"cufft {columns}" : $"cufft {rows}x{columns}");
        cufftResult result = data.DType == DType.Complex128
            ? CudaFFTNativeMethods.cufftExecZ2Z(plan.Handle, address, address, direction)
            : CudaFFTNativeMethods.cufftExecC2C(plan.Handle, address, address, direction);
        _device.Require(result, $"transform {data.Describe()}");
    }

    /// <summary>Destroys the plans and gives the work area back.</summary>
    public void Dispose()
    {
        Clear();
        _work.Dispose();
    }

    /// <summary>Forgets all plans; those needed again are made again.</summary>
    internal void Clear()
    {
        using Lock.Scope call = _device.EnterToRelease();
        foreach (Plan plan in _plans.Values)
        {
            _ = _device.IsRehearsal ? default : CudaFFTNativeMethods.cufftDestroy(plan.Handle);
        }

        _plans.Clear();
        _work.Clear();
        _area = null;
    }

    private Plan Find(int rows, int columns, long batch, bool isDouble)
    {
        if (_plans.TryGetValue((rows, columns, batch, isDouble), out Plan plan))
        {
            return plan;
        }

        _device.RequireNoCapture("planning transforms");
        if (_device.IsRehearsal)
        {
            return _plans[(rows, columns, batch, isDouble)] = new Plan { WorkBytes = rows * columns * batch * (isDouble ? DType.Complex128 : DType.Complex64).Bytes() };
        }

        CudaLibraries.Require(CudaLibrary.Transforms);
        int[] sizes = rows == 1 ? [columns] : [rows, columns];
        string what = $"plan {batch} transforms of {rows} x {columns}";
        _device.Require(CudaFFTNativeMethods.cufftCreate(ref plan.Handle), what);
        try
        {
            SizeT bytes = 0L;
            cufftType type = isDouble ? cufftType.Z2Z : cufftType.C2C;
            _device.Require(CudaFFTNativeMethods.cufftSetAutoAllocation(plan.Handle, 0), what);
            _device.Require(
                CudaFFTNativeMethods.cufftMakePlanMany(plan.Handle, sizes.Length, sizes, null, 1, 0, null, 1, 0, type, checked((int)batch), ref bytes), what);
            _device.Require(CudaFFTNativeMethods.cufftSetStream(plan.Handle, _device.Stream), what);
            plan.WorkBytes = bytes;
        }
        catch (DeviceException)
        {
            _ = CudaFFTNativeMethods.cufftDestroy(plan.Handle);
            throw;
        }

        return _plans[(rows, columns, batch, isDouble)] = plan;
    }

    private void Reserve(long bytes)
    {
        if (bytes > (_area?.ByteCount ?? 0))
        {
            if (!_device.HasGraphs)
            {
                _work.Clear(); // a graph would go on writing to the smaller area
            }

            _area = _work.New(DType.Float32, [checked((int)((bytes + sizeof(float) - 1) / sizeof(float)))]);
        }
    }

    private struct Plan
    {
        public cufftHandle Handle;
        public long WorkBytes;
    }
}
