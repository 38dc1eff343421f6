using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class RetrospectiveRadialTests
{
    [Test]
    public void Samples_on_the_grid_are_the_cartesian_samples()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var random = new CounterRandom(4);
        const int n = 12;
        Tensor cartesian = scope.From<Complex64>([2, n, n], [.. Enumerable.Range(0, 2 * n * n).Select(i => new Complex64((float)random.Normal(i), (float)random.Normal(i + 999)))]);
        StackOfStarsAcquisition radial = RetrospectiveRadial.FromCartesian(cartesian, [0, Math.PI / 2], RadialTrajectory.ReadoutPositions(n), scope);
        radial.Validate();
        double error = 0;
        for (int coil = 0; coil < 2; coil++)
        {
            for (int t = 0; t < n; t++)
            {
                Complex64 row = cartesian.Span<Complex64>()[(coil * n * n) + (n / 2 * n) + t], column = cartesian.Span<Complex64>()[(coil * n * n) + (t * n) + (n / 2)];
                error = Math.Max(error, (radial.KSpace.Span<Complex64>()[(coil * 2 * n) + t].ToComplex() - row.ToComplex()).Magnitude);
                error = Math.Max(error, (radial.KSpace.Span<Complex64>()[(coil * 2 * n) + n + t].ToComplex() - column.ToComplex()).Magnitude);
            }
        }

        Assert.That(error, Is.LessThan(2e-5)); // values near 1; the finest transform errs near 1e-6 of their l2 norm of 17
        Assert.That(() => RetrospectiveRadial.FromCartesian(cartesian.Reshape([2, n / 2, 2 * n]), [0], [0], scope), Throws.TypeOf<InputException>());
    }
}
