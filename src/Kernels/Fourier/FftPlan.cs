using System.Collections.Concurrent;
using System.Numerics;

namespace Stardeq.Kernels;

/// <summary>
/// Tables of the discrete Fourier transform of one length: factors, roots of unity (evaluated in double) and the order
/// in which an in-place mixed-radix transform reads or leaves its data. Lengths with a prime factor above 7 use
/// Bluestein's chirp convolution at a smooth length. Plans are immutable and cached.
/// </summary>
/// <remarks>Mixed radix: [COO65]; chirp: [BLU70], both in docs/references.md.</remarks>
public sealed unsafe class FftPlan
{
    private static readonly ConcurrentDictionary<int, FftPlan> s_plans = new();

    private FftPlan(int length)
    {
        Length = length;
        Radices = Factor(length);
        Roots = UnitRoots(length, length);
        if (Radices.Length == 0 && length > 1)
        {
            Convolution = Create(NextSmooth((2 * length) - 1, even: true));
            Chirp = UnitRoots(2 * length, length, index => (long)index * index);
            ChirpSpectrum = SpectrumOfChirp();
        }

        Order = PinnedIndices(DigitOrder);
        Natural = PinnedIndices(index => index);
        OrderCentred = PinnedIndices(index => DigitOrder(Wrap(index - (length / 2))));
        NaturalCentred = PinnedIndices(index => Wrap(index - (length / 2)));
        Twiddles = StageTwiddles();
        ChirpSplit = Split(Chirp);
        ChirpSpectrumSplit = Split(Convolution is null ? [] : Permuted(ChirpSpectrum, Convolution));
    }

    /// <summary>Number of points n ≥ 1.</summary>
    public int Length { get; }

    /// <summary>The plan of a length, made at the first call.</summary>
    /// <param name="length">Number of points, at least 1.</param>
    public static FftPlan Create(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return s_plans.GetOrAdd(length, static n => new FftPlan(n));
    }

    /// <summary>The smallest integer ≥ <paramref name="length"/> without a prime factor above 7, if asked an even one.</summary>
    public static int NextSmooth(int length, bool even)
    {
        int candidate = Math.Max(1, length);
        while ((even && candidate % 2 != 0) || (candidate > 1 && Factor(candidate).Length == 0))
        {
            candidate++;
        }

        return candidate;
    }

    /// <summary>Factors from the outermost split to the innermost; empty for length 1 and for Bluestein lengths.</summary>
    internal int[] Radices { get; }

    /// <summary>exp(-2πi j/n), j = 0..n-1.</summary>
    internal Complex[] Roots { get; }

    /// <summary>Plan of the convolution of a Bluestein length, otherwise null.</summary>
    internal FftPlan? Convolution { get; }

    /// <summary>c[j] = exp(-πi j²/n).</summary>
    internal Complex[] Chirp { get; } = [];

    /// <summary>DFT of conj c, wrapped to the convolution length, over that length.</summary>
    internal Complex[] ChirpSpectrum { get; } = [];

    /// <summary>Order[i] = position of index i in the digit-reversed order (the identity for Bluestein lengths).</summary>
    internal int[] Order { get; }

    /// <summary>The identity.</summary>
    internal int[] Natural { get; }

    /// <summary><see cref="Order"/> of the index that a centred array holds at each position.</summary>
    internal int[] OrderCentred { get; }

    /// <summary>Index that a centred array holds at each position: (i - ⌊n/2⌋) modulo n.</summary>
    internal int[] NaturalCentred { get; }

    /// <summary>Per stage, [k][r - 1] (re, im) = exp(-2πi r k / L), L the length that the stage splits, r = 1..radix-1.</summary>
    internal float[][] Twiddles { get; }

    /// <summary><see cref="Chirp"/> as (re, im) floats.</summary>
    internal float[] ChirpSplit { get; }

    /// <summary><see cref="ChirpSpectrum"/> in the order of the convolution plan, as (re, im) floats.</summary>
    internal float[] ChirpSpectrumSplit { get; }

    /// <summary>Elements that an in-place transform needs room for.</summary>
    internal int ScratchLength => Convolution?.Length ?? Length;

    /// <summary>Index modulo n, also for negative indices.</summary>
    internal int Wrap(long index) => (int)(((index % Length) + Length) % Length);

    /// <summary>An integer array at a fixed address, filled from a function of the index.</summary>
    internal static int[] PinnedIndices(int count, Func<int, int> value)
    {
        int[] indices = GC.AllocateArray<int>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            indices[i] = value(i);
        }

        return indices;
    }

    private static int[] Factor(int length)
    {
        var radices = new List<int>();
        foreach (int radix in (ReadOnlySpan<int>)[4, 2, 3, 5, 7])
        {
            while (length % radix == 0)
            {
                radices.Add(radix);
                length /= radix;
            }
        }

        return length == 1 ? [.. radices] : [];
    }

    private static Complex[] UnitRoots(int period, int count, Func<int, long>? power = null)
    {
        var roots = new Complex[count];
        for (int i = 0; i < count; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * ((power?.Invoke(i) ?? i) % period) / period);
            roots[i] = new Complex(cosine, -sine);
        }

        return roots;
    }

    private static float[] Split(Complex[] values)
    {
        float[] floats = GC.AllocateArray<float>(Math.Max(2, 2 * values.Length), pinned: true);
        for (int i = 0; i < values.Length; i++)
        {
            (floats[2 * i], floats[(2 * i) + 1]) = ((float)values[i].Real, (float)values[i].Imaginary);
        }

        return floats;
    }

    private static Complex[] Permuted(Complex[] natural, FftPlan plan)
    {
        var permuted = new Complex[natural.Length];
        for (int i = 0; i < natural.Length; i++)
        {
            permuted[plan.Order[i]] = natural[i];
        }

        return permuted;
    }

    private int[] PinnedIndices(Func<int, int> value) => PinnedIndices(Length, value);

    private int DigitOrder(int index)
    {
        int position = 0, length = Length;
        foreach (int radix in Radices)
        {
            length /= radix;
            position += index % radix * length;
            index /= radix;
        }

        return position + index;
    }

    private float[][] StageTwiddles()
    {
        var stages = new float[Radices.Length][];
        int length = Length;
        for (int stage = 0; stage < stages.Length; stage++)
        {
            int radix = Radices[stage], step = Length / length;
            length /= radix;
            var factors = new Complex[length * (radix - 1)];
            for (int k = 0; k < length; k++)
            {
                for (int r = 1; r < radix; r++)
                {
                    factors[(k * (radix - 1)) + r - 1] = Roots[k * r * step];
                }
            }

            stages[stage] = Split(factors);
        }

        return stages;
    }

    private Complex[] SpectrumOfChirp()
    {
        int period = Convolution!.Length;
        var wrapped = new Complex[period];
        for (int j = 0; j < Length; j++)
        {
            wrapped[j] = Complex.Conjugate(Chirp[j]) / period;
            wrapped[(period - j) % period] = wrapped[j];
        }

        FftDouble.Transform(Convolution, wrapped, inverse: false);
        return wrapped;
    }
}
