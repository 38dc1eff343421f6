using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// Cascaded initialisation [SHA24]: the solve of a slice starts at the solution that the same slice had in the epoch before, so
/// that it needs fewer evaluations. Solutions of the adjoint equation are remembered in the same way.
/// </summary>
/// <remarks>
/// Only converged solutions are kept. A kept one is used only if its residual ‖f(z) − z‖ / ‖f(z)‖ under the present weights is not
/// above that of the cold start. The comparison evaluates f at both; the solve goes on from f(z) of the better one, so one
/// evaluation is spent. Training alone uses it: inference always starts cold.
/// </remarks>
public sealed class SolutionCache : ICheckpointPart, IDisposable
{
    private const string Solution = "solution.", Adjoint = "adjoint.";

    private readonly Device _host;
    private readonly CachePrecision _precision;
    private readonly bool _keepsAdjoints;
    private readonly ISolutionStore _store;
    private readonly int[] _words;

    /// <summary>A cache without entries.</summary>
    /// <param name="config">Store and precision.</param>
    /// <param name="training">Slices that will be solved; all of one size.</param>
    /// <param name="host">Device of host memory.</param>
    /// <param name="mappedPath">File of <see cref="CacheStoreKind.Mapped"/>.</param>
    /// <exception cref="InputException">The mapped file cannot be made.</exception>
    public SolutionCache(TrainingConfig config, IReadOnlyList<IWaitingSlice> training, Device host, string mappedPath)
    {
        _host = host;
        _precision = config.CachePrecision;
        _keepsAdjoints = config.CascadeBackward;
        _words = new int[PackedImage.Words(_precision, 2 * training[0].ImageShape.Count)];
        _store = config.CacheStore == CacheStoreKind.Mapped
            ? new MappedStore(mappedPath, _words.Length, training.Count * (_keepsAdjoints ? 2 : 1))
            : new MemoryStore(host);
    }

    /// <summary>Bytes in memory once every slice has converged.</summary>
    /// <param name="config">Initialisation, store and precision.</param>
    /// <param name="slices">Slices of the training.</param>
    public static long LargestBytes(TrainingConfig config, int slices) => config is { Init: InitKind.Cascaded, CacheStore: CacheStoreKind.Memory }
        ? MemoryPool.RoundUp(sizeof(int) * (long)PackedImage.Words(config.CachePrecision, 2L * config.Matrix * config.Matrix)) * slices * (config.CascadeBackward ? 2 : 1)
        : 0;

    /// <summary>Where the solves of a batch start.</summary>
    /// <param name="batch">Slices with identities.</param>
    /// <param name="cold">Their problem, started cold.</param>
    /// <param name="into">Owner of the start.</param>
    public CascadedStart Start(SliceBatch batch, FixedPointProblem cold, TensorScope into)
    {
        Tensor start = into.Clone(cold.Start);
        bool[] found = [.. Enumerable.Range(0, start.Shape[0]).Select(s => TryLoad(Solution, batch, s, start.Slice(s)))];
        if (!found.Contains(true))
        {
            return CascadedStart.Cold(cold.Start);
        }

        using var scope = new TensorScope(into.Device, MemoryOwner.Solver);
        Tensor warmValue = scope.Like(start), coldValue = scope.Like(start);
        cold.Evaluate(start, warmValue);
        cold.Evaluate(cold.Start, coldValue);
        return new CascadedStart(start, [.. found.Select((isFound, s) => isFound ? Choose(s) : null)]);

        SliceStart Choose(int s)
        {
            double warm = Residual(start.Slice(s), warmValue.Slice(s)), plain = Residual(cold.Start.Slice(s), coldValue.Slice(s));
            bool isWarm = double.IsFinite(warm) && !(warm > plain);
            start.Slice(s).CopyFrom(isWarm ? warmValue.Slice(s) : cold.Start.Slice(s));
            return new SliceStart(isWarm, warm, plain);
        }
    }

    /// <summary>Remembers the solutions of a batch, of those slices whose solve converged.</summary>
    public void Keep(SliceBatch batch, FixedPointSolution solution) =>
        Keep(Solution, batch, solution.Value, [.. solution.Slices.Select(slice => slice.Status == SolveStatus.Converged)]);

    /// <summary>Where the adjoint solves of a batch start; null if one of its slices has no entry.</summary>
    /// <param name="batch">Slices with identities.</param>
    /// <param name="into">Owner of the result.</param>
    public Tensor? AdjointStart(SliceBatch batch, TensorScope into)
    {
        Tensor start = into.Like(batch.B);
        return _keepsAdjoints && Enumerable.Range(0, start.Shape[0]).All(s => TryLoad(Adjoint, batch, s, start.Slice(s))) ? start : null;
    }

    /// <summary>Remembers the adjoint solutions of a batch.</summary>
    /// <param name="batch">Slices with identities.</param>
    /// <param name="state">u, [slices, rows, columns].</param>
    /// <param name="isSolved">Whether u solves the adjoint equation, per slice; others are not kept.</param>
    public void KeepAdjoint(SliceBatch batch, Tensor state, IReadOnlyList<bool> isSolved)
    {
        if (_keepsAdjoints)
        {
            Keep(Adjoint, batch, state, isSolved);
        }
    }

    /// <summary>Forgets everything, because the weights were replaced.</summary>
    public void Clear() => _store.Clear();

    /// <inheritdoc/>
    public void Save(CheckpointContent content) => _store.Save(content);

    /// <inheritdoc/>
    public void Load(CheckpointContent content) => _store.Load(content);

    /// <summary>Gives the memory back; a mapped file stays.</summary>
    public void Dispose() => _store.Dispose();

    private static double Residual(Tensor z, Tensor fz) => Math.Sqrt(Reduce.SquaredDistance(fz, z) / Reduce.SumOfSquares(fz));

    private bool TryLoad(string kind, SliceBatch batch, int slice, Tensor image)
    {
        if (batch.Identities[slice] is not { } identity || !_store.TryRead(kind + identity, _words))
        {
            return false;
        }

        using var scope = new TensorScope(_host, MemoryOwner.Workspace);
        Tensor host = scope.Like(image);
        PackedImage.Unpack(_words, _precision, host.RealSpan<float>());
        image.CopyFrom(host);
        return true;
    }

    private void Keep(string kind, SliceBatch batch, Tensor images, IReadOnlyList<bool> isGood)
    {
        for (int s = 0; s < isGood.Count; s++)
        {
            if (isGood[s] && batch.Identities[s] is { } identity)
            {
                using var scope = new TensorScope(_host, MemoryOwner.Workspace);
                PackedImage.Pack(scope.Bring(images.Slice(s)).RealSpan<float>(), _precision, _words);
                _store.Write(kind + identity, _words);
            }
        }
    }
}
