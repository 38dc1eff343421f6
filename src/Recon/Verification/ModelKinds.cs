using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of networks, layers and fixed points.</summary>
internal static class ModelKinds
{
    public static void Unet(CaseRun run)
    {
        using var parameters = new ParameterSet(run.Scope.Device, run.Real);
        var unet = new Unet(parameters, UnetOptions(run));
        Load(run, parameters);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable x = tape.Input(run.Input("x")), y = unet.Apply(tape, x);
        Variable loss = tape.InnerProduct(tape.Input(run.Input("cot")), y);
        run.Output("y", y.Value);
        run.Output("loss", loss.Value);
        GradientTargets targets = ParameterTargets(run, tape, parameters).Add(x, run.GradientOf("x", x));
        tape.Backward(loss, targets);
    }

    /// <summary>One application f(z); loss ⟨cot, f⟩.</summary>
    public static void Layer(CaseRun run)
    {
        using LayerCase layer = LayerCase.Create(run);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable z = tape.Input(layer.Batch("z")), b = tape.Input(layer.Batch("b"));
        Variable f = layer.Model.Layer(tape, layer.Normal, b, z);
        Variable loss = tape.InnerProduct(tape.Input(layer.Batch("cot")), f);
        run.Output("f", f.Value);
        run.Output("loss", loss.Value);
        GradientTargets targets = ParameterTargets(run, tape, layer.Model.Parameters)
            .Add(z, run.GradientOf("z", z)).Add(b, run.GradientOf("b", b));
        tape.Backward(loss, targets);
    }

    /// <summary>z₀ = b and K layers; mean squared error of the last state; the tape runs through b as well.</summary>
    public static void UnrolledLayers(CaseRun run)
    {
        using LayerCase layer = LayerCase.Create(run);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable b = tape.Input(layer.Batch("b")), state = b;
        Tensor states = run.Scope.New(b.Value.DType, [run.Integer("steps"), .. b.Value.Shape[1..]]);
        for (int step = 0; step < run.Integer("steps"); step++)
        {
            state = layer.Model.Layer(tape, layer.Normal, b, state);
            states.Slice(step).CopyFrom(state.Value.Slice(0));
        }

        Variable loss = tape.MeanSquaredError(state, tape.Input(layer.Batch("target")));
        run.Output("states", states);
        run.Output("loss", loss.Value);
        GradientTargets targets = ParameterTargets(run, tape, layer.Model.Parameters).Add(b, run.GradientOf("b", b));
        tape.Backward(loss, targets);
    }

    /// <summary>z* by Anderson, z** = f(z*), loss at z**, gradients by the adjoint of the case.</summary>
    public static void Equilibrium(CaseRun run)
    {
        IEquilibriumAdjoint adjoint = run.Text("mode") switch
        {
            "jfb" => new JacobianFree(),
            "neumann" => new Neumann(run.Integer("terms")),
            "exact" => ExactAdjoint(run),
            string mode => throw new CaseNotSupportedException($"gradient mode '{mode}'"),
        };
        using LayerCase layer = LayerCase.Create(run);
        Tensor start = layer.Batch("b");
        using var scope = new TensorScope(run.Scope.Device, MemoryOwner.Solver);
        FixedPointSolution solution = Solver(run).Solve(layer.Model.Problem(layer.Normal, start, start), scope);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable b = tape.Input(start);
        EquilibriumPoint point = adjoint.Attach(tape, (t, z) => layer.Model.Layer(t, layer.Normal, b, z), solution.Value);
        Variable loss = tape.MeanSquaredError(point.Output, tape.Input(layer.Batch("target")));
        Tensor lossGradient = scope.Zeros(start.DType, start.Shape);
        tape.Backward(loss, new GradientTargets().Add(point.Output, lossGradient));
        GradientTargets targets = ParameterTargets(run, tape, layer.Model.Parameters).Add(b, run.GradientOf("b", b));
        Tensor state = adjoint.Backward(tape, point, lossGradient, targets, scope).State;
        run.Output("z_star", solution.Value);
        run.Output("z_out", point.Output.Value);
        run.Output("loss", loss.Value);
        run.Output("loss_gradient", lossGradient);
        run.Output("adjoint_state", state);
    }

    /// <summary>A fixed point next to kinks, where Anderson stalls without a safeguard: with one it reaches it.</summary>
    public static void StallingSolve(CaseRun run)
    {
        using LayerCase layer = LayerCase.Create(run);
        JsonElement properties = run.Section("properties");

        // The distance to the fixed point is up to ρ/(1 − ρ) ~ 5 times the residual; float64 has the digits to ask for less.
        double tolerance = run.IsDouble ? properties.GetProperty("tol").GetDouble() / 10 : properties.GetProperty("tol_float32").GetDouble();
        Tensor start = layer.Batch("b");
        FixedPointSolution solution = new Anderson { IsSafeguarded = true, Tolerance = tolerance, MaxEvaluations = properties.GetProperty("evaluations").GetInt32() }
            .Solve(new FixedPointProblem(layer.Model.Layer(layer.Normal, start), start), run.Scope);
        if (solution.AllConverged)
        {
            run.Output("z_star", solution.Value);
        }
    }

