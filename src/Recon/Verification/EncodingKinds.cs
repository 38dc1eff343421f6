using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of trajectories, weights, encoding operators and metrics.</summary>
internal static class EncodingKinds
{
    /// <summary>One coil: F x and Fᴴ y; loss ⟨cot_forward, F x⟩ + ⟨cot_adjoint, Fᴴ y⟩.</summary>
    public static void Ndft(CaseRun run)
    {
        using NufftPlan nufft = Nufft(run);
        run.Differentiate((tape, v) =>
        {
            Variable forward = tape.Apply(nufft, v("x")), adjoint = tape.ApplyAdjoint(nufft, v("y"));
            run.Output("forward", forward.Value);
            run.Output("adjoint", adjoint.Value);
            return tape.Add(tape.InnerProduct(v("cot_forward"), forward), tape.InnerProduct(v("cot_adjoint"), adjoint));
        });
    }

    /// <summary>A x, Aᴴ W y, Aᴴ W A x through samples, and H x through the Toeplitz spectrum; loss ⟨cot, Aᴴ W A x⟩.</summary>
    public static void SenseNormal(CaseRun run)
    {
        using NufftPlan nufft = Nufft(run);
        var encoding = new ModulatedNufft(nufft, run.Input("maps"));
        Tensor x = run.Input("x"), y = run.Scope.Like(run.Input("y")), weighted = run.Scope.Like(y), normal = run.Scope.Like(x);
        encoding.Forward(x, y);
        run.Output("forward", y);
        RealComplexMultiply.Run(run.Input("w"), y, weighted);
        encoding.Adjoint(weighted, normal);
        run.Output("normal", normal);
        RealComplexMultiply.Run(run.Input("w"), run.Input("y"), weighted);
        encoding.Adjoint(weighted, normal);
        run.Output("b", normal);

        using ToeplitzNormal toeplitz = NormalOperator(run, run.Input("maps"));
        run.Output("toeplitz_kernel", Spectrum(run));
        run.Differentiate((tape, v) =>
        {
            Variable h = tape.Apply(toeplitz, tape.Input(run.Input("x").Reshape([1, .. x.Shape])));
            run.Output("toeplitz_normal", h.Value);
            Variable throughSamples = tape.ApplyAdjoint(encoding, tape.Apply(new SampleWeights(run.Input("w"), y.Shape), tape.Apply(encoding, v("x"))));
            return tape.InnerProduct(v("cot"), throughSamples);
        });
    }

    /// <summary>The centred orthonormal inverse transform along kz is unitary up to zero filling, so it is differentiated
    /// by the transform back.</summary>
    public static void KzDecouple(CaseRun run)
    {
        var decouple = new PartitionOperator(run.Input("raw").Shape, run.Integer("nz"));
        run.Differentiate((tape, v) =>
        {
            Variable y = tape.Apply(decouple, v("raw"));
            run.Output("y", y.Value);
            Variable cotangent = tape.Input(v("cot").Value.Reshape(y.Value.Shape));
            return tape.InnerProduct(cotangent, y);
        });
    }

    /// <summary>w by rule, then w / λ_max of the single-coil operator.</summary>
    public static void Density(CaseRun run)
    {
        (int rows, int columns) = run.Shape2d;
        double[] angles = run.Case.Input("angles").ToArray<double>();
        bool isHalfShifted = run.Case.Config.GetProperty("half_shift").GetBoolean();
        double[] radius = RadialTrajectory.ReadoutPositions(run.Integer("readout"), isHalfShifted);
        Tensor points = RadialTrajectory.Points(angles, radius, rows, columns, run.Scope, DType.Float64);
        SpokeGeometry geometry = SpokeGeometry.Radial(angles, radius);
        double[] weights = run.Text("rule") switch
        {
            "ramp" => RadialDensity.Ramp(geometry, rows, columns),
            "voronoi" => RadialDensity.Voronoi(geometry, rows, columns),
            _ => PipeMenonDensity.Weights(points, rows, columns, new PipeMenonSettings(
                run.Integer("iterations"), run.Integer("oversampling"), run.Integer("width"), run.Number("beta"))),
        };
        double largest = ExactLargestEigenvalue(run, points, run.Scope.From([weights.Length], weights));
        run.Output("k", points);
        run.Output("w", weights);
        run.Output("lambda_max", largest);
        run.Output("w_normalised", [.. weights.Select(w => w / largest)]);
    }

