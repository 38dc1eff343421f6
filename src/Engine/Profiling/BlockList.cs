using System.Collections;

namespace Stardeq.Engine;

/// <summary>
/// A list that only grows, in blocks that stay where they are. What watches a program appends to it: an ordinary list would copy itself
/// again and again, into large objects that make the collector work.
/// </summary>
/// <typeparam name="T">Kind of entry.</typeparam>
public sealed class BlockList<T> : IReadOnlyList<T>
{
    private const int Block = 512; // entries of up to 160 bytes stay below the 85 KB at which objects are large

    private readonly List<T[]> _blocks = [];
    private T[] _last = [];
    private int _used;

    /// <summary>Number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>One entry.</summary>
    public T this[int index] => index < Count ? _blocks[index / Block][index % Block] : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Appends an entry.</summary>
    public void Add(T entry)
    {
        if (_used == _last.Length)
        {
            _blocks.Add(_last = new T[Block]);
            _used = 0;
        }

        _last[_used++] = entry;
        Count++;
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return _blocks[i / Block][i % Block];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
