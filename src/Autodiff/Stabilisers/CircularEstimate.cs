using System.Runtime.InteropServices;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>The bound over all frequencies: exact norms up to 1 %, at every image size; see <see cref="CircularNorm.Bound"/>.</summary>
internal sealed class CircularEstimate(Tensor weight, TensorScope scope, bool isTransposed) : INormEstimate
{
    private readonly Tensor _derivative = scope.Like(weight);
    private byte[] _known = []; // bits of the weight that the norm belongs to

    public double Sigma { get; private set; }

    public Tensor? State => null;

    public Tensor Derivative(TensorScope scope) => _derivative;

    public void Renew(Tensor weight, int iterations)
    {
        byte[] bits = weight.DType == DType.Float64 ? Bits<double>(weight) : Bits<float>(weight);
        if (bits.AsSpan().SequenceEqual(_known))
        {
            return; // all frequencies cost far more than this look at the weight
        }

        ConvolutionNorm norm = isTransposed ? CircularNorm.OfTransposed(weight) : CircularNorm.Bound(weight);
        (Sigma, _known) = (norm.Value, bits);
        if (weight.DType == DType.Float64)
        {
            _derivative.CopyFromHost<double>(norm.Gradient);
        }
        else
        {
            _derivative.CopyFromHost<float>(Array.ConvertAll(norm.Gradient, g => (float)g));
        }
    }

    private static byte[] Bits<T>(Tensor weight)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(weight.ToArray<T>()).ToArray();
}
