using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>
/// Images in a memory-mapped file beside the checkpoint, for caches that are larger than memory. Each image has two records. What
/// the last checkpoint names is never written to: a new value goes to the other record, and a checkpoint, which is atomic, moves
/// the names on. A run that is killed at any moment therefore finds the records of its checkpoint as they were.
/// </summary>
/// <remarks>The pages belong to the system, not to the ledger. A checkpoint holds a check sum of each record.</remarks>
internal sealed class MappedStore : ISolutionStore
{
    private const string Key = "cache";
    private const int RecordsPerImage = 2;

    private readonly string _path;
    private readonly int _words;
    private readonly int _images;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, Image> _named = new(StringComparer.Ordinal);
    private readonly SortedSet<int> _free; // places that no name has

    /// <summary>Opens the file, or makes it with room for all images.</summary>
    /// <param name="path">The file.</param>
    /// <param name="words">Words of each image.</param>
    /// <param name="images">Most names at a time.</param>
    /// <exception cref="InputException">There is no room on the disk.</exception>
    public MappedStore(string path, int words, int images)
    {
        (_path, _words, _images, _free) = (path, words, images, [.. Enumerable.Range(0, images)]);
        long bytes = Bytes(words) * images * RecordsPerImage;
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length != bytes)
            {
                // The whole file at once: a full disk is an error here, and not a fault at some later write to a page.
                using var made = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = bytes });
                made.SetLength(bytes);
            }

            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
            _view = _file.CreateViewAccessor();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cache_store=mapped: cannot keep {bytes:N0} bytes in '{path}': {failure.Message} Free space there, or take cache_precision=half or init=cold.", failure);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(string name, int[] words)
    {
        if (!_named.TryGetValue(name, out Image? image) || image.Current is not { } record)
        {
            return false;
        }

        _view.ReadArray(Offset(image, record), words, 0, _words);
        return true;
    }

    /// <inheritdoc/>
    public void Write(string name, int[] words)
    {
        if (!_named.TryGetValue(name, out Image? image))
        {
            _named[name] = image = _free.Count > 0
                ? new Image(_free.Min)
                : throw new InvalidOperationException($"cache: there is room for {_images} images, '{name}' is one more.");
        }

        _free.Remove(image.Index);
        int free = image.Saved is { } saved ? 1 - saved : 0;
        _view.WriteArray(Offset(image, free), words, 0, _words);
        (image.Current, image.Sum) = (free, Sum(words));
    }

    /// <inheritdoc/>
    public void Clear()
    {
        foreach (Image image in _named.Values)
        {
            image.Current = null;
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointContent content)
    {
        _view.Flush();
        var records = new Dictionary<string, Record>();
        foreach ((string name, Image image) in _named)
        {
            image.Saved = image.Current;
            if (image.Current is { } record)
            {
                records.Add(name, new Record((image.Index * RecordsPerImage) + record, image.Sum));
            }
            else
            {
                _named.Remove(name); // forgotten, and no checkpoint names it any more
                _free.Add(image.Index);
            }
        }

        content.Metadata[Key] = JsonSerializer.Serialize(records);
    }

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        _named.Clear();
        _free.UnionWith(Enumerable.Range(0, _images));
        var words = new int[_words];
        foreach ((string name, Record record) in JsonSerializer.Deserialize<Dictionary<string, Record>>(content.Text(Key))!.OrderBy(r => r.Value.Position))
        {
            int current = record.Position % RecordsPerImage;
            var image = new Image(record.Position / RecordsPerImage) { Current = current, Saved = current, Sum = record.Sum };
            _view.ReadArray(Offset(image, current), words, 0, _words);
            if (Sum(words) != record.Sum)
            {
                throw new InputException($"'{_path}' is not the cache of checkpoint '{content.Path}': a record of it has changed. Copy both from one run, or start again.");
            }

            _named.Add(name, image);
            _free.Remove(image.Index);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private static long Bytes(int words) => (long)words * sizeof(int);

    private static string Sum(int[] words) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(words.AsSpan())).AsSpan(0, 8));

    private long Offset(Image image, int record) => ((image.Index * (long)RecordsPerImage) + record) * Bytes(_words);

    /// <summary>One image: its place, and which of its two records holds it now, and at the last checkpoint.</summary>
    private sealed class Image(int index)
    {
        public int Index { get; } = index;

        public int? Current { get; set; }

        public int? Saved { get; set; }

        public string Sum { get; set; } = "";
    }

    /// <summary>What a checkpoint says about an image.</summary>
    private sealed record Record(int Position, string Sum);
}
