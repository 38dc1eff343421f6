using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class HermitianEigenTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(32)]
    public void The_factors_are_unitary_sorted_and_give_the_matrix_back(int n)
    {
        var random = new CounterRandom(3);
        var matrix = new Complex[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                (double re, double im) = random.NormalPair((i * n) + j);
                matrix[i, j] = i == j ? re : new Complex(re, im); // below the diagonal nothing may be read
            }
        }

        (double[] values, Complex[,] v) = HermitianEigen.Decompose(matrix);
        Assert.That(values, Is.Ordered.Descending);
        double largest = values.Max(Math.Abs);
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                Complex product = Complex.Zero, unit = Complex.Zero;
                for (int k = 0; k < n; k++)
                {
                    product += v[i, k] * values[k] * Complex.Conjugate(v[j, k]);
                    unit += Complex.Conjugate(v[k, i]) * v[k, j];
                }

                // Some hundred rotations of unit norm, each with a few roundings of 1e-16.
                Assert.That((product - matrix[i, j]).Magnitude, Is.LessThan(1e-13 * largest));
                Assert.That((unit - (i == j ? 1 : 0)).Magnitude, Is.LessThan(1e-13));
            }
        }
    }

    [Test]
    public void Equal_eigenvalues_and_a_zero_matrix_are_no_obstacle()
    {
        (double[] values, Complex[,] v) = HermitianEigen.Decompose(new Complex[3, 3]);
        Assert.That(values, Is.All.Zero);
        Assert.That(v[0, 0], Is.EqualTo(Complex.One));
        Complex[,] twins = { { 2, Complex.ImaginaryOne }, { 0, 2 } };
        Assert.That(HermitianEigen.Decompose(twins).Values, Is.EqualTo(new[] { 3.0, 1 }).Within(1e-15));
    }
}
