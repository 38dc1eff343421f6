using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of norms, spectral normalisation and Jacobian regularisation.</summary>
internal static class StabiliserKinds
{
    /// <summary>True norms of a convolution: per frequency, by Lanczos to the end, and by power iteration.</summary>
    public static void ConvNorm(CaseRun run)
    {
        Tensor weight = run.Input("weight");
        (int rows, int columns) = run.Shape2d;
        if (run.Text("boundary") == "circular")
        {
            double[] norms = CircularNorm.PerFrequency(weight, rows, columns);
            run.Output("norm_per_frequency", norms);
            run.Output("sigma", norms.Max());
            return;
        }

        Tensor image = run.Input("x0"), start = image.Reshape([1, .. image.Shape]);
        var square = new SquaredConvolution(weight, start.Shape, isTransposed: run.Text("boundary") == "transposed");

        // As many steps as there are numbers: the largest eigenvalue to rounding, or an invariant space before.
        run.Output("sigma", Math.Sqrt(Lanczos.LargestEigenvalue(square, start, (int)start.Count, run.IsDouble ? 1e-15 : 1e-7).Value));
        run.Output("power_estimates", [.. PowerIteration.LargestEigenvalue(square, start, run.Integer("iterations"), 0).Quotients.Select(Math.Sqrt)]);
    }

    /// <summary>σ of a reshaped kernel after some power iterations; loss ⟨cot, normalised weight⟩.</summary>
    public static void SpectralNorm(CaseRun run) => run.Differentiate((tape, v) =>
    {
        Variable weight = v("weight");
        Shape shape = weight.Value.Shape;
        bool isTransposed = run.Section("transposed").GetBoolean();
        var estimate = new PowerEstimate(isTransposed ? new TransposedKernelMap(shape) : ConvolutionMap.Reshaped(shape), weight.Value, run.Scope, default);
        estimate.State.CopyFrom(run.Input("u0").Reshape(estimate.State.Shape));
        estimate.Renew(weight.Value, run.Integer("iterations"));
        Variable normalised = tape.Normalise(weight, estimate.Derivative, Target(run.Case.Config));
        run.Output("sigma", estimate.Sigma);
        run.Output("u", estimate.State);
        run.Output("v", estimate.Right);
        run.Output("weight_normalised", normalised.Value);
        return tape.InnerProduct(v("cot"), normalised);
    });

    /// <summary>γ ‖v^T J‖²/d or γ ‖J v‖²/d of a layer at a stored z, which is held constant.</summary>
    public static void JacobianPenalty(CaseRun run)
    {
        using LayerCase layer = LayerCase.Create(run);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable z = tape.Input(layer.Batch("z"));
        Variable f = layer.Model.Layer(tape, layer.Normal, tape.Input(layer.Batch("b")), z);
        GradientTargets targets = ModelKinds.ParameterTargets(run, tape, layer.Model.Parameters);
        var penalty = new FrobeniusPenalty(Side: run.Text("form") == "vjp" ? ProbeSide.Left : ProbeSide.Right);
        double value = penalty.AddGradient(tape, z, f, layer.Batch("probe"), run.Number("gamma"), targets);
        run.Output("penalty", value);
        run.Output("loss", run.Number("gamma") * value);
    }

    /// <summary>Normalisation of the weights of a case; null for none.</summary>
    public static SpectralOptions? Options(CaseRun run) => run.Case.Config.TryGetProperty("spectral_norm", out JsonElement section)
        ? new SpectralOptions(Autodiff.SpectralNorm.Reshape, Target(section.GetProperty("apply")))
        : null;

    /// <summary>The updates of a training step, from the stored vectors.</summary>
    public static void Advance(CaseRun run, EquilibriumModel model)
    {
        if (model.Normalisation is not { } normalisation)
        {
            return;
        }

        foreach ((string name, Tensor u) in model.Parameters.States)
        {
            u.CopyFrom(run.Input($"u.{name[SpectralNormalisation.StatePrefix.Length..]}").Reshape(u.Shape));
        }

        normalisation.Advance(run.Section("spectral_norm").GetProperty("iterations").GetInt32());
        run.Output("sigma", [.. normalisation.Norms.OrderBy(norm => norm.Name, StringComparer.Ordinal).Select(norm => norm.Sigma)]);
    }

    private static NormTarget Target(JsonElement section) => new(
        section.GetProperty("target").GetDouble(), section.GetProperty("rule").GetString() == "divide" ? NormRule.Divide : NormRule.Clip);

    /// <summary>KᵀK of a zero-padded or a transposed convolution K.</summary>
    private sealed class SquaredConvolution(Tensor weight, Shape domain, bool isTransposed) : ILinearOperator
    {
        public Shape Domain => domain;

        public Shape Range => domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode)
        {
            using var scope = new TensorScope(x.Device, MemoryOwner.Workspace);
            if (isTransposed)
            {
                Tensor image = scope.New(x.DType, [1, weight.Shape[1], 2 * domain[2], 2 * domain[3]]);
                ConvTranspose2d.Forward(x, weight, null, image);
                ConvTranspose2d.BackwardInput(image, weight, y, mode);
            }
            else
            {
                Tensor image = scope.New(x.DType, [1, weight.Shape[0], domain[2], domain[3]]);
                Conv2d.Forward(x, weight, null, image);
                Conv2d.BackwardInput(image, weight, y, mode);
            }
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode) => Forward(y, x, mode);
    }
}
