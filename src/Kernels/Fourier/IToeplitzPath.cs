using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>An implementation of <see cref="ToeplitzNormal"/> for one device and precision.</summary>
internal interface IToeplitzPath : IDisposable
{
    /// <summary>y (+)= H x.</summary>
    /// <param name="x">[images, rows, columns].</param>
    /// <param name="modulations">[sets, count, rows, columns]; image i uses set i modulo sets.</param>
    /// <param name="y">Like x.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="sets">Number of sets of modulations.</param>
    /// <param name="count">Modulations of a set.</param>
    /// <param name="mode">Whether y is replaced or added to.</param>
    void Apply(Tensor x, Tensor modulations, Tensor y, int images, int sets, int count, WriteMode mode);
}
