using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;
using BlasMath = ManagedCuda.CudaBlas.Math;

namespace Stardeq.Engine;

/// <summary>A matrix of a batch of matrices inside a tensor: rows x columns, row-major, possibly to be read transposed.</summary>
/// <param name="Data">Float32 or float64 tensor; matrix i starts at element i · <paramref name="Stride"/>.</param>
/// <param name="Rows">Rows as stored.</param>
/// <param name="Columns">Columns as stored, contiguous.</param>
/// <param name="Stride">Elements from one matrix of the batch to the next; 0 for one matrix that all share.</param>
/// <param name="Transposed">Whether the product takes the transpose.</param>
public readonly record struct MatrixBatch(Tensor Data, int Rows, int Columns, long Stride = 0, bool Transposed = false)
{
    internal int OuterRows => Transposed ? Columns : Rows;

    internal int OuterColumns => Transposed ? Rows : Columns;

    internal bool Holds(int batch) => Data.Count >= ((batch - 1) * Stride) + ((long)Rows * Columns);

    internal string Describe() => $"{Rows} x {Columns}{(Transposed ? " transposed" : "")} of {Data.Describe()}";
}

/// <summary>
/// The matrix products of cuBLAS on a device's one stream: C = α op(A) op(B) + β C, for each matrix of a batch, row-major.
/// Full float32 unless <see cref="Tf32Variable"/> asks for the tensor cores' shorter mantissa. The workspace is fixed, so that a product has the
/// same bits each time and can be part of a graph.
/// </summary>
public sealed class MatrixProducts : IDisposable
{
    /// <summary>Environment variable; 1 lets float32 products round their operands to TF32 (10 bits of mantissa).</summary>
    public const string Tf32Variable = "STARDEQ_CUDA_TF32";

    // What cuBLAS recommends for devices of compute capability 9; older ones want 4 MiB.
    private const int WorkBytes = 32 << 20;

    private readonly CudaDevice _device;
    private readonly TensorScope _work;
    private CudaBlasHandle _handle;
    private Tensor? _area; // of the workspace; there once cuBLAS is open

    internal MatrixProducts(CudaDevice device)
    {
        _device = device;
        _work = new TensorScope(device, MemoryOwner.Plans);
    }

    /// <summary>Multiplies.</summary>
    /// <param name="a">op(A), m x k.</param>
    /// <param name="b">op(B), k x n.</param>
    /// <param name="c">C, m x n, not transposed; replaced if <paramref name="beta"/> is 0.</param>
    /// <param name="batch">Number of products.</param>
    /// <param name="alpha">α.</param>
    /// <param name="beta">β; 0 means that C is not read.</param>
    /// <exception cref="ShapeException">Sizes or types do not fit, or a batch goes beyond its tensor.</exception>
    /// <exception cref="DeviceException">cuBLAS is missing or refuses.</exception>
    public void Multiply(MatrixBatch a, MatrixBatch b, MatrixBatch c, int batch = 1, double alpha = 1, double beta = 0)
    {
        DType type = c.Data.DType;
        (int m, int n, int k) = (c.Rows, c.Columns, a.OuterColumns);
        bool fits = type is DType.Float32 or DType.Float64 && a.Data.DType == type && b.Data.DType == type && !c.Transposed && batch >= 0
            && a.OuterRows == m && b.OuterRows == k && b.OuterColumns == n
            && (batch == 0 || (a.Holds(batch) && b.Holds(batch) && c.Holds(batch) && (batch == 1 || c.Stride >= (long)m * n)));
        if (!fits)
        {
            throw new ShapeException($"matrix product: {a.Describe()} times {b.Describe()} into {c.Describe()}, batch {batch}; inner and outer sizes, types and lengths must fit.");
        }

        if (new[] { a, b, c }.FirstOrDefault(matrix => matrix.Data.Device != _device) is { Data: { } elsewhere })
        {
            throw new DeviceException($"cuda: {elsewhere.Describe()} is on {elsewhere.Device}; a matrix product on {_device} was asked for.");
        }

        if (batch == 0 || m == 0 || n == 0)
        {
            return;
        }

        using Lock.Scope call = _device.Enter();
        Open();
        if (_device.IsRehearsal)
        {
            return;
        }

        using KernelTrace.OpenLaunch? traced = _device.Tracing?.Begin(LaunchKind.Library, $"cublas {m}x{n}x{k}");

        // Row-major matrices are the transposes of column-major ones: the library computes Cᵀ = op(B)ᵀ op(A)ᵀ.
        CublasStatus status = type == DType.Float64
            ? Double(a, b, c, (m, n, k), batch, alpha, beta)
            : Single(a, b, c, (m, n, k), batch, (float)alpha, (float)beta);
        _device.Require(status, $"multiply {a.Describe()} by {b.Describe()}, batch {batch}");
    }

