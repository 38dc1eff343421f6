using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <content>Steps without the host: kernels.cu § 10 keeps squares, ratios and statuses on the device.</content>
public static partial class ConjugateGradient
{
    private const int Threads = 256, Fields = 3; // CG_FIELDS of kernels.cu

    // A look waits for the device and lets its queue run empty; steps too many leave finished slices as they are.
    private const int StepsPerLook = 4;

    private static ConjugateGradientResult SolveCuda(
        CudaDevice cuda, ILinearOperator normal, double shift, Tensor rhs, Tensor x, Tensor r, Tensor p, Tensor q, int iterations, double tolerance)
    {
        using var scope = new TensorScope(cuda, MemoryOwner.Solver);
        int slices = (int)(x.Count / Math.Max(1, normal.Domain.Count));
        Tensor Flat(Tensor all) => all.Reshape([slices, (int)normal.Domain.Count]);
        long size = x.AsReal().Count / Math.Max(1, slices);
        int parts = (int)Math.Clamp((size + (4 * Threads) - 1) / (4 * Threads), 1, 1024);
        Tensor state = scope.Zeros(DType.Int32, [slices, Fields]), partial = scope.New(DType.Float64, [slices, parts]);
        Tensor rhsSquares = scope.New(DType.Float64, [slices]), squares = scope.Like(rhsSquares), curvatures = scope.Like(rhsSquares), ratios = scope.Like(rhsSquares);

        void Judge(bool first, Tensor sums, int count) => cuda.Kernel("cg_judge", x.DType).Grid(slices).Block(Threads)
            .With(first ? 1 : 0).With(sums).With(count).With(curvatures).With(rhsSquares).With(state).With(squares).With(ratios)
            .WithDouble(tolerance).Launch();

        Reduce.DotOfSlices(Flat(rhs), Flat(rhs), rhsSquares);
        Reduce.DotOfSlices(Flat(r), Flat(r), partial.Reshape([slices * parts]).Slice(0, slices));
        using (cuda.Spans?.Begin("cg judgement", WorkCount.None))
        {
            Judge(first: true, partial, 1);
        }

        for (int step = 0; step < iterations && (step % StepsPerLook != 0 || AnyRunning(state)); step++)
        {
            Apply(normal, shift, p, q);
            Reduce.DotOfSlices(Flat(p), Flat(q), curvatures);
            using OpenSpan? span = cuda.Spans?.Begin("cg update", Work.Pass(6, x, x, r, r, p, q) + Work.Pass(2, p, p, r));
            cuda.Kernel("cg_update", x.DType).Grid(slices, parts).Block(Threads)
                .With(state).With(squares).With(curvatures).With(p).With(q).With(x).With(r).With(partial).With(size).Launch();
            Judge(first: false, partial, parts);
            cuda.Kernel("cg_direction", x.DType).Grid(slices, parts).Block(Threads).With(state).With(ratios).With(r).With(p).With(size).Launch();
        }

        return Result(state.ToArray<int>(), squares.ToArray<double>(), rhsSquares.ToArray<double>());
    }

    private static bool AnyRunning(Tensor state) => state.ToArray<int>().Where((_, i) => i % Fields == 0).Contains(0);

    private static ConjugateGradientResult Result(int[] state, double[] squares, double[] rhsSquares)
    {
        IEnumerable<double> residuals = squares.Zip(rhsSquares, (square, rhs) => square == 0 ? 0 : Math.Sqrt(square) / Math.Sqrt(rhs));
        return new ConjugateGradientResult(
            state.Where((_, i) => i % Fields == 2).Max(), residuals.Max(), (LinearSolveStatus)state.Where((_, i) => i % Fields == 1).Max());
    }
}
