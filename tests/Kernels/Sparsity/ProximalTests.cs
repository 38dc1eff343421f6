using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Shrinking, projecting, shifting, and the proximal maps made of them.</summary>
public sealed class ProximalTests
{
    [Test]
    public void Soft_thresholding_meets_its_optimality_condition_outside_the_corner()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const double threshold = 0.7;
        Tensor x = Sample.Normal(scope, DType.Complex128, [2, 6, 5], 1), z = scope.Clone(x);
        SoftThreshold.Run(z, threshold, cornerRows: 2, cornerColumns: 3);
        (Complex[] before, Complex[] after) = (x.ToArray<Complex>(), z.ToArray<Complex>());
        for (int i = 0; i < before.Length; i++)
        {
            bool isCorner = i / 5 % 6 < 2 && i % 5 < 3;
            Complex slope = before[i] - after[i]; // threshold times a subgradient of |z|
            if (isCorner)
            {
                Assert.That(after[i], Is.EqualTo(before[i]));
            }
            else if (after[i] == Complex.Zero)
            {
                Assert.That(slope.Magnitude, Is.LessThanOrEqualTo(threshold));
            }
            else
            {
                Assert.That((slope - (threshold * after[i] / after[i].Magnitude)).Magnitude, Is.LessThan(1e-14));
            }
        }

