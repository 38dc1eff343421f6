using System.Text.Json;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of solver histories and of a short training.</summary>
internal static class SolverKinds
{
    /// <summary>f(x) = M x + scale c from 0: residual histories, mixing weights and the returned x.</summary>
    public static void AndersonLinear(CaseRun run)
    {
        Tensor matrix = run.Input("M"), offset = run.Input("c");
        int size = offset.Shape[0], index = 0;
        foreach (double scale in run.Section("scales").EnumerateArray().Select(s => s.GetDouble()))
        {
            FixedPointProblem problem = Problem(run, matrix, offset, scale);
            foreach ((string name, RidgeMode mode) in new[] { ("column", RidgeMode.Column), ("mean", RidgeMode.Mean) })
            {
                Anderson solver = ModelKinds.Solver(run) with { RidgeMode = mode, RestartAfter = 0 };
                FixedPointSolution solution = solver.Solve(problem, run.Scope);
                SliceSolve solve = solution.Slices[0];
                string prefix = $"{name}.scale{index}";
                run.Output($"{prefix}.residuals", solve.Residuals.ToArray());
                run.Output($"{prefix}.evaluations", solve.Evaluations);
                run.Output($"{prefix}.x", solution.Value);
                run.Output($"{prefix}.weights", [.. solve.Weights.Take(run.Integer("weight_rows"))
                    .SelectMany(row => row.Concat(Enumerable.Repeat(0.0, solver.Memory - row.Length)))]);
            }

            index++;
        }

        var picard = new Picard(ModelKinds.Solver(run).Tolerance, run.Integer("picard_evaluations"));
        run.Output("picard.residuals", picard.Solve(Problem(run, matrix, offset, 1), run.Scope).Slices[0].Residuals.ToArray());
    }

    /// <summary>Two epochs over three slices, each solve started cold from b or warm from the last epoch's solution.</summary>
    public static void Cascaded(CaseRun run)
    {
        foreach (bool isWarm in (ReadOnlySpan<bool>)[false, true])
        {
            Train(run, isWarm);
        }
    }

    private static void Train(CaseRun run, bool isWarm)
    {
        JsonElement constants = run.Section("adam");
        double Constant(string key) => constants.GetProperty(key).GetDouble();
        using LayerCase layer = LayerCase.Create(run);
        EquilibriumModel model = layer.Model;
        using var adam = new Adam(model.Parameters, new AdamConstants(Constant("lr"), Constant("beta1"), Constant("beta2"), Constant("eps")));
        int slices = run.Integer("slices");
        Tensor maps = run.Input("maps"), images = run.Input("b"), goals = run.Input("target"), spectrum = EncodingKinds.Spectrum(run);
        Tensor[] cache = [.. Enumerable.Range(0, slices).Select(s => run.Scope.Clone(images.Slice(s, 1)))];
        var records = new List<(SliceSolve Solve, double Loss)>();
        for (int step = 0; step < run.Integer("epochs") * slices; step++)
        {
            int s = step % slices;
            Tensor b = images.Slice(s, 1);
            using var normal = new ToeplitzNormal(spectrum, maps.Slice(s, 1));
            FixedPointMap map = model.Layer(normal, b);
            using var scope = new TensorScope(run.Scope.Device, MemoryOwner.Solver);
            FixedPointSolution solution = ModelKinds.Solver(run).Solve(new FixedPointProblem(map, isWarm ? cache[s] : b), scope);
            cache[s].CopyFrom(solution.Value);
            using var tape = Tape.Recording(run.Scope.Device);
            EquilibriumPoint point = new JacobianFree().Attach(tape, map, solution.Value);
            Variable loss = tape.MeanSquaredError(point.Output, tape.Input(goals.Slice(s, 1)));
            model.Parameters.ClearGradients();
            tape.Backward(loss, new GradientTargets().Add(tape, model.Parameters.All));
            adam.Step();
            records.Add((solution.Slices[0], loss.Value.Item()));
        }

        string start = isWarm ? "warm" : "cold";
        run.Output($"{start}.evaluations", [.. records.Select(r => (double)r.Solve.Evaluations)]);
        run.Output($"{start}.losses", [.. records.Select(r => r.Loss)]);
        run.Output($"{start}.first_residual", [.. records.Select(r => r.Solve.Residuals[0])]);
        run.Output($"{start}.previous_residual", [.. records.Select(r => r.Solve.Residuals[^2])]);
        run.Output($"{start}.last_residual", [.. records.Select(r => r.Solve.Residuals[^1])]);
        foreach (Parameter parameter in model.Parameters.All)
        {
            run.Output($"{start}.final.{parameter.Name}", parameter.Value);
        }
    }

    private static FixedPointProblem Problem(CaseRun run, Tensor matrix, Tensor offset, double scale)
    {
        int size = offset.Shape[0];
        Tensor start = run.Scope.Zeros(offset.DType, [1, size]);
        return new FixedPointProblem(
            (tape, x) =>
            {
                // A dense matrix is a 1 × 1 convolution of an image with one pixel and `size` channels.
                Tensor weight = matrix.Reshape([size, size, 1, 1]);
                Tensor shift = tape.Values.Like(offset);
                Scale.Run(scale, offset, shift);
                Tensor y = tape.Values.New(offset.DType, [1, size, 1, 1]);
                Conv2d.Forward(x.Value.Reshape([1, size, 1, 1]), weight, shift, y);
                return tape.Input(y.Reshape([1, size]));
            },
            start);
    }
}