    /// <summary>Rayleigh quotients of a power iteration from a stored start, and the limit.</summary>
    public static void LambdaMax(CaseRun run)
    {
        Tensor start = run.Input("v0");
        Tensor weights = run.Case.Input("w");
        using ToeplitzNormal normal = SingleChannelNormal(run, run.Points, weights);
        PowerIterationResult iteration = PowerIteration.LargestEigenvalue(
            normal, start.Reshape([1, .. start.Shape]), run.Integer("iterations"), tolerance: 0);
        run.Output("quotients", [.. iteration.Quotients]);
        run.Output("lambda_max", ExactLargestEigenvalue(run, run.Points, weights));
    }

    public static void ImageNorms(CaseRun run)
    {
        Tensor image = run.Input("x");
        run.Output("l2", Recon.ImageNorms.Of(image, ImageNorm.L2));
        run.Output("rms", Recon.ImageNorms.Of(image, ImageNorm.Rms));
        run.Output("max", Recon.ImageNorms.Of(image, ImageNorm.Max));
        run.Output("p99.9", Recon.ImageNorms.Of(image, ImageNorm.P999));
    }

    public static void SpokeSubsets(CaseRun run)
    {
        SpokeOrder order = run.Text("order") == "golden" ? SpokeOrder.Golden : SpokeOrder.Uniform;
        double[] angles = RadialTrajectory.Angles(order, run.Integer("spokes"), run.Number("first_angle"));
        run.Output("angles", angles);
        run.Output("temporal", [.. SpokeSubset.Temporal(angles, run.Integer("factor")).Select(i => (double)i)]);
        run.Output("equiangular", [.. SpokeSubset.Equiangular(angles, run.Integer("factor")).Select(i => (double)i)]);
    }

    public static void Metrics(CaseRun run)
    {
        Tensor prediction = run.Input("prediction"), reference = run.Input("reference");
        ImageMetrics metrics = Recon.Metrics.Compare(prediction, reference);
        run.Output("mse", metrics.Mse);
        run.Output("nmse", metrics.Nmse);
        run.Output("psnr", metrics.Psnr);
        run.Output("ssim", metrics.Ssim);
        run.Output("ssim_slices", metrics.SsimSlices);
        double[] p = Magnitudes.Of(prediction), r = Magnitudes.Of(reference);
        int rows = reference.Shape[^2], columns = reference.Shape[^1], pixels = rows * columns;
        run.Output("ssim_map", [.. Enumerable.Range(0, reference.Shape[0]).SelectMany(z => Recon.Metrics.SsimMap(
            p.AsSpan(z * pixels, pixels), r.AsSpan(z * pixels, pixels), rows, columns, r.Max()))]);
    }

    /// <summary>H = Aᴴ W A of the case's trajectory and weights on a batch of one slice.</summary>
    /// <param name="run">The case.</param>
    /// <param name="maps">[coils, rows, columns].</param>
    public static ToeplitzNormal NormalOperator(CaseRun run, Tensor maps) => new(Spectrum(run), maps.Reshape([1, .. maps.Shape]));

    /// <summary>Toeplitz spectrum of the case's trajectory and weights, [2 rows, 2 columns].</summary>
    public static Tensor Spectrum(CaseRun run) => Spectrum(run, run.Points, run.Case.Input("w"));

    private static Tensor Spectrum(CaseRun run, Tensor points, Tensor weights)
    {
        (int rows, int columns) = run.Shape2d;
        return ToeplitzSpectrum.Compute(run.Scope, run.Scope.Device, points, weights, rows, columns, run.IsDouble).Values;
    }

    public static NufftPlan Nufft(CaseRun run)
    {
        (int rows, int columns) = run.Shape2d;
        return NufftPlan.Create(run.Points, rows, columns, NufftAccuracy.Accurate);
    }

    private static ToeplitzNormal SingleChannelNormal(CaseRun run, Tensor points, Tensor weights)
    {
        (int rows, int columns) = run.Shape2d;
        return new ToeplitzNormal(Spectrum(run, points, weights), UnitModulation(run, rows, columns));
    }

    /// <summary>λ_max to rounding: as many steps as there are real unknowns, if need be.</summary>
    private static double ExactLargestEigenvalue(CaseRun run, Tensor points, Tensor weights)
    {
        (int rows, int columns) = run.Shape2d;
        Tensor start = run.Scope.New(run.Real.ToComplex(), [1, rows, columns]);
        RandomFill.Normal(start, new CounterRandom(1));
        using ToeplitzNormal normal = SingleChannelNormal(run, points, weights);
        return Lanczos.LargestEigenvalue(normal, start, 2 * rows * columns, tolerance: 1e-13).Value;
    }

    private static Tensor UnitModulation(CaseRun run, int rows, int columns) => run.IsDouble
        ? run.Scope.From([1, 1, rows, columns], [.. Enumerable.Repeat(System.Numerics.Complex.One, rows * columns)])
        : run.Scope.From([1, 1, rows, columns], [.. Enumerable.Repeat(new Complex64(1, 0), rows * columns)]);
}
