using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>The layer f(z) = R(z − η (H z − b)) and its gradients, on a radial problem of 8 × 9 pixels in float64.</summary>
public sealed class EquilibriumModelTests
{
    [Test]
    public void With_a_network_of_zero_the_layer_is_the_gradient_step()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var problem = new SmallProblem(scope, DenoiserKind.Residual, networkScale: 0);
        Tensor z = Random(scope, problem.B, 1), hz = scope.Like(z), step = scope.Like(z);
        problem.Normal.Forward(z, hz);
        double eta = problem.Model.Scalar;
        LinearCombination.Run([1, -eta, eta], [z, hz, problem.B], step);
        Assert.That(Sample.RelativeDistance(Apply(problem, z, problem.B, scope), step), Is.LessThan(1e-15)); // a few roundings
    }

    [Test]
    public void With_an_averaged_network_of_zero_the_fixed_point_is_the_Tikhonov_solution()
    {
        // R(u) = (1 − t) u, so z = (1 − t)(z − η (H z − b)), that is (H + λ) z = b with λ = t / ((1 − t) η).
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var problem = new SmallProblem(scope, DenoiserKind.Averaged, networkScale: 0);
        double share = problem.Model.Options.DenoiserShare, lambda = share / ((1 - share) * problem.Model.Scalar);
        Tensor expected = scope.Zeros(problem.B.DType, problem.B.Shape);
        ConjugateGradient.Solve(problem.Normal, lambda, problem.B, expected, 200, 1e-15);
        FixedPointSolution solution = new Picard(1e-14, 200).Solve(new FixedPointProblem(problem.Model.Layer(problem.Normal, problem.B), problem.B), scope);
        Assert.That(solution.AllConverged, Is.True);

        // The map contracts by 1 − t, so the distance is at most the residual over t; the reference errs by 1e-15 (1 + λ) / λ.
        Assert.That(Sample.RelativeDistance(solution.Value, expected), Is.LessThan((1e-14 / share) + (1e-15 * (1 + lambda) / lambda)));
    }

    [Test]
    public void With_the_identity_as_denoiser_the_fixed_point_is_a_least_squares_image()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var problem = new SmallProblem(scope, DenoiserKind.Residual, networkScale: 0);
        FixedPointSolution solution = new Anderson { Memory = 8, Tolerance = 1e-12, MaxEvaluations = 3000 }
            .Solve(new FixedPointProblem(problem.Model.Layer(problem.Normal, problem.B), problem.B), scope);
        Assert.That(solution.AllConverged, Is.True);
        Tensor leastSquares = scope.Zeros(problem.B.DType, problem.B.Shape), difference = scope.Like(problem.B), image = scope.Like(problem.B);
        ConjugateGradient.Solve(problem.Normal, 0, problem.B, leastSquares, 2000, 1e-14);
        Subtract.Run(solution.Value, leastSquares, difference);
        problem.Normal.Forward(difference, image);

        // Both solve H z = b. The difference is measured where the equations see it: by H, up to both residuals.
        double bound = (1e-12 / problem.Model.Scalar * Sample.Norm(solution.Value)) + (1e-14 * Sample.Norm(problem.B));
        Assert.That(Sample.Norm(image), Is.LessThan(2 * bound));
    }

    [Test]
    public void Without_biases_the_layer_commutes_with_positive_factors([Values] DenoiserKind denoiser)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var problem = new SmallProblem(scope, denoiser, networkScale: 0.3);
        foreach (Parameter bias in problem.Model.Parameters.All.Where(p => p.Name.EndsWith(".bias", StringComparison.Ordinal)))
        {
            bias.Value.Clear();
        }

        Tensor z = Random(scope, problem.B, 1), f = Apply(problem, z, problem.B, scope);
        Tensor z4 = Times(4, z, scope), b4 = Times(4, problem.B, scope), expected = Times(4, f, scope);
        Assert.That(Sample.Bits(Apply(problem, z4, b4, scope)), Is.EqualTo(Sample.Bits(expected))); // a power of two rounds nothing

        // A negative factor does not commute: the rectifier knows signs.
        Tensor zMinus = Times(-1, z, scope), bMinus = Times(-1, problem.B, scope);
        Assert.That(Sample.RelativeDistance(Apply(problem, zMinus, bMinus, scope), Times(-1, f, scope)), Is.GreaterThan(1e-3));
    }

    [Test]
    public void The_Jacobian_free_gradient_is_the_formula_written_by_hand()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        using var problem = new SmallProblem(scope, DenoiserKind.Residual, networkScale: 0.2);
        EquilibriumModel model = problem.Model;
        double eta = model.Scalar;
        Tensor z = Random(scope, problem.B, 1), u = Random(scope, problem.B, 2), hz = scope.Like(z), g = scope.Like(z), hp = scope.Like(z);
        problem.Normal.Forward(z, hz);
        LinearCombination.Run([1, -eta, eta], [z, hz, problem.B], g);

        // p = (∂R/∂g)ᵀ u from central differences of ⟨u, R(g)⟩ along every real coordinate: h² and ε / h are 1e-9 or less.
        const double Step = 1e-5;
        var denoiser = new Denoiser(model.Unet, model.Options.Denoiser, model.Options.DenoiserShare);
        Tensor p = scope.Like(z), moved = scope.Clone(g);
        for (int i = 0; i < 2 * g.Count; i++)
        {
            double kept = moved.RealSpan<double>()[i];
            moved.RealSpan<double>()[i] = kept + Step;
            double up = Denoised(denoiser, moved, u);
            moved.RealSpan<double>()[i] = kept - Step;
            p.RealSpan<double>()[i] = (up - Denoised(denoiser, moved, u)) / (2 * Step);
            moved.RealSpan<double>()[i] = kept;
        }

        problem.Normal.Forward(p, hp);
        Tensor expectedInput = scope.Like(z), expectedB = Times(eta, p, scope);
        LinearCombination.Run([1, -eta], [p, hp], expectedInput);
        double expectedEta = Sample.Inner(p, problem.B) - Sample.Inner(p, hz);

        using var tape = Tape.Recording(Device.Cpu);
        Variable b = tape.Input(problem.B);
        EquilibriumPoint point = new JacobianFree().Attach(tape, (t, x) => model.Layer(t, problem.Normal, b, x), z);
        Tensor inputGradient = scope.Zeros(z.DType, z.Shape), bGradient = scope.Zeros(z.DType, z.Shape);
        model.Parameters.ClearGradients();
        Tensor state = new JacobianFree().Backward(
            tape, point, u, new GradientTargets().Add(point.Input, inputGradient).Add(b, bGradient).Add(tape, model.Trained), scope).State;
        double etaGradient = model.Parameters[EquilibriumModel.StepSizeName].Gradient.Item();
        Assert.That(Sample.Bits(state), Is.EqualTo(Sample.Bits(u)));
        Assert.That(Sample.RelativeDistance(inputGradient, expectedInput), Is.LessThan(1e-7), "Jᵀ u = p − η H p");
        Assert.That(Sample.RelativeDistance(bGradient, expectedB), Is.LessThan(1e-7), "(∂f/∂b)ᵀ u = η p");
        Assert.That(etaGradient, Is.EqualTo(expectedEta).Within(1e-7 * Sample.Norm(p) * Sample.Norm(problem.B)), "(∂f/∂η)ᵀ u = ⟨p, b − H z⟩");
    }

    [Test]
    public void The_fixed_point_has_the_same_bits_on_1_2_and_8_threads()
    {
        byte[][] results = [.. new[] { 1, 2, 8 }.Select(threads =>
        {
            using var tiny = new TinyTraining(device: new CpuDevice(threads));
            using EquilibriumModel model = ModelFactory.Create(tiny.Settings, tiny.Device);
            RandomFill.Normal(model.Parameters["unet.out.weight"].Value, new CounterRandom(3), 0.1);
            using var scope = new TensorScope(tiny.Training[0].B.Device, MemoryOwner.Data);
            return Sample.Bits(new ModelReconstructor(model, tiny.Settings).Run(tiny.Training, tiny.Device, scope, NoProgress.Instance, CancellationToken.None).Images);
        })];
        Assert.That(results[1], Is.EqualTo(results[0]));
        Assert.That(results[2], Is.EqualTo(results[0]));
    }

    private static Tensor Apply(SmallProblem problem, Tensor z, Tensor b, TensorScope scope)
    {
        Tensor f = scope.Like(z);
        new FixedPointProblem(problem.Model.Layer(problem.Normal, b), z).Evaluate(z, f);
        return f;
    }

    private static double Denoised(Denoiser denoiser, Tensor image, Tensor u)
    {
        using var tape = Tape.Forgetful(image.Device);
        return Reduce.Dot(u, denoiser.Apply(tape, tape.Input(image)).Value);
    }

    private static Tensor Random(TensorScope scope, Tensor like, ulong seed)
    {
        Tensor tensor = scope.Like(like);
        RandomFill.Normal(tensor, new CounterRandom(seed));
        return tensor;
    }

    private static Tensor Times(double factor, Tensor tensor, TensorScope scope)
    {
        Tensor scaled = scope.Like(tensor);
        Scale.Run(factor, tensor, scaled);
        return scaled;
    }
}
