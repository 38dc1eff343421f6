using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>The layer of the model can be captured: it queues work and does nothing else.</summary>
public sealed class EquilibriumGraphTests
{
    private const int Slices = 2, Coils = 3, Rows = 16, Columns = 12;

    [Test]
    public void A_solve_has_the_same_bits_with_and_without_graphs([Values(DenoiserKind.Residual, DenoiserKind.Averaged)] DenoiserKind denoiser, [Values] Autodiff.Pooling pooling)
    {
        CudaDevice cuda = CudaGraphTests.Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Data);
        Tensor spectrum = scope.New(DType.Float32, [2 * Rows, 2 * Columns]);
        Fill.Run(0.1, spectrum); // H = 0.1 Σ|S|², of norm below 1
        Tensor maps = Sample.Normal(scope, DType.Complex64, [Slices, Coils, Rows, Columns], 1), b = Sample.Normal(scope, DType.Complex64, [Slices, Rows, Columns], 2);
        using var normal = new ToeplitzNormal(spectrum, maps);
        using var model = new EquilibriumModel(cuda, new ModelOptions { Unet = new UnetOptions(4, 2) { Pooling = pooling }, Denoiser = denoiser, Scalar = 0.3 });
        foreach (Parameter parameter in model.Parameters.All.Where(p => p.Value.Shape.Rank > 0))
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(3).Stream(parameter.Name), 0.05);
        }

        (byte[] Image, double[] Residuals, int Calls) Solve(bool graphs)
        {
            int calls = 0;
            FixedPointMap layer = model.Layer(normal, b);
            cuda.GraphsAllowed = graphs;
            try
            {
                FixedPointSolution solution = new Anderson { Memory = 3, Tolerance = 0, MaxEvaluations = 20 }.Solve(
                    new FixedPointProblem(
                        (tape, z) =>
                        {
                            calls++;
                            return layer(tape, z);
                        },
                        b),
                    scope);
                return (Sample.Bits(solution.Value), [.. solution.Slices.SelectMany(slice => slice.Residuals)], calls);
            }
            finally
            {
                cuda.GraphsAllowed = true;
            }
        }

        (byte[] Image, double[] Residuals, int Calls) plain = Solve(graphs: false), captured = Solve(graphs: true);
        Assert.That(captured.Image, Is.EqualTo(plain.Image));
        Assert.That(captured.Residuals, Is.EqualTo(plain.Residuals));
        Assert.That(plain.Calls, Is.EqualTo(20));
        Assert.That(captured.Calls, Is.EqualTo(14), "six at first, six captured, once more as a graph, two left over");
    }
}
