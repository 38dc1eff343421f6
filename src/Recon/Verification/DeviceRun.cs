using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// Inputs and results of one operation on one device. The n-th input drawn has the same values on every device: it is
/// drawn on the host and brought.
/// </summary>
/// <param name="scope">Owner of inputs and results; its device computes.</param>
/// <param name="real">float32 or float64.</param>
internal sealed class DeviceRun(TensorScope scope, DType real)
{
    private readonly List<double> _results = [];
    private int _draws;

    /// <summary>Owner of inputs and results.</summary>
    public TensorScope Scope => scope;

    /// <summary>float32 or float64.</summary>
    public DType RealType => real;

    /// <summary>All results, one after the other.</summary>
    public IReadOnlyList<double> Results => _results;

    /// <summary>Normal deviates.</summary>
    public Tensor Real(params ReadOnlySpan<int> shape) => Draw(real, Shape.Create(shape));

    /// <summary>Complex normal deviates.</summary>
    public Tensor Complex(params ReadOnlySpan<int> shape) => Draw(real.ToComplex(), Shape.Create(shape));

    /// <summary>An array to compute into, its content undefined.</summary>
    public Tensor New(DType type, params ReadOnlySpan<int> shape) => scope.New(type, Shape.Create(shape));

    /// <summary>Keeps a result.</summary>
    public void Keep(Tensor result) => _results.AddRange(result.DType == DType.Int32
        ? result.ToArray<int>().Select(v => (double)v)
        : result.DType.IsDouble() ? result.AsReal().ToArray<double>() : result.AsReal().ToArray<float>().Select(v => (double)v));

    /// <summary>Keeps numbers.</summary>
    public void Keep(params IEnumerable<double> results) => _results.AddRange(results);

    private Tensor Draw(DType type, Shape shape)
    {
        using var host = new TensorScope(scope.Device.Host, MemoryOwner.Workspace);
        Tensor drawn = host.New(type, shape), brought = scope.New(type, shape);
        Autodiff.RandomFill.Normal(drawn, new CounterRandom(71).Stream(_draws++));
        brought.CopyFrom(drawn);
        return brought;
    }
}
