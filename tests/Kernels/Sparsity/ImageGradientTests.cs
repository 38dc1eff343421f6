using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

public sealed class ImageGradientTests
{
    [Test]
    public void Differences_go_to_the_next_pixel_and_are_zero_at_the_last()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const int rows = 5, columns = 7;
        Tensor x = Sample.Normal(scope, DType.Complex128, [2, rows, columns], 1), y = scope.New(DType.Complex128, [2, 2, rows, columns]);
        new ImageGradient(rows, columns).Forward(x, y);
        Complex[] pixels = x.ToArray<Complex>(), differences = y.ToArray<Complex>();
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / (rows * columns), row = i / columns % rows, column = i % columns, at = (image * rows * columns) + i;
            Assert.That(differences[at], Is.EqualTo(row + 1 < rows ? pixels[i + columns] - pixels[i] : Complex.Zero));
            Assert.That(differences[at + (rows * columns)], Is.EqualTo(column + 1 < columns ? pixels[i + 1] - pixels[i] : Complex.Zero));
        }
    }

    [Test]
    public void The_adjoint_holds_and_results_can_be_added([Values(DType.Complex64, DType.Complex128)] DType type, [Values(1, 19)] int rows, [Values(1, 33)] int columns) =>
        Sample.RequireAdjoint(new ImageGradient(rows, columns), type);

    [Test]
    public void The_norm_stays_below_its_bound_and_comes_near_it()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        var gradient = new ImageGradient(24, 24);
        double square = Lanczos.LargestEigenvalue(new ComposedNormal(gradient, null), Sample.Normal(scope, DType.Complex128, gradient.Domain, 2), 100, 1e-12).Value;
        Assert.That(square, Is.LessThan(ImageGradient.SquaredNorm));
        Assert.That(square, Is.EqualTo(8 * Math.Pow(Math.Cos(Math.PI / 48), 2)).Within(1e-6)); // the chain of n pixels has 4 cos²(π/2n)
    }

    [Test]
    public void The_bits_do_not_depend_on_the_number_of_threads()
    {
        byte[] Run(int threads)
        {
            using var scope = new TensorScope(new CpuDevice(threads), MemoryOwner.Workspace);
            Tensor x = Sample.Normal(scope, DType.Complex64, [200, 300], 4), y = scope.New(DType.Complex64, [2, 200, 300]);
            var gradient = new ImageGradient(200, 300);
            gradient.Forward(x, y);
            gradient.Adjoint(y, x);
            return Sample.Bits(x);
        }

        Assert.That(Run(3), Is.EqualTo(Run(1)));
    }
}
