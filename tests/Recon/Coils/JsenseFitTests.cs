using System.Numerics;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>The bilinear fit by itself, in double precision: against the reference, on data that its model explains, round by round.</summary>
public sealed class JsenseFitTests
{
    private const int Calibration = 12, Coils = 4;

    [Test]
    public void The_fourier_fit_takes_the_steps_of_the_reference()
    {
        // Ours goes through images and Toeplitz spectra, the reference through dense matrices: equal but for rounding, which 200
        // conjugate-gradient steps amplify from 1e-16: the bound grants them seven digits. One step or round more changes some per cent.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        ReferenceCase source = ReferenceCase.Read(Fixtures.Path("reference/jsense.safetensors"), scope);
        using var run = new CaseRun(source, Device.Cpu, DType.Float64);
        CoilKinds.Jsense(run);
        Assert.That(Fixtures.RelativeError(run.Results["out.maps_estimated"], source.Stored("out.maps_estimated")), Is.LessThan(1e-9));
    }

    [Test]
    public void Polynomial_coils_are_found_up_to_a_common_factor()
    {
        // Data of the model itself: coils of degree 1 and an image without a polynomial factor. Alternation converges linearly, and the
        // residual says how far it came. A coil vector that is turned by an angle leaves the angle times the pixel's brightness
        // unexplained; the darkest compared pixel has a fifth of the brightest, and an error that is not spread evenly gets a factor 2.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var settings = new JsenseSettings { Basis = CoilBasisKind.Polynomial, Degree = 1, Calibration = Calibration, Rounds = 20, Iterations = 20, Lambda = 0 };
        (Tensor points, Tensor weights) = Sampling(scope);
        using var basis = new PolynomialCoilBasis(points, weights, Calibration, settings.Degree);
        Tensor coefficients = RandomCoefficients(basis, scope), maps = scope.New(DType.Complex128, [Coils, .. basis.Synthesis.Range]), found = scope.Like(maps);
        basis.Synthesis.Forward(coefficients, maps);
        JsenseFit fit = JsenseFit.Run(basis, Samples(maps, points, scope), weights, settings, scope);
        basis.Synthesis.Forward(fit.Coefficients.Slice(0), found);
        double residual = fit.Residuals[^1][0];
        Assert.That(residual, Is.LessThan(2e-3));
        Complex[] image = Image(maps.Shape[1]), a = maps.ToArray<Complex>(), b = found.ToArray<Complex>();
        int pixels = image.Length;
        int[] bright = [.. Enumerable.Range(0, pixels).Where(i => image[i].Magnitude > 0.2)];
        Assert.That(bright, Has.Length.GreaterThan(pixels / 20));
        foreach (int i in bright)
        {
            Assert.That(Sine(a, b, i, pixels), Is.LessThan(10 * residual), $"pixel {i}");
        }
    }

    [Test]
    public void The_residual_falls_from_round_to_round([Values] CoilBasisKind kind)
    {
        // Without λ the residual is the objective, and no conjugate-gradient step raises it.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var settings = new JsenseSettings { Basis = kind, Degree = 3, Kernel = 5, Calibration = Calibration, Rounds = 8, Iterations = 5, Lambda = 0 };
        (Tensor points, Tensor weights) = Sampling(scope);
        using ICoilBasis basis = JsenseCoilMaps.Basis(settings, points, weights);
        Tensor noise = scope.New(DType.Complex128, [2, Coils, (int)weights.Count]);
        Autodiff.RandomFill.Normal(noise, new CounterRandom(3));
        noise.Slice(1).Clear();
        double[][] residuals = JsenseFit.Run(basis, noise, weights, settings, scope).Residuals;
        double[] first = [1, .. residuals.Select(round => round[0])];
        for (int round = 1; round < first.Length; round++)
        {
            Assert.That(first[round], Is.LessThan(first[round - 1]), $"round {round}");
        }

        Assert.That(residuals.Select(round => round[1]), Is.All.Zero, "a slice without signal");
    }

