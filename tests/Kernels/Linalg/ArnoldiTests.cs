using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

[TestFixtureSource(typeof(TestDevices))]
public sealed class ArnoldiTests(TestDevice device)
{
    // Moduli and angles of pairs of eigenvalues; the largest modulus belongs to a pair that is neither first nor real.
    private static readonly (double Modulus, double Angle)[] s_pairs = [(0.5, 0.3), (0.93, 1.1), (0.9, 0), (0.2, 2.5), (0.7, Math.PI)];

    [Test]
    public void The_eigenvalues_of_a_companion_matrix_are_the_roots_of_its_polynomial()
    {
        Complex[] roots = [0.95, -0.5, 0.3, Complex.FromPolarCoordinates(0.9, 1), Complex.FromPolarCoordinates(0.9, -1), Complex.FromPolarCoordinates(2, 0.5), Complex.FromPolarCoordinates(2, -0.5)];
        Complex[] polynomial = roots.Aggregate(new Complex[] { 1 }, (p, root) => [.. p.Append(Complex.Zero).Zip(p.Prepend(Complex.Zero), (up, down) => up - (root * down))]);
        int n = roots.Length;
        double[,] companion = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            companion[0, i] = -polynomial[i + 1].Real;
            if (i > 0)
            {
                companion[i, i - 1] = 1;
            }
        }

        // Well separated roots of moderate size: the condition of each is some hundred, and rounding is 1e-16.
        Complex[] values = HessenbergEigenvalues.Of(companion);
        Assert.That(roots.Select(root => values.Min(value => (value - root).Magnitude)), Is.All.LessThan(1e-12));
    }

    [Test]
    public void Cycles_and_zeros_have_their_eigenvalues_too()
    {
        double[,] cycle = { { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 } }; // the roots of one: the plain shift runs in circles
        Assert.That(HessenbergEigenvalues.Of(cycle).Select(value => (Complex.Pow(value, 3) - 1).Magnitude), Is.All.LessThan(1e-14));
        Assert.That(HessenbergEigenvalues.Of(new double[3, 3]), Is.All.EqualTo(Complex.Zero));
        Assert.That(() => HessenbergEigenvalues.Of(new[,] { { double.NaN } }), Throws.InstanceOf<ArithmeticException>().With.Message.Contains("(0, 0)"));
    }

    [Test]
    public void In_an_invariant_space_the_largest_ritz_value_is_the_spectral_radius()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Tensor start = Sample.Normal(scope, DType.Float64, [2 * s_pairs.Length], 3);

        // Ten numbers: ten steps span everything. A normal map, so that rounding of 1e-16 stays there.
        Assert.That(Arnoldi.SpectralRadius(new Rotations(), start, 10), Is.EqualTo(0.93).Within(1e-13));
        Assert.That(Arnoldi.SpectralRadius(new Rotations(), start, 30), Is.EqualTo(0.93).Within(1e-13), "it ends when the space is invariant");
        Assert.That(Arnoldi.SpectralRadius(new Rotations(), start, 3), Is.GreaterThan(0).And.LessThanOrEqualTo(0.93));
    }

    [Test]
    public void A_start_without_a_direction_is_refused()
    {
        using var scope = new TensorScope(device.Device, MemoryOwner.Data);
        Assert.That(() => Arnoldi.SpectralRadius(new Rotations(), scope.Zeros(DType.Float64, [10]), 3), Throws.ArgumentException.With.Message.Contains("norm 0"));
    }

    /// <summary>Turns and shrinks each pair of numbers.</summary>
    private sealed class Rotations : ILinearOperator
    {
        public Shape Domain { get; } = Shape.Create([2 * s_pairs.Length]);

        public Shape Range => Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
        {
            double[] from = x.ToArray<double>();
            y.CopyFromHost<double>([.. s_pairs.SelectMany((pair, i) =>
            {
                Complex turned = Complex.FromPolarCoordinates(pair.Modulus, pair.Angle) * new Complex(from[2 * i], from[(2 * i) + 1]);
                return new[] { turned.Real, turned.Imaginary };
            })]);
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => throw new NotSupportedException("Only products with the map are needed.");
    }
}
