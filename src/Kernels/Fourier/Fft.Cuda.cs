using ManagedCuda.CudaFFT;
using Stardeq.Engine;

namespace Stardeq.Kernels;

public static unsafe partial class Fft
{
    /// <summary>cuFFT between two cyclic moves that put the centre at index 0 and back; the second one scales.</summary>
    private static void TransformCuda(CudaDevice cuda, Tensor x, Tensor y, int rows, int columns, double scale, bool centred, bool inverse)
    {
        TransformDirection direction = inverse ? TransformDirection.Inverse : TransformDirection.Forward;
        if (!centred)
        {
            if (!x.Overlaps(y))
            {
                y.CopyFrom(x);
            }

            cuda.Transforms.Execute(y, rows, columns, direction);
            if (scale != 1)
            {
                Scale.Run(scale, y, y);
            }

            return;
        }

        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor moved = scope.Like(x);
        (int down, int right) = (rows / 2, columns / 2);
        Roll(cuda, x, moved, rows, columns, (rows - down) % rows, (columns - right) % columns, 1);
        cuda.Transforms.Execute(moved, rows, columns, direction);
        Roll(cuda, moved, y, rows, columns, down, right, scale);
    }

    private static void Roll(CudaDevice cuda, Tensor x, Tensor y, int rows, int columns, int down, int right, double factor) =>
        CudaGrids.Boxes(cuda.Kernel("fft_roll", x.DType), Images(x, rows, columns), rows, columns)
            .With(x).With(y).With(Images(x, rows, columns)).With(rows).With(columns).With(down).With(right).WithReal(factor).Launch();

    private static int Images(Tensor x, int rows, int columns) => checked((int)(x.Count / ((long)rows * columns)));
}
