using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

public sealed class CounterRandomTests
{
    private const int Draws = 1 << 16;

    // Known answers of philox4x32 with 10 rounds that accompany the Random123 library, [SAL11].
    // Counter words: index low, index high, stream low, stream high. Key words: seed low, seed high.
    [TestCase(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void A_block_is_the_published_answer(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint a, uint b, uint c, uint d)
    {
        var random = new CounterRandom(Join(k0, k1), Join(c2, c3));
        Assert.That(random.Block(Join(c0, c1)), Is.EqualTo((a, b, c, d)));
    }

    [Test]
    public void Uniform_draws_have_the_moments_of_the_unit_interval()
    {
        var random = new CounterRandom(3);
        double[] draws = [.. Enumerable.Range(0, Draws).Select(i => random.Uniform(i))];
        Assert.That(draws, Is.All.InRange(0.0, Math.BitDecrement(1.0)));

        // Standard errors of the means of u and of (u - 1/2)^2: variances 1/12 and 1/80 - 1/144 = 1/180. Five of them.
        Assert.That(draws.Average(), Is.EqualTo(0.5).Within(5 * Math.Sqrt(1.0 / 12 / Draws)));
        Assert.That(draws.Average(u => (u - 0.5) * (u - 0.5)), Is.EqualTo(1.0 / 12).Within(5 * Math.Sqrt(1.0 / 180 / Draws)));
    }

    [Test]
    public void Uniform_draws_fill_equal_bins_equally()
    {
        const int Bins = 64;
        var random = new CounterRandom(4, stream: 9);
        int[] counts = new int[Bins];
        for (int i = 0; i < Draws; i++)
        {
            counts[(int)(random.Uniform(i) * Bins)]++;
        }

        // Chi-square with 63 degrees of freedom: mean 63, variance 126. Five standard deviations either way.
        double expected = (double)Draws / Bins;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.That(chiSquare, Is.EqualTo(Bins - 1).Within(5 * Math.Sqrt(2 * (Bins - 1))));
    }

    [Test]
    public void Normal_pairs_have_the_moments_of_two_independent_normals()
    {
        var random = new CounterRandom(5);
        var pairs = Enumerable.Range(0, Draws).Select(i => random.NormalPair(i)).ToArray();
        foreach (double[] draws in new[] { pairs.Select(p => p.First).ToArray(), [.. pairs.Select(p => p.Second)] })
        {
            // Variances of x, x^2, x^3, x^4 for a standard normal: 1, 2, 15, 96. Five standard errors.
            Assert.That(draws.Average(), Is.EqualTo(0).Within(5 * Math.Sqrt(1.0 / Draws)));
            Assert.That(draws.Average(x => x * x), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / Draws)));
            Assert.That(draws.Average(x => x * x * x), Is.EqualTo(0).Within(5 * Math.Sqrt(15.0 / Draws)));
            Assert.That(draws.Average(x => x * x * x * x), Is.EqualTo(3).Within(5 * Math.Sqrt(96.0 / Draws)));
        }

        Assert.That(pairs.Average(p => p.First * p.Second), Is.EqualTo(0).Within(5 * Math.Sqrt(1.0 / Draws)));
        Assert.That(random.Normal(17), Is.EqualTo(random.NormalPair(17).First));
    }

    [Test]
    public void Neighbouring_draws_seeds_and_streams_are_uncorrelated()
    {
        var random = new CounterRandom(6);
        double Correlation(Func<int, double> other) =>
            12 * Enumerable.Range(0, Draws).Average(i => (random.Uniform(i) - 0.5) * (other(i) - 0.5));

        // A product of two independent centred uniforms has variance 1/144: the standard error of the correlation is
        // 1/sqrt(draws). Five of them.
        double tolerance = 5 / Math.Sqrt(Draws);
        Assert.That(Correlation(i => random.Uniform(i + 1)), Is.EqualTo(0).Within(tolerance));
        Assert.That(Correlation(i => new CounterRandom(7).Uniform(i)), Is.EqualTo(0).Within(tolerance));
        Assert.That(Correlation(i => random.Stream("noise").Uniform(i)), Is.EqualTo(0).Within(tolerance));
        Assert.That(Correlation(i => random.Stream(1).Uniform(i)), Is.EqualTo(0).Within(tolerance));
    }

    [Test]
    public void Differently_named_streams_differ_and_equal_names_agree()
    {
        var random = new CounterRandom(8);
        CounterRandom[] streams =
        [
            random, random.Stream("a"), random.Stream("b"), random.Stream("ab"), random.Stream("a").Stream("b"),
            random.Stream("b").Stream("a"), random.Stream("a").Stream("a"), random.Stream(0), random.Stream(1),
            random.Stream(-1), random.Stream(1).Stream(0), random.Stream(0).Stream(1),
        ];
        Assert.That(streams.Select(stream => stream.Block(0)).Distinct().Count(), Is.EqualTo(streams.Length));
        Assert.That(random.Stream("a").Uniform(5), Is.EqualTo(new CounterRandom(8).Stream("a").Uniform(5)));
    }

    [Test]
    public void Integers_stay_in_range_and_reach_every_value([Values(1, 2, 7, 100)] int bound)
    {
        var random = new CounterRandom(9);
        int[] draws = [.. Enumerable.Range(0, 5000).Select(i => random.Integer(i, bound))];
        Assert.That(draws, Is.All.InRange(0, bound - 1));

        // The chance that a value among 100 is missed 5000 times is 100 * 0.99^5000 < 1e-19.
        Assert.That(draws.Distinct().Count(), Is.EqualTo(bound));
    }

    [Test]
    public void A_permutation_holds_every_number_once([Values(0, 1, 2, 3, 100, 1001)] int count)
    {
        Assert.That(new CounterRandom(10).Permutation(count).Order(), Is.EqualTo(Enumerable.Range(0, count)));
    }

    [Test]
    public void All_permutations_are_equally_likely()
    {
        const int Shuffles = 24_000, Orders = 24;
        var counts = Enumerable.Range(0, Shuffles)
            .GroupBy(i => string.Concat(new CounterRandom(11).Stream(i).Permutation(4))).Select(group => group.Count()).ToList();
        Assert.That(counts, Has.Count.EqualTo(Orders));

        // Chi-square with 23 degrees of freedom, five standard deviations.
        double expected = (double)Shuffles / Orders;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.That(chiSquare, Is.EqualTo(Orders - 1).Within(5 * Math.Sqrt(2 * (Orders - 1))));
    }

    private static ulong Join(uint low, uint high) => low | ((ulong)high << 32);
}
