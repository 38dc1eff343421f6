using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Reference kinds of single operations: y from the inputs, loss ⟨cot, y⟩.</summary>
internal static class KernelKinds
{
    public static void Conv2d(CaseRun run) => Single(run, "y", (tape, v) => tape.Conv2d(v("x"), v("weight"), v("bias")));

    public static void ConvTranspose2d(CaseRun run) => Single(run, "y", (tape, v) => tape.ConvTranspose2d(v("x"), v("weight"), v("bias")));

    public static void Pool2d(CaseRun run) => Single(
        run, "y", (tape, v) => run.Text("pool") == "max" ? tape.MaxPool2d(v("x")) : tape.AveragePool2d(v("x")));

    public static void LeakyRelu(CaseRun run) => Single(run, "y", (tape, v) => tape.LeakyRelu(v("x"), run.Number("slope")));

    public static void Concat(CaseRun run) => Single(run, "y", (tape, v) => tape.Concat(v("skip"), v("up")));

    public static void CoilMultiply(CaseRun run) => Single(run, "y", (tape, v) => tape.Modulate(v("maps"), v("x")));

    public static void CoilCombine(CaseRun run) => Single(run, "x", (tape, v) => tape.Combine(v("maps"), v("y")));

    public static void PadCrop(CaseRun run) => run.Differentiate((tape, v) =>
    {
        (int rows, int columns) = run.Shape2d;
        Variable padded = tape.Apply(new ReflectPad(v("x").Value.Shape, run.Integer("multiple")), v("x"));
        Variable cropped = tape.Apply(new Crop(v("z").Value.Shape, rows, columns), v("z"));
        run.Output("padded", padded.Value);
        run.Output("cropped", cropped.Value);
        return tape.Add(tape.InnerProduct(v("cot_padded"), padded), tape.InnerProduct(v("cot_cropped"), cropped));
    });

    /// <summary>Parameter, m and v after each step of a stored gradient sequence.</summary>
    public static void Adam(CaseRun run)
    {
        Tensor gradients = run.Input("g"), p = run.Scope.Clone(run.Input("p0"));
        Tensor m = run.Scope.Zeros(p.DType, p.Shape), v = run.Scope.Zeros(p.DType, p.Shape);
        var constants = new AdamConstants(run.Number("lr"), run.Number("beta1"), run.Number("beta2"), run.Number("eps"));
        Tensor[] rows = [.. Enumerable.Range(0, 3).Select(_ => run.Scope.Like(gradients))];
        for (int step = 0; step < gradients.Shape[0]; step++)
        {
            AdamStep.Run(p, gradients.Slice(step), m, v, step + 1, constants);
            foreach ((Tensor table, Tensor state) in rows.Zip([p, m, v]))
            {
                table.Slice(step).CopyFrom(state);
            }
        }

        foreach ((string name, Tensor table) in new[] { "p", "m", "v" }.Zip(rows))
        {
            run.Output(name, table);
        }
    }

    private static void Single(CaseRun run, string output, Func<Tape, Func<string, Variable>, Variable> operation) =>
        run.Differentiate((tape, v) =>
        {
            Variable y = operation(tape, v);
            run.Output(output, y.Value);
            return tape.InnerProduct(v("cot"), y);
        });
}
