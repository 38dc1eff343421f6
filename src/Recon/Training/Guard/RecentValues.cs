namespace Stardeq.Recon;

/// <summary>The last values of a sequence.</summary>
/// <param name="count">How many are remembered.</param>
internal sealed class RecentValues(int count)
{
    private readonly Queue<double> _values = new();

    /// <summary>How many are there.</summary>
    public int Count => _values.Count;

    /// <summary>Whether as many values are there as are remembered.</summary>
    public bool IsFull => _values.Count == count;

    /// <summary>Oldest first.</summary>
    public double[] Values => [.. _values];

    /// <summary>Adds a value and forgets the oldest one if there are too many.</summary>
    public void Add(double value)
    {
        _values.Enqueue(value);
        if (_values.Count > count)
        {
            _values.Dequeue();
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _values.Clear();

    /// <summary>Takes other values, oldest first.</summary>
    public void Replace(IEnumerable<double> values)
    {
        Clear();
        foreach (double value in values)
        {
            Add(value);
        }
    }

    /// <summary>The mean.</summary>
    public double Mean() => _values.Average();

    /// <summary>The value in the middle; the upper of two.</summary>
    public double Median() => _values.Order().ElementAt(_values.Count / 2);
}
