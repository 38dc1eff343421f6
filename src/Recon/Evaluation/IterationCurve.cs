using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// Image quality against iterations. For an equilibrium model the limit of the solver, all limits from one solve per slice that
/// does not stop at a tolerance; the image is one application after it, as always. For an unrolled model the number of applications.
/// </summary>
public static class IterationCurve
{
    /// <summary>Unrolled models are shown to this multiple of the applications that they were trained for.</summary>
    public const int UnrolledFactor = 2;

    /// <summary>Measures.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="config">As trained; a ladder of solvers is left out, since its later rungs start anew.</param>
    /// <param name="limits">Numbers of iterations, rising; see <see cref="Limits"/>.</param>
    /// <param name="slices">Prepared slices with targets.</param>
    /// <param name="progress">Told after each slice.</param>
    /// <param name="stop">Stops between slices.</param>
    public static IReadOnlyList<CurvePoint> Measure(
        EquilibriumModel model, TrainingConfig config, int[] limits, IReadOnlyList<IWaitingSlice> slices, IProgressReport progress, CancellationToken stop)
    {
        Device device = model.Parameters.Device;
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        Tensor[] images = [.. limits.Select(_ => scope.New(slices[0].ImageType, [slices.Count, .. slices[0].ImageShape]))];
        double[][] residuals = [.. limits.Select(_ => new double[slices.Count])];
        progress.Begin("curve against iterations", slices.Count);
        foreach ((int s, SliceProblem slice) in SliceReading.InTurn(slices, device.Host).Index())
        {
            stop.ThrowIfCancellationRequested();
            using var work = new TensorScope(device, MemoryOwner.Data);
            Trace(model, config, limits, slice.On(work), (index, image, residual) =>
            {
                images[index].Slice(s).CopyFrom(image);
                residuals[index][s] = residual;
            });
            progress.Step(s + 1);
        }

        return [.. limits.Select((limit, i) => Point(limit, new Reconstruction(slices, images[i], [], double.NaN).Compare(config.PsnrRange), residuals[i]))];
    }

    /// <summary>1, 2, 3, 5, 8, 12, 18, ...: half as many again each time, and the last.</summary>
    public static IReadOnlyList<int> Spaced(int last)
    {
        var limits = new List<int>();
        for (int limit = 1; limit < last; limit = ((3 * limit) + 1) / 2)
        {
            limits.Add(limit);
        }

        return [.. limits, last];
    }

    /// <summary>Where to look at a model.</summary>
    /// <param name="config">As trained.</param>
    /// <param name="iterations">The last point; null for the limit of the training, or twice its applications.</param>
    /// <exception cref="InputException">The model does not iterate.</exception>
    public static int[] Limits(TrainingConfig config, int? iterations) => config.Model switch
    {
        ModelKind.Unet => throw new InputException("--curve: a U-Net is applied once and has no curve against iterations. Leave it out, or give a checkpoint of ifdeq, deq or modl."),
        ModelKind.Modl => [.. Enumerable.Range(1, iterations ?? (UnrolledFactor * config.Unrolls))],
        _ => [.. Spaced(iterations ?? config.MaxIterations)],
    };

    /// <summary>Calls back with [rows, columns] image and residual at each limit.</summary>
    private static void Trace(EquilibriumModel model, TrainingConfig config, int[] limits, SliceProblem slice, LimitReport report)
    {
        model.Normalisation?.Refresh();
        Device device = model.Parameters.Device;
        using var batch = new SliceBatch([slice], device);
        using var scope = new TensorScope(device, MemoryOwner.Solver);
        FixedPointProblem problem = model.Problem(batch.Normal, batch.B, batch.Start);
        Tensor image = scope.Like(batch.B);
        void Report(int index, double residual)
        {
            slice.MaskToSupport(image.Slice(0));
            report(index, image.Slice(0), residual);
        }

        if (config.Model == ModelKind.Modl)
        {
            Tensor state = scope.Clone(batch.Start), step = scope.Like(state);
            for (int index = 0; index < limits.Length; index++)
            {
                problem.Evaluate(state, image);
                Subtract.Run(image, state, step);
                state.CopyFrom(image);
                Report(index, Math.Sqrt(Reduce.SumOfSquares(step) / Reduce.SumOfSquares(state)));
            }

            return;
        }

        using var trace = new LimitTrace(problem, limits, (index, value, residual) =>
        {
            problem.Evaluate(value, image);
            Report(index, residual);
        });
        ModelFactory.Solver(config with { Tolerance = 0, MaxIterations = limits[^1], SolverLadder = false }).Solve(trace.Problem, scope);
        trace.Finish();
    }

    private static CurvePoint Point(int limit, ImageMetrics metrics, double[] residuals)
    {
        double[] sorted = [.. residuals.Order()];
        return new CurvePoint(limit, metrics, sorted[(sorted.Length - 1) / 2], sorted[^1]);
    }
}
