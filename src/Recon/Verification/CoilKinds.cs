using System.Numerics;
using System.Text.Json;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of coil maps, which are judged by properties: no solution of a bilinear problem is the only one.</summary>
internal static class CoilKinds
{
    /// <summary>JSENSE with the weights of the case, and how well its maps agree with the true ones and explain the data.</summary>
    public static void Jsense(CaseRun run)
    {
        (int rows, int columns) = run.Shape2d;
        JsenseSettings settings = Settings(run.Section("jsense"));
        using TensorScope host = new(run.Scope.Device.Host, MemoryOwner.Workspace);
        Tensor kSpace = host.Bring(run.Input("y"));
        double[] weights = run.Case.Input("w").ToArray<double>();
        CalibrationSamples samples = CalibrationSamples.Select(kSpace.Reshape([1, .. kSpace.Shape]), run.Points, weights, settings.Calibration, host);
        Tensor near = run.IsDouble // as they are: the meaning of lambda depends on their scale
            ? run.Scope.From([samples.Weights.Length], samples.Weights)
            : run.Scope.From([samples.Weights.Length], Array.ConvertAll(samples.Weights, w => (float)w));
        using ICoilBasis basis = JsenseCoilMaps.Basis(settings, run.Scope.Bring(samples.Points), near);
        JsenseFit fit = JsenseFit.Run(basis, run.Scope.Bring(samples.KSpace), near, settings, run.Scope);
        Tensor maps = run.Scope.New(kSpace.DType, [kSpace.Shape[0], rows, columns]);
        basis.SynthesisAt(rows, columns, run.Scope).Forward(fit.Coefficients.Slice(0), maps);
        Complex[] unit = UnitVectors(Wide(maps, host).ToArray<Complex>(), kSpace.Shape[0]);
        Tensor rounded = host.Like(maps);
        Cast.Run(host.From(maps.Shape, unit), rounded);
        maps.CopyFrom(rounded);
        run.Output("maps_estimated", maps);
        Correlate(run, unit, kSpace.Shape[0]);
        run.Output("data_residual", DataResidual(run, maps));
    }

    private static JsenseSettings Settings(JsonElement section) => new()
    {
        Calibration = section.GetProperty("calib").GetInt32(),
        Kernel = section.GetProperty("kernel").GetInt32(),
        Rounds = section.GetProperty("outer").GetInt32(),
        Iterations = section.GetProperty("inner_iterations").GetInt32(),
        Lambda = section.GetProperty("lam").GetDouble(),
    };

    private static Tensor Wide(Tensor tensor, TensorScope host)
    {
        Tensor near = host.Bring(tensor), wide = host.New(DType.Complex128, tensor.Shape);
        Cast.Run(near, wide);
        return wide;
    }

    private static Complex[] UnitVectors(Complex[] maps, int coils)
    {
        int pixels = maps.Length / coils;
        double[] norms = [.. Enumerable.Range(0, pixels).Select(i => Math.Sqrt(Enumerable.Range(0, coils).Sum(c => Math.Pow(maps[(c * pixels) + i].Magnitude, 2))))];
        return [.. maps.Select((value, i) => norms[i % pixels] > 0 ? value / norms[i % pixels] : 0)];
    }

    /// <summary>|Σ_c conj(S) S_true| of each pixel, 1 where the maps are equal up to a phase; mean and 5th percentile inside the mask.</summary>
    private static void Correlate(CaseRun run, Complex[] maps, int coils)
    {
        Complex[] truth = run.Case.Input("maps_true").ToArray<Complex>();
        double[] mask = run.Case.Input("mask").ToArray<double>();
        int pixels = mask.Length;
        double[] correlation = [.. Enumerable.Range(0, pixels).Select(i =>
            Enumerable.Range(0, coils).Aggregate(Complex.Zero, (sum, c) => sum + (Complex.Conjugate(maps[(c * pixels) + i]) * truth[(c * pixels) + i])).Magnitude)];
        double[] inside = [.. Enumerable.Range(0, pixels).Where(i => mask[i] > 0).Select(i => correlation[i]).Order()];
        double position = 0.05 * (inside.Length - 1);
        int below = (int)position;
        run.Output("correlation", correlation);
        run.Output("correlation_mean", inside.Average());
        run.Output("correlation_p5", inside[below] + ((position - below) * (inside[Math.Min(below + 1, inside.Length - 1)] - inside[below])));
    }

    /// <summary>‖W^½ (y − A x)‖ / ‖W^½ y‖ of the best image x, with a ridge of 1e-6 of the norm of H.</summary>
    private static double DataResidual(CaseRun run, Tensor maps)
    {
        using var scope = new TensorScope(run.Scope.Device, MemoryOwner.Workspace);
        using ToeplitzNormal normal = new(EncodingKinds.Spectrum(run), maps);
        using NufftPlan plan = EncodingKinds.Nufft(run);
        var encoding = new ModulatedNufft(plan, maps);
        Tensor y = run.Input("y"), weights = run.Input("w"), weighted = scope.Like(y), b = scope.New(y.DType, plan.Domain), image = scope.Zeros(y.DType, plan.Domain);
        RealComplexMultiply.Run(weights, y, weighted);
        double square = Reduce.Dot(y, weighted);
        encoding.Adjoint(weighted, b);
        double largest = Lanczos.LargestEigenvalue(normal, b, 40, 1e-5).Value; // a ridge needs its size only
        ConjugateGradient.Solve(normal, 1e-6 * largest, b, image, 400, run.IsDouble ? 1e-8 : 1e-5);
        Tensor error = scope.Like(y);
        encoding.Forward(image, error);
        Subtract.Run(y, error, error);
        RealComplexMultiply.Run(weights, error, weighted);
        return Math.Sqrt(Reduce.Dot(error, weighted) / square);
    }
}
