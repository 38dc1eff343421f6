using ManagedCuda.CudaFFT;
using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>
/// <see cref="ToeplitzNormal"/> on a CUDA device: pad and multiply, batched transform of doubled size, multiply by the spectrum,
/// transform back, crop and sum; as many modulations at a time as fit into the workspace.
/// </summary>
internal sealed class ToeplitzCuda(CudaDevice cuda, Tensor spectrum, int rows, int columns) : IToeplitzPath
{
    public void Apply(Tensor x, Tensor modulations, Tensor y, int images, int sets, int count, WriteMode mode)
    {
        long plane = 4L * rows * columns;
        int most = (int)Math.Max(1, cuda.WorkspaceBytes / (plane * x.DType.Bytes()));
        int together = Math.Min(most, count), imagesTogether = Math.Clamp(most / count, 1, images);
        for (int image = 0; image < images; image += imagesTogether)
        {
            for (int first = 0; first < count; first += together)
            {
                Run(x, modulations, y, image, Math.Min(imagesTogether, images - image), first, Math.Min(together, count - first), sets, count,
                    mode == WriteMode.Add || first > 0);
            }
        }
    }

    public void Dispose()
    {
    }

    private void Run(Tensor x, Tensor maps, Tensor y, int firstImage, int images, int first, int modulations, int sets, int allModulations, bool add)
    {
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor padded = scope.New(x.DType, [images * modulations, 2 * rows, 2 * columns]);
        int items = images * modulations;
        long plane = 4L * rows * columns;
        CudaGrids.Boxes(cuda.Kernel("toeplitz_pad", x.DType), items, 2 * rows, columns).With(x).With(maps).With(padded).With(items).With(rows).With(columns)
            .With(modulations).With(firstImage).With(first).With(sets).With(allModulations).Launch();
        cuda.Transforms.Execute(padded, 2 * rows, 2 * columns, TransformDirection.Forward);
        CudaGrids.Repeated(cuda.Kernel("toeplitz_multiply", x.DType), plane / 2, items).With(padded).With(spectrum).WithReal(1.0 / plane).With(plane).With((long)items).Launch();
        cuda.Transforms.Execute(padded, 2 * rows, 2 * columns, TransformDirection.Inverse);
        CudaGrids.Boxes(cuda.Kernel("toeplitz_sum", x.DType), images, rows, columns).With(padded).With(maps).With(y).With(images).With(rows).With(columns)
            .With(modulations).With(firstImage).With(first).With(sets).With(allModulations).With(add ? 1 : 0).Launch();
    }
}
