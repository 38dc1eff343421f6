using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>A gridding implementation of <see cref="NufftPlan"/> on one device.</summary>
internal interface INufftPath : IDisposable
{
    /// <summary>Images to samples.</summary>
    void Forward(Tensor x, Tensor y, int batch, WriteMode mode);

    /// <summary>Samples to images.</summary>
    void Adjoint(Tensor y, Tensor x, int batch, WriteMode mode);
}
