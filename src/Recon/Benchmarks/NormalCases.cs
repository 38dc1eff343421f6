using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>The normal operator and what is made of it: CG-SENSE, and JSENSE beside it.</summary>
internal static class NormalCases
{
    private const int Spokes = 100, Iterations = 30, FewCoils = 8, Side = 256;
    private const double Shift = 1e-3;

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All()
    {
        foreach ((int side, int coils) in new[] { (Side, 32), (255, 11), (Side, 12) })
        {
            yield return new($"normal operator {side}x{side}, {coils} coils", Work.Normal(side, side, coils), device => Normal(device, side, coils)) { Scales = coils == 32 };
        }

        yield return new($"CG-SENSE {Side}x{Side}, {FewCoils} coils, {Iterations} iterations", Iterations * Work.Normal(Side, Side, FewCoils), ConjugateGradients);
        yield return new($"JSENSE {Side}x{Side}, {FewCoils} coils, {Spokes} spokes", WorkCount.None, Jsense);
    }

    private static PreparedCase Normal(Device device, int side, int coils)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        var normal = new ToeplitzNormal(Spectrum(scope, side), BenchmarkInputs.Maps(scope, coils, side));
        Tensor x = BenchmarkInputs.Random(scope, DType.Complex64, [side, side]), y = scope.Like(x);
        return new PreparedCase(() => normal.Forward(x, y), scope, normal);
    }

    /// <summary>The operator is made in the run, as a reconstruction makes it for each slice; no tolerance, so that all iterations run.</summary>
    private static PreparedCase ConjugateGradients(Device device)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor spectrum = Spectrum(scope, Side), maps = BenchmarkInputs.Maps(scope, FewCoils, Side);
        Tensor b = BenchmarkInputs.Random(scope, DType.Complex64, [Side, Side]), image = scope.Like(b);
        return new PreparedCase(
            () =>
            {
                image.Clear();
                using var normal = new ToeplitzNormal(spectrum, maps);
                ConjugateGradient.Solve(normal, Shift, b, image, Iterations, 0);
            },
            scope);
    }

    private static PreparedCase Jsense(Device device)
    {
        TensorScope scope = new(device, MemoryOwner.Data), host = new(device.Host, MemoryOwner.Data);
        Tensor points = BenchmarkInputs.Points(host, Side, Spokes);
        double[] weights = DensityWeights.Compute(DensityRule.Pipe, points.Reshape([Spokes, 2 * Side, 2]), Side, Side);
        Tensor kSpace = BenchmarkInputs.Random(host, DType.Complex64, [1, FewCoils, points.Shape[0]]);
        return new PreparedCase(
            () =>
            {
                using var maps = new TensorScope(device.Host, MemoryOwner.Data);
                new CoilMapChoice { Method = CoilMapMethod.Jsense }.Estimate(kSpace, points, weights, Side, Side, device, maps);
            },
            scope,
            host);
    }

    private static Tensor Spectrum(TensorScope scope, int side)
    {
        Tensor points = BenchmarkInputs.Points(scope, side, Spokes);
        Tensor weights = scope.From<float>([points.Shape[0]], [.. Enumerable.Repeat(1f / points.Shape[0], points.Shape[0])]);
        return ToeplitzSpectrum.Compute(scope, scope.Device, points, weights, side, side, doublePrecision: false).Values;
    }
}
