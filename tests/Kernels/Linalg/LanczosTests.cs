using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class LanczosTests
{
    [TestCase(DType.Float64, 1e-12)] // some 40 steps of rounding of 2e-16
    [TestCase(DType.Float32, 2e-6)]  // some 40 steps of rounding of 6e-8
    public void The_largest_of_clustered_eigenvalues_is_found(DType dtype, double tolerance)
    {
        // A diagonal matrix has known eigenvalues; these leave a power iteration 1e-3 apart after hundreds of steps.
        double[] eigenvalues = [.. Enumerable.Range(0, 60).Select(i => 3 - (0.001 * i * i))];
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor start = scope.New(dtype, [60]);
        Autodiff.RandomFill.Normal(start, new CounterRandom(3));
        double largest = Lanczos.LargestEigenvalue(new Diagonal(eigenvalues), start, maxSteps: 60, tolerance: 1e-15);
        Assert.That(largest, Is.EqualTo(3).Within(3 * tolerance));
    }

    [Test]
    public void A_multiple_of_the_identity_ends_after_one_step()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor start = scope.From([2], [1.0, 2.0]);
        Assert.That(Lanczos.LargestEigenvalue(new Diagonal([5, 5]), start), Is.EqualTo(5).Within(1e-14));
    }

    [Test]
    public void A_start_of_zero_is_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Assert.That(
            () => Lanczos.LargestEigenvalue(new Diagonal([1, 2]), scope.Zeros(DType.Float64, [2])), Throws.TypeOf<ShapeException>());
    }

    private sealed class Diagonal(double[] values) : ILinearOperator
    {
        public Shape Domain => [values.Length];

        public Shape Range => [values.Length];

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (x.DType == DType.Float64)
                {
                    y.Span<double>()[i] = values[i] * x.Span<double>()[i];
                }
                else
                {
                    y.Span<float>()[i] = (float)values[i] * x.Span<float>()[i];
                }
            }
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);
    }
}