        Assert.That(after.Count(value => value == Complex.Zero), Is.InRange(1, 47), "the test sees both cases");
    }

    [Test]
    public void The_projection_leaves_the_ball_alone_and_moves_other_points_straight_to_its_edge()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const double radius = 1.5;
        Tensor u = Sample.Normal(scope, DType.Complex128, [3, 2, 4, 5], 2), p = scope.Clone(u);
        BallProjection.Run(p, radius);
        (Complex[] before, Complex[] after) = (u.ToArray<Complex>(), p.ToArray<Complex>());
        for (int i = 0; i < 60; i++)
        {
            int a = (i / 20 * 40) + (i % 20), b = a + 20;
            double size = Math.Sqrt(Math.Pow(before[a].Magnitude, 2) + Math.Pow(before[b].Magnitude, 2)), factor = Math.Min(1, radius / size);
            Assert.That((after[a] - (factor * before[a])).Magnitude + (after[b] - (factor * before[b])).Magnitude, Is.LessThan(1e-14));
        }
    }

    [Test]
    public void Single_precision_is_the_definition_rounded()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, DType.Complex64, [2, 2, 30, 37], 3), wide = Sample.Widen(scope, x), y = scope.Clone(x), wideY = scope.Clone(wide);
        SoftThreshold.Run(x, 0.6);
        SoftThreshold.Run(wide, 0.6);
        BallProjection.Run(y, 0.6);
        BallProjection.Run(wideY, 0.6);
        Assert.That(Sample.RelativeDistance(x, wide), Is.LessThan(3e-7)); // a root, a quotient, a difference and a product
        Assert.That(Sample.RelativeDistance(y, wideY), Is.LessThan(3e-7));
    }

    [Test]
    public void Zeros_stay_zeros()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = scope.Zeros(DType.Complex64, [2, 3, 33]);
        SoftThreshold.Run(x, 0.5);
        BallProjection.Run(x, 0.5);
        Assert.That(Sample.Scalars(x), Is.All.Zero);
    }

    [Test]
    public void A_shift_moves_pixels_around_the_edges([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = Sample.Normal(scope, type, [2, 4, 5], 6), y = scope.Like(x), back = scope.Like(x);
        CyclicShift.Run(x, 3, 2, y);
        CyclicShift.Run(y, 1, 3, back);
        Assert.That(Sample.Bits(back), Is.EqualTo(Sample.Bits(x)));
        double[] from = Sample.Scalars(x), to = Sample.Scalars(y);
        Assert.That(to[2 * (20 + (((1 + 3) % 4) * 5) + ((4 + 2) % 5))], Is.EqualTo(from[2 * (20 + (1 * 5) + 4)]));
    }

    [Test]
    public void Wavelet_shrinkage_meets_its_optimality_condition()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var transform = new WaveletTransform(Wavelet.Daubechies2, 12, 10, levels: 2);
        Tensor x = Sample.Normal(scope, DType.Complex128, [12, 10], 8), z = scope.Clone(x), coefficients = scope.Like(x);
        new WaveletShrinkage(transform, 2, shifts: null).Apply(z, 0.3, iteration: 0);
        Tensor slope = scope.Like(x), slopes = scope.Like(x);
        Subtract.Run(x, z, slope);
        transform.Forward(z, coefficients);
        transform.Forward(slope, slopes);
        (Complex[] c, Complex[] s) = (coefficients.ToArray<Complex>(), slopes.ToArray<Complex>());
        for (int i = 0; i < c.Length; i++)
        {
            bool isCoarse = i / 10 < transform.CoarseRows && i % 10 < transform.CoarseColumns;
            double limit = isCoarse ? 0 : 0.6;
            bool isMet = c[i].Magnitude > 1e-12 ? (s[i] - (limit * c[i] / c[i].Magnitude)).Magnitude < 1e-13 : s[i].Magnitude < limit + 1e-13;
            Assert.That(isMet, Is.True, $"coefficient {i}");
        }
    }

    [Test]
    public void Random_shifts_are_a_function_of_seed_and_iteration_alone()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var transform = new WaveletTransform(Wavelet.Haar, 16, 16, levels: 1);
        Tensor x = Sample.Normal(scope, DType.Complex64, [16, 16], 9);
        byte[] Shrunk(ulong seed, int iteration)
        {
            Tensor z = scope.Clone(x);
            new WaveletShrinkage(transform, 1, new CounterRandom(seed)).Apply(z, 0.5, iteration);
            return Sample.Bits(z);
        }

        Assert.That(Shrunk(1, 5), Is.EqualTo(Shrunk(1, 5)));
        Assert.That(Shrunk(1, 5), Is.Not.EqualTo(Shrunk(1, 6)).And.Not.EqualTo(Shrunk(2, 5)));
    }

    [Test]
    public void A_step_loses_height_to_total_variation_as_the_exact_solution_says()
    {
        // Two plateaus of 3 and 5 pixels, a jump of modulus 5: each moves along the jump by weight over its length, whatever the phase.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Complex low = new(1, 1), high = new(4, 5), direction = (high - low) / 5;
        Tensor z = scope.From([1, 8], [low, low, low, high, high, high, high, high]);
        using var variation = new TotalVariation(weight: 2, iterations: 20_000);
        variation.Apply(z, 0.3, iteration: 0);
        Complex[] expected = [.. Enumerable.Repeat(low + (0.6 / 3 * direction), 3), .. Enumerable.Repeat(high - (0.6 / 5 * direction), 5)];

        // The squared distance falls as the square of the steps: of order 1 at first, 1e-4 after 20 000.
        Assert.That(z.ToArray<Complex>().Zip(expected, (a, b) => (a - b).Magnitude).Max(), Is.LessThan(1e-4));
    }

    [Test]
    public void Signals_of_one_row_meet_the_condition_of_the_taut_string()
    {
        // D z = 0 or the running sum of x − z has modulus w and the direction of −D z: the string between two walls touches one where it bends.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const double w = 1.1;
        const int n = 40;
        Tensor x = Sample.Normal(scope, DType.Complex128, [1, n], 12), z = scope.Clone(x);
        using var variation = new TotalVariation(w, iterations: 40_000);
        variation.Apply(z, 1, iteration: 0);
        (Complex[] before, Complex[] after) = (x.ToArray<Complex>(), z.ToArray<Complex>());
        Complex sum = Complex.Zero;
        int bends = 0;
        for (int i = 0; i + 1 < n; i++)
        {
            sum += before[i] - after[i];
            Complex jump = after[i + 1] - after[i];
            Assert.That(sum.Magnitude, Is.LessThan(w + 1e-5), $"pixel {i}"); // (n / steps)² is 1e-6
            if (jump.Magnitude > 1e-3)
            {
                bends++;
                Assert.That((sum + (w * jump / jump.Magnitude)).Magnitude, Is.LessThan(1e-2), $"pixel {i}: an error of 1e-6 in a jump of 1e-3 turns it by a thousandth");
            }
        }

        Assert.That((sum + before[n - 1] - after[n - 1]).Magnitude, Is.LessThan(1e-12), "the mean stays");
        Assert.That(bends, Is.InRange(3, n - 2));
    }
}