    [Test]
    public void Synthesis_and_steps_are_adjoint_pairs([Values] CoilBasisKind kind)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        (Tensor points, Tensor weights) = Sampling(scope);
        using ICoilBasis basis = JsenseCoilMaps.Basis(new JsenseSettings { Basis = kind, Degree = 3, Kernel = 5, Calibration = Calibration }, points, weights);
        ILinearOperator wide = basis.SynthesisAt(14, 17, scope);
        Tensor images = Random(scope, 1, [2, .. basis.Synthesis.Range]), maps = Random(scope, 2, [2, Coils, .. basis.Synthesis.Range]);
        foreach (ILinearOperator map in new[] { basis.Synthesis, wide, basis.Normal, new CoilStep(basis, images, Coils), new ImageStep(basis, maps) })
        {
            // Two slices; the inner product is measured against the norms, and double rounding of some thousand terms stays below 1e-13.
            Tensor x = Random(scope, 3, [2, .. map.Domain]), y = Random(scope, 4, [2, .. map.Range]), ax = scope.Like(y), ahy = scope.Like(x);
            map.Forward(x, ax);
            map.Adjoint(y, ahy);
            Assert.That(Reduce.Dot(ax, y), Is.EqualTo(Reduce.Dot(x, ahy)).Within(1e-13 * Math.Sqrt(Reduce.SumOfSquares(ax) * Reduce.SumOfSquares(y))));
            Tensor twice = scope.Clone(ax);
            map.Forward(x, twice, WriteMode.Add);
            Scale.Run(0.5, twice, twice);
            Assert.That(Fixtures.RelativeError(twice, ax), Is.LessThan(1e-15));
        }
    }

    /// <summary>Golden-angle spokes over the calibration region, twice as dense along them, with ramp weights of order one.</summary>
    private static (Tensor Points, Tensor Weights) Sampling(TensorScope scope)
    {
        const int spokes = 34, readout = 2 * Calibration;
        double[] points = new double[2 * spokes * readout], weights = new double[spokes * readout];
        for (int i = 0; i < weights.Length; i++)
        {
            double radius = ((i % readout) - Calibration + 0.5) / 2, angle = i / readout * Math.PI / ((1 + Math.Sqrt(5)) / 2);
            (points[2 * i], points[(2 * i) + 1], weights[i]) = (radius * Math.Cos(angle), radius * Math.Sin(angle), Math.PI * Math.Abs(radius) / 2 / spokes);
        }

        return (scope.From([weights.Length, 2], points), scope.From([weights.Length], weights));
    }

    /// <summary>A smooth object without symmetry that is zero at the border.</summary>
    private static Complex[] Image(int side) => [.. Enumerable.Range(0, side * side).Select(i =>
    {
        double x = (((i % side) - (side / 2.0)) / side) - 0.03, y = (((i / side) - (side / 2.0)) / side) + 0.02;
        return Complex.FromPolarCoordinates(Math.Exp(-((x * x / 0.03) + (y * y / 0.02))) * (1 + (0.5 * Math.Sin(20 * x))), 2 * x * y);
    })];

    private static Tensor Samples(Tensor maps, Tensor points, TensorScope scope)
    {
        int side = maps.Shape[1];
        using NufftPlan plan = NufftPlan.Create(points, side, side, NufftAccuracy.Accurate);
        Tensor products = scope.Like(maps), samples = scope.New(maps.DType, [1, Coils, .. plan.Range]);
        Modulate.Forward(maps, scope.From([side, side], Image(side)), products, WriteMode.Overwrite);
        plan.Forward(products, samples.Slice(0));
        return samples;
    }

    private static Tensor RandomCoefficients(PolynomialCoilBasis basis, TensorScope scope) => Random(scope, 5, [Coils, .. basis.Synthesis.Domain]);

    private static Tensor Random(TensorScope scope, int seed, Shape shape)
    {
        Tensor tensor = scope.New(DType.Complex128, shape);
        Autodiff.RandomFill.Normal(tensor, new CounterRandom((ulong)seed));
        return tensor;
    }

    /// <summary>Sine of the angle between the coil vectors of a pixel: 0 if they are equal up to a factor.</summary>
    private static double Sine(Complex[] a, Complex[] b, int pixel, int pixels)
    {
        Complex product = 0;
        double first = 0, second = 0;
        for (int coil = 0; coil < Coils; coil++)
        {
            (Complex p, Complex q) = (a[(coil * pixels) + pixel], b[(coil * pixels) + pixel]);
            product += Complex.Conjugate(p) * q;
            first += Math.Pow(p.Magnitude, 2);
            second += Math.Pow(q.Magnitude, 2);
        }

        return Math.Sqrt(Math.Max(0, 1 - (Math.Pow(product.Magnitude, 2) / (first * second))));
    }
}