    /// <summary>Destroys the library's context and gives the workspace back.</summary>
    public void Dispose()
    {
        using Lock.Scope call = _device.EnterToRelease();
        if (_handle.Pointer != 0)
        {
            _ = CudaBlasNativeMethods.cublasDestroy_v2(_handle);
            _handle = default;
        }

        _work.Dispose();
    }

    private CublasStatus Single(MatrixBatch a, MatrixBatch b, MatrixBatch c, (int M, int N, int K) size, int batch, float alpha, float beta) =>
        CudaBlasNativeMethods.cublasSgemmStridedBatched(
            _handle, Operation(b), Operation(a), size.N, size.M, size.K, ref alpha, Address(b), Leading(b), b.Stride, Address(a), Leading(a), a.Stride,
            ref beta, Address(c), Leading(c), c.Stride, batch);

    private CublasStatus Double(MatrixBatch a, MatrixBatch b, MatrixBatch c, (int M, int N, int K) size, int batch, double alpha, double beta) =>
        CudaBlasNativeMethods.cublasDgemmStridedBatched(
            _handle, Operation(b), Operation(a), size.N, size.M, size.K, ref alpha, Address(b), Leading(b), b.Stride, Address(a), Leading(a), a.Stride,
            ref beta, Address(c), Leading(c), c.Stride, batch);

    private static Operation Operation(MatrixBatch matrix) =>
        matrix.Transposed ? ManagedCuda.CudaBlas.Operation.Transpose : ManagedCuda.CudaBlas.Operation.NonTranspose;

    private static CUdeviceptr Address(MatrixBatch matrix) => CudaDevice.Pointer(matrix.Data.DeviceAddress());

    private static int Leading(MatrixBatch matrix) => System.Math.Max(1, matrix.Columns);

    private void Open()
    {
        if (_area is not null)
        {
            return;
        }

        _device.RequireNoCapture("opening cuBLAS");
        if (_device.IsRehearsal)
        {
            _area = _work.New(DType.Float32, [WorkBytes / sizeof(float)]);
            return;
        }

        CudaLibraries.Require(CudaLibrary.Algebra);
        _device.Require(CudaBlasNativeMethods.cublasCreate_v2(ref _handle), "start");
        try
        {
            _area = _work.New(DType.Float32, [WorkBytes / sizeof(float)]);
            BlasMath math = Environment.GetEnvironmentVariable(Tf32Variable) == "1" ? BlasMath.TF32TensorOpMath : BlasMath.DefaultMath;
            _device.Require(CudaBlasNativeMethods.cublasSetStream_v2(_handle, _device.Stream), "use the stream");
            _device.Require( // after the stream, which resets it
                CudaBlasNativeMethods.cublasSetWorkspace_v2(_handle, CudaDevice.Pointer(_area.DeviceAddress()), _area.ByteCount), "use a workspace");
            _device.Require(CudaBlasNativeMethods.cublasSetMathMode(_handle, math), $"compute in {math}");
        }
        catch
        {
            _ = CudaBlasNativeMethods.cublasDestroy_v2(_handle);
            _handle = default;
            _work.Clear();
            _area = null;
            throw;
        }
    }
}
