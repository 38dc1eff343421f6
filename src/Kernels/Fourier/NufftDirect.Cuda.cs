using Stardeq.Engine;

namespace Stardeq.Kernels;

internal static unsafe partial class NufftDirect
{
    private static void ForwardCuda(CudaDevice cuda, double[] points, Tensor x, Tensor y, int rows, int columns, int batch, WriteMode mode) =>
        ForChunks(cuda, points, rows, columns, -1, (ex, ey, first, count) =>
            cuda.Kernel("nufft_direct_forward", x.DType).Grid(count, batch).Block(32, 4).With(x).With(ex).With(ey).With(y).With(rows).With(columns).With(first)
                .With(points.Length / 2).WithReal(1 / Math.Sqrt((double)rows * columns)).With(mode == WriteMode.Add ? 1 : 0).Launch());

    private static void AdjointCuda(CudaDevice cuda, double[] points, Tensor y, Tensor x, int rows, int columns, int batch) =>
        ForChunks(cuda, points, rows, columns, 1, (ex, ey, first, count) =>
            CudaGrids.Boxes(cuda.Kernel("nufft_direct_adjoint", x.DType), batch, rows, columns).With(y).With(ex).With(ey).With(x).With(batch).With(rows)
                .With(columns).With(first).With(count).With(points.Length / 2).WithReal(1 / Math.Sqrt((double)rows * columns)).Launch());

    private static void ForChunks(CudaDevice cuda, double[] points, int rows, int columns, double sign, Action<Tensor, Tensor, int, int> work)
    {
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor coordinates = scope.From([points.Length / 2, 2], points);
        Tensor ex = scope.New(DType.Complex128, [Chunk, columns]), ey = scope.New(DType.Complex128, [Chunk, rows]);
        for (int first = 0; first < points.Length / 2; first += Chunk)
        {
            int count = Math.Min(Chunk, (points.Length / 2) - first);
            Tabulate(cuda, coordinates, ex, 0, columns, sign, first, count);
            Tabulate(cuda, coordinates, ey, 1, rows, sign, first, count);
            work(ex, ey, first, count);
        }
    }

    private static void Tabulate(CudaDevice cuda, Tensor coordinates, Tensor table, int axis, int n, double sign, int first, int count) =>
        CudaGrids.Boxes(cuda.Kernel("nufft_exponentials", table.DType), 1, count, n).With(coordinates).With(table).With(axis).With(n).WithDouble(sign).With(first).With(count).Launch();
}