    /// <summary>R = I / (1 + η λ): the fixed point solves (H + λ) z = b, so that everything is known in closed form.</summary>
    public static void Tikhonov(CaseRun run)
    {
        using ToeplitzNormal normal = EncodingKinds.NormalOperator(run, run.Input("maps"));
        Tensor image = run.Input("b"), start = image.Reshape([1, .. image.Shape]), target = run.Input("target").Reshape(start.Shape);
        Tensor etaValue = run.Input("eta"), lambdaValue = run.Input("lambda");
        double lambda = lambdaValue.Item();
        using var scope = new TensorScope(run.Scope.Device, MemoryOwner.Solver);

        // R(g) = g / (1 + ηλ) is (I + (ηλ) I)⁻¹ g: a resolvent of the identity.
        Variable Map(Tape tape, Variable b, Variable eta, Variable weight, Variable z)
        {
            Variable step = tape.Subtract(z, tape.ScaleBy(eta, tape.Subtract(tape.Apply(normal, z), b)));
            return tape.Resolvent(new Identity(start.Shape), tape.ScaleBy(eta, weight), step, ResolventOptions.For(run.Real));
        }

        var problem = new FixedPointProblem((tape, z) => Map(tape, tape.Input(start), tape.Input(etaValue), tape.Input(lambdaValue), z), start) { CanCapture = false };
        FixedPointSolution solution = Solver(run).Solve(problem, scope);
        using var tape = Tape.Recording(run.Scope.Device);
        Variable b = tape.Input(start), eta = tape.Input(etaValue), weight = tape.Input(lambdaValue);
        IEquilibriumAdjoint adjoint = ExactAdjoint(run);
        EquilibriumPoint point = adjoint.Attach(tape, (t, z) => Map(t, b, eta, weight, z), solution.Value);
        Variable loss = tape.MeanSquaredError(point.Output, tape.Input(target));
        Tensor lossGradient = scope.Zeros(start.DType, start.Shape);
        tape.Backward(loss, new GradientTargets().Add(point.Output, lossGradient));
        GradientTargets targets = new GradientTargets()
            .Add(b, run.GradientOf("b", b)).Add(eta, run.GradientOf("eta", eta)).Add(weight, run.GradientOf("lambda", weight));
        run.Output("adjoint_state", adjoint.Backward(tape, point, lossGradient, targets, scope).State);
        run.Output("z_star", solution.Value);
        run.Output("z_out", point.Output.Value);
        run.Output("loss", loss.Value);
        run.Output("loss_gradient", lossGradient);
        Tensor closed = run.Scope.Zeros(start.DType, start.Shape), derivative = run.Scope.Zeros(start.DType, start.Shape);
        ResolventOptions accuracy = ResolventOptions.For(run.Real);
        ConjugateGradient.Solve(normal, lambda, start, closed, accuracy.Steps, accuracy.Tolerance);
        ConjugateGradient.Solve(normal, lambda, closed, derivative, accuracy.Steps, accuracy.Tolerance);
        Scale.Run(-1, derivative, derivative);
        run.Output("closed_form", closed);
        run.Output("dz_dlambda", derivative);
    }

    // The tolerances of the stored adjoint states, 1e-8 and 3e-4, over the 1 / (1 - rho) of an error against a residual.
    private static Implicit ExactAdjoint(CaseRun run) => new() { Tolerance = run.IsDouble ? 1e-12 : 1e-6, MaxSweeps = 400, Memory = 40 };

    public static UnetOptions UnetOptions(CaseRun run) => new(
        run.Integer("base"), run.Integer("poolings"), run.Text("pool") == "max" ? Pooling.Max : Pooling.Average, run.Number("slope"));

    public static void Load(CaseRun run, ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.All)
        {
            parameter.Value.CopyFrom(run.Input(parameter.Name));
        }
    }

    public static Anderson Solver(CaseRun run)
    {
        JsonElement solver = run.Section("solver");
        return new Anderson
        {
            Memory = solver.GetProperty("memory").GetInt32(),
            Ridge = solver.GetProperty("ridge").GetDouble(),
            RidgeMode = solver.TryGetProperty("ridge_mode", out JsonElement mode) && mode.GetString() == "mean" ? RidgeMode.Mean : RidgeMode.Column,
            Mixing = solver.GetProperty("beta").GetDouble(),
            MaxEvaluations = solver.GetProperty("max_iter").GetInt32(),
            Tolerance = solver.GetProperty(!run.IsDouble && solver.TryGetProperty("tol_float32", out _) ? "tol_float32" : "tol").GetDouble(),
        };
    }

    private sealed class Identity(Shape shape) : ILinearOperator
    {
        public Shape Domain => shape;

        public Shape Range => shape;

        public void Forward(Tensor x, Tensor y, WriteMode mode) => Scale.Run(1, x, y, mode);

        public void Adjoint(Tensor y, Tensor x, WriteMode mode) => Scale.Run(1, y, x, mode);
    }

    public static GradientTargets ParameterTargets(CaseRun run, Tape tape, ParameterSet parameters)
    {
        var targets = new GradientTargets();
        foreach (Parameter parameter in parameters.All.Where(p => run.Case.GradientNames.Contains(p.Name)))
        {
            Variable variable = tape.Use(parameter);
            targets.Add(variable, run.GradientOf(parameter.Name, variable));
        }

        return targets;
    }
}
