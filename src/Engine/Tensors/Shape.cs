using System.Collections;
using System.Runtime.CompilerServices;

namespace Stardeq.Engine;

/// <summary>Extents of a dense row-major array, slowest axis first. Rank 0 is a scalar of one element.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<int>
{
    private readonly int[]? _extents;

    private Shape(int[] extents) => _extents = extents;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar => default;

    /// <summary>Number of axes.</summary>
    public int Rank => _extents?.Length ?? 0;

    /// <summary>Number of elements, the product of all extents.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int extent in Extents)
            {
                count *= extent;
            }

            return count;
        }
    }

    /// <summary>The extents themselves.</summary>
    public ReadOnlySpan<int> Extents => _extents;

    /// <summary>Extent of one axis; <c>shape[^1]</c> is the fastest.</summary>
    public int this[Index axis] => Extents[axis];

    /// <summary>A run of axes as a shape of its own.</summary>
    public Shape this[Range axes] => Create(Extents[axes]);

    /// <summary>Shape from extents; used by collection expressions such as <c>[2, 3]</c>.</summary>
    /// <exception cref="ShapeException">An extent is negative.</exception>
    public static Shape Create(ReadOnlySpan<int> extents)
    {
        foreach (int extent in extents)
        {
            if (extent < 0)
            {
                throw new ShapeException($"shape: extent {extent} of [{string.Join(", ", extents.ToArray())}] is negative.");
            }
        }

        return new Shape(extents.ToArray());
    }

    /// <summary>Axes of this shape followed by those of <paramref name="inner"/>.</summary>
    public Shape Concat(Shape inner) => new([.. Extents, .. inner.Extents]);

    /// <inheritdoc/>
    public bool Equals(Shape other) => Extents.SequenceEqual(other.Extents);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (int extent in Extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>Equality of rank and extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Inequality of rank or extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>As users read it: <c>[2, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _extents ?? [])}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_extents ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
