namespace Stardeq.Engine;

/// <summary>
/// Counter-based random numbers: the value at an index is a pure function of (seed, stream, index), so draws can be
/// made in any order, on any number of threads and on any device, and a run can resume anywhere.
/// </summary>
/// <remarks>Philox4x32 with 10 rounds, [SAL11] in docs/references.md.</remarks>
/// <param name="seed">Seed of the run.</param>
/// <param name="stream">Number of an independent sequence of that seed; see <see cref="Stream(string)"/>.</param>
public readonly struct CounterRandom(ulong seed, ulong stream = 0)
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57; // [SAL11] table 2
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;             // golden ratio and sqrt(3) - 1, [SAL11]
    private const int Rounds = 10;

    /// <summary>Seed of the run.</summary>
    public ulong Seed => seed;

    /// <summary>Number of the sequence.</summary>
    public ulong StreamNumber => stream;

    /// <summary>An independent sequence named by a text, for example "noise" or "shuffle".</summary>
    public CounterRandom Stream(string name)
    {
        ulong hash = 14695981039346656037; // FNV-1a, 64 bit
        foreach (char letter in name)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return new CounterRandom(seed, hash ^ (stream * 0x9E3779B97F4A7C15));
    }

    /// <summary>An independent sequence with a number, for example one per epoch.</summary>
    public CounterRandom Stream(long number) => Stream($"#{number}");

    /// <summary>Uniform in [0, 1), 53 random bits.</summary>
    public double Uniform(long index)
    {
        (uint a, uint b, _, _) = Block((ulong)index);
        return ToUnit(a, b);
    }

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(long index, double low, double high) => low + ((high - low) * Uniform(index));

    /// <summary>Normal with mean 0 and variance 1 (Box-Muller).</summary>
    public double Normal(long index) => NormalPair(index).First;

    /// <summary>Two independent normals with mean 0 and variance 1 (Box-Muller).</summary>
    public (double First, double Second) NormalPair(long index)
    {
        (uint a, uint b, uint c, uint d) = Block((ulong)index);
        double radius = Math.Sqrt(-2 * Math.Log(1 - ToUnit(a, b)));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * ToUnit(c, d));
        return (radius * cosine, radius * sine);
    }

    /// <summary>Integer in [0, bound).</summary>
    public int Integer(long index, int bound) => (int)(Uniform(index) * bound);

    /// <summary>A permutation of 0..<paramref name="count"/> (Fisher-Yates).</summary>
    public int[] Permutation(int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = Integer(i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>The four 32-bit words of one Philox block.</summary>
    internal (uint A, uint B, uint C, uint D) Block(ulong index)
    {
        uint c0 = (uint)index, c1 = (uint)(index >> 32), c2 = (uint)stream, c3 = (uint)(stream >> 32);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    private static double ToUnit(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53));
}
