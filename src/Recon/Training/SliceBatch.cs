using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Several slices as the layer and the loss want them: stacked along a first axis.</summary>
public sealed class SliceBatch : IDisposable
{
    private readonly TensorScope _scope;
    private readonly Tensor? _target;
    private readonly ToeplitzNormal _normal;

    /// <summary>Stacks slices that share a trajectory, hence a spectrum. One slice that is on the device already is taken as
    /// it is, without a copy.</summary>
    /// <param name="slices">Slices on any device.</param>
    /// <param name="device">Device of the batch.</param>
    /// <exception cref="ShapeException">The slices differ in shape or spectrum.</exception>
    public SliceBatch(IReadOnlyList<SliceProblem> slices, Device device)
    {
        SliceProblem first = slices[0];
        if (slices.Any(slice => !ReferenceEquals(slice.Spectrum, first.Spectrum)))
        {
            throw new ShapeException("batch: the slices have different sampling patterns; put slices of one acquisition into a batch.");
        }

        _scope = new TensorScope(device, MemoryOwner.Workspace);
        Identities = [.. slices.Select(slice => slice.Identity)];
        B = Stack(slices, slice => slice.B);
        Start = _scope.Like(B);
        for (int s = 0; s < slices.Count; s++)
        {
            slices[s].StartFrom(B.Slice(s), Start.Slice(s));
        }

        _target = slices.All(slice => slice.Target is not null) ? Stack(slices, slice => slice.RequireTarget()) : null;
        _normal = new ToeplitzNormal(_scope.Bring(first.Spectrum), Stack(slices, slice => slice.Maps));
    }

    /// <summary>Name of the content of each slice; null where nothing is remembered about it.</summary>
    public IReadOnlyList<string?> Identities { get; }

    /// <summary>Aᴴ W y, [slices, rows, columns] complex64.</summary>
    public Tensor B { get; }

    /// <summary>Where solvers start: the gridded images, like <see cref="B"/>.</summary>
    public Tensor Start { get; }

    /// <summary>What the network should return, like <see cref="B"/>.</summary>
    /// <exception cref="InvalidOperationException">A slice has none.</exception>
    public Tensor Target => _target ?? throw new InvalidOperationException("batch: a slice has no target.");

    /// <summary>H = Aᴴ W A of all slices.</summary>
    public ILinearOperator Normal => _normal;

    /// <summary>Gives the stacked copies and the operator's tables back.</summary>
    public void Dispose()
    {
        _normal.Dispose();
        _scope.Dispose();
    }

    private Tensor Stack(IReadOnlyList<SliceProblem> slices, Func<SliceProblem, Tensor> part)
    {
        Tensor first = part(slices[0]);
        if (slices.Count == 1)
        {
            return _scope.Bring(first).Reshape([1, .. first.Shape]);
        }

        Tensor stack = _scope.New(first.DType, [slices.Count, .. first.Shape]);
        for (int s = 0; s < slices.Count; s++)
        {
            stack.Slice(s).CopyFrom(part(slices[s]));
        }

        return stack;
    }
}
