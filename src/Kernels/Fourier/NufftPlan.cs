using Stardeq.Engine;

namespace Stardeq.Kernels;

// nufft: y[m] = 1/√(rows columns) Σ_n x[n] exp(-2πi k_m·n/N)
// gradient: its adjoint · spec: tests/Kernels/Fourier/NufftPlanTests.cs

/// <summary>
/// The non-uniform Fourier transform of an image at a fixed set of points:
/// y[m] = 1/√(rows columns) Σ_n x[n] exp(-2πi (kx_m nx/columns + ky_m ny/rows)), n counted from the centre pixel ⌊n/2⌋.
/// complex64 goes through Kaiser-Bessel gridding; complex128 is the direct sum, the definition. The adjoint is
/// the exact transpose of the forward map, stage by stage.
/// </summary>
/// <remarks>
/// <see cref="Domain"/> [rows, columns] and <see cref="Range"/> [points] describe one image; both directions accept any
/// leading batch axes, the same on both sides. Results do not depend on the number of threads. Method: docs/method.md A2.
/// </remarks>
public sealed class NufftPlan : ILinearOperator, IDisposable
{
    private const double Float32Rounding = 6e-8; // 2^-24

    private readonly double[] _points;
    private readonly NufftAxis _x, _y;
    private readonly INufftPath _gridding;

    private NufftPlan(Device device, double[] points, int rows, int columns, NufftAccuracy accuracy)
    {
        _points = points;
        Domain = [rows, columns];
        Range = [points.Length / 2];
        Accuracy = accuracy;
        _x = new NufftAxis(columns, accuracy);
        _y = rows == columns ? _x : new NufftAxis(rows, accuracy);
        _gridding = device is CudaDevice cuda ? new NufftCuda(cuda, points, _x, _y) : new NufftGridding((CpuDevice)device, points, _x, _y);
        PredictedError = Predict();
    }

    /// <inheritdoc/>
    public Shape Domain { get; }

    /// <inheritdoc/>
    public Shape Range { get; }

    /// <summary>Oversampling and kernel width of the float32 path.</summary>
    public NufftAccuracy Accuracy { get; }

    /// <summary>
    /// Bound of the relative l2 error of the float32 path against the exact sum, for images and points without
    /// special structure: the aliasing of the worst pixel, both axes together, computed from the window at creation,
    /// plus float32 rounding amplified by the roll-off correction.
    /// </summary>
    public double PredictedError { get; }

    /// <summary>Ratio of the largest to the smallest roll-off factor: how much rounding is amplified at the rim.</summary>
    public double RollOffDynamicRange => _x.DynamicRange * _y.DynamicRange;

    /// <summary>A plan for points given as (kx, ky) pairs.</summary>
    /// <param name="device">Device of all later calls.</param>
    /// <param name="points">2 M numbers (kx, ky), cycles per field of view; any finite value: the sum is periodic in the image size.</param>
    /// <param name="rows">Image rows, at least 1.</param>
    /// <param name="columns">Image columns, at least 1.</param>
    /// <param name="accuracy">Accuracy of the float32 path.</param>
    /// <exception cref="ShapeException">No points, an odd number of values, a value that is not finite, or a size below 1.</exception>
    public static NufftPlan Create(Device device, ReadOnlySpan<double> points, int rows, int columns, NufftAccuracy accuracy)
    {
        if (points.IsEmpty || points.Length % 2 != 0 || rows < 1 || columns < 1)
        {
            throw new ShapeException($"nufft: {points.Length} coordinates for an image of {rows} x {columns}; expected at least one (kx, ky) pair and sizes of at least 1.");
        }

        if (accuracy.Width is < 2 or > 16 || !(accuracy.Oversampling is > 1 and <= 8))
        {
            throw new ShapeException($"nufft: oversampling {accuracy.Oversampling} and width {accuracy.Width}; expected an oversampling above 1, at most 8, and a width of 2 to 16.");
        }

        foreach (double value in points)
        {
            if (!double.IsFinite(value))
            {
                throw new ShapeException($"nufft: a coordinate is {value}; all must be finite, in cycles per field of view.");
            }
        }

        using OpenSpan? span = device.Spans?.Begin("nufft plan", WorkCount.None);
        return new NufftPlan(device, points.ToArray(), rows, columns, accuracy);
    }

    /// <summary>A plan for points in a tensor [M, 2] or [.., 2], float32 or float64, columns (kx, ky).</summary>
    /// <inheritdoc cref="Create(Device, ReadOnlySpan{double}, int, int, NufftAccuracy)"/>
    public static NufftPlan Create(Tensor points, int rows, int columns, NufftAccuracy accuracy) =>
        Create(points.Device, PointCoordinates.Read("nufft", points), rows, columns, accuracy);

    /// <inheritdoc/>
    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = OperatorShapes.Batch("nufft forward", x, Domain, y, Range);
        using OpenSpan? span = x.Device.Spans?.Begin("nufft type 2", Count(x.DType, batch));
        if (x.DType == DType.Complex128)
        {
            NufftDirect.Forward(_points, x, y, Domain[0], Domain[1], batch, mode);
        }
        else
        {
            _gridding.Forward(x, y, batch, mode);
        }
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        int batch = OperatorShapes.Batch("nufft adjoint", y, Range, x, Domain);
        using OpenSpan? span = x.Device.Spans?.Begin("nufft type 1", Count(x.DType, batch));
        if (x.DType == DType.Complex128)
        {
            NufftDirect.Adjoint(_points, y, x, Domain[0], Domain[1], batch, mode);
        }
        else
        {
            _gridding.Adjoint(y, x, batch, mode);
        }
    }

    /// <summary>Gives the tables back.</summary>
    public void Dispose() => _gridding.Dispose();

    private WorkCount Count(DType type, int batch) => batch * (type.IsDouble()
        ? Work.As(type, Work.DirectSum(Domain.Count, Range[0]))
        : Work.Nufft(_y.Size, _x.Size, _y.Grid, _x.Grid, Accuracy.Width, Range[0]));

    private double Predict()
    {
        double x = _x.AliasingError(), y = _y.AliasingError();
        int stages = _x.Plan.Radices.Length + _y.Plan.Radices.Length + 4; // transform passes, taps, corrections
        return Math.Sqrt((x * x) + (y * y)) + (Float32Rounding * Math.Sqrt(RollOffDynamicRange) * stages);
    }
}
