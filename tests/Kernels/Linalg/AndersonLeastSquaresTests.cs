using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class AndersonLeastSquaresTests
{
    private static double[] Gram(double[][] residuals) => [.. residuals.SelectMany(a => residuals.Select(b => a.Zip(b, (p, q) => p * q).Sum()))];

    [Test]
    public void Anderson_weights_solve_the_ridge_regularised_constrained_problem([Values] RidgeMode mode)
    {
        const int n = 4;
        const double ridge = 1e-3;
        var random = new CounterRandom(2);
        double[][] g = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, 9).Select(j => Math.Pow(10, -i) * random.Normal((i * 9) + j)).ToArray())];
        double[] gram = Gram(g), alpha = new double[n];
        Assert.That(AndersonLeastSquares.Weights(gram, n, ridge, mode, alpha));
        Assert.That(alpha.Sum(), Is.EqualTo(1).Within(1e-12));

        // Stationarity: all entries of (G Gᵀ + ridge D) α are the same multiplier.
        double mean = Enumerable.Range(0, n).Average(i => gram[(i * n) + i]);
        double[] multiplier = [.. Enumerable.Range(0, n).Select(i =>
            Enumerable.Range(0, n).Sum(j => gram[(i * n) + j] * alpha[j]) + (ridge * (mode switch { RidgeMode.Column => gram[(i * n) + i], RidgeMode.Mean => mean, _ => 1 }) * alpha[i]))];
        Assert.That(multiplier, Is.All.EqualTo(multiplier[0]).Within(1e-10 * multiplier.Max(Math.Abs)));
    }

    [Test]
    public void Anderson_weights_do_not_depend_on_the_scale_of_the_residuals()
    {
        double[][] g = [[1, 2, 3], [2, 1, 0.5]];
        double[] one = new double[2], tiny = new double[2];
        Assert.That(AndersonLeastSquares.Weights(Gram(g), 2, 1e-8, RidgeMode.Column, one));
        Assert.That(AndersonLeastSquares.Weights([.. Gram(g).Select(v => v * 1e-16)], 2, 1e-8, RidgeMode.Column, tiny));
        Assert.That(tiny, Is.EqualTo(one).Within(1e-12));
    }

    [Test]
    public void A_singular_gram_matrix_gets_a_larger_ridge_and_a_hopeless_one_is_refused()
    {
        double[] alpha = new double[2];
        Assert.That(AndersonLeastSquares.Weights([1, 1, 1, 1], 2, 0, RidgeMode.Column, alpha));
        Assert.That(alpha, Is.EqualTo((double[])[0.5, 0.5]).Within(1e-3));
        Assert.That(AndersonLeastSquares.Weights([1, 2, 2, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
        Assert.That(AndersonLeastSquares.Weights([1, double.NaN, double.NaN, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
        Assert.That(AndersonLeastSquares.Weights([0, 0, 0, 1], 2, 1e-8, RidgeMode.Column, alpha), Is.False);
    }
}
