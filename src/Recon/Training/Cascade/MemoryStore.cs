using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Images in host memory, counted by the ledger under <see cref="MemoryOwner.Cache"/>; checkpoints hold copies.</summary>
/// <param name="host">Device of the memory.</param>
internal sealed class MemoryStore(Device host) : ISolutionStore
{
    private const string Prefix = "cache.";

    private readonly TensorScope _scope = new(host, MemoryOwner.Cache);
    private readonly Dictionary<string, Tensor> _images = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool TryRead(string name, int[] words)
    {
        bool found = _images.TryGetValue(name, out Tensor? image);
        image?.Span<int>().CopyTo(words);
        return found;
    }

    /// <inheritdoc/>
    public void Write(string name, int[] words)
    {
        if (!_images.TryGetValue(name, out Tensor? image))
        {
            _images[name] = image = _scope.New(DType.Int32, [words.Length]);
        }

        image.CopyFromHost<int>(words);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        _images.Clear();
        _scope.Clear();
    }

    /// <inheritdoc/>
    public void Save(CheckpointContent content)
    {
        foreach ((string name, Tensor image) in _images)
        {
            content.Tensors.Add(Prefix + name, image);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        Clear();
        foreach ((string name, Tensor image) in content.Tensors.Where(t => t.Key.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            Write(name[Prefix.Length..], image.ToArray<int>());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scope.Dispose();
}
