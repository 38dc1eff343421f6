using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class DensityWeightsTests
{
    [TestCase("density_pipe")]
    [TestCase("density_pipe_coarse_grid")]
    public void Pipe_weights_are_those_of_the_reference(string name)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case(name, scope);
        JsonElement config = Fixtures.Config(reference);
        var settings = new PipeMenonSettings(config.GetProperty("iterations").GetInt32(), config.GetProperty("oversampling").GetInt32(), config.GetProperty("width").GetInt32(), config.GetProperty("beta").GetDouble());
        double[] weights = DensityWeights.Compute(DensityRule.Pipe, reference["out.k"], 16, 16, settings);
        Assert.That(Fixtures.RelativeError(weights, reference["out.w"].ToArray<double>()), Is.LessThan(1e-9)); // tolerance of the case
    }

    [TestCase("density_ramp", DType.Float64, 1e-9)]
    [TestCase("density_voronoi_golden", DType.Float64, 1e-9)]
    [TestCase("density_pipe", DType.Float64, 1e-9)]
    [TestCase("density_voronoi_golden", DType.Float32, 1e-4)]
    public void Normalised_weights_are_those_of_the_reference(string name, DType precision, double tolerance)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent reference = Fixtures.Case(name, scope);
        using NufftPlan plan = NufftPlan.Create(reference["out.k"], 16, 16, NufftAccuracy.Accurate);

        // The stored value is the exact eigenvalue of a 256 x 256 matrix.
        NormalisedWeights normalised = DensityWeights.Normalise(reference["out.w"].ToArray<double>(), plan, scope, 1, precision, precision == DType.Float64 ? 1e-14 : 1e-7, 120);
        Assert.That(Fixtures.RelativeError(normalised.Weights, reference["out.w_normalised"]), Is.LessThan(tolerance));
        Assert.That(normalised.LambdaMax, Is.EqualTo(reference["out.lambda_max"].Item()).Within(tolerance * reference["out.lambda_max"].Item()));
    }

    [Test]
    public void Weights_that_are_zero_or_not_finite_are_refused()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using NufftPlan plan = NufftPlan.Create(Device.Cpu, [0, 0, 1, 1], 8, 8, NufftAccuracy.Fast);
        Assert.That(() => DensityWeights.Normalise([0, 0], plan, scope), Throws.TypeOf<InputException>());
        Assert.That(() => DensityWeights.Normalise([1, double.NaN], plan, scope), Throws.TypeOf<InputException>());
        Assert.That(() => DensityWeights.Normalise([1, -1], plan, scope), Throws.TypeOf<InputException>());
    }
}
