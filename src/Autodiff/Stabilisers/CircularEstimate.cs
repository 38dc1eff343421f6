using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>The bound over all frequencies: exact norms up to 1 %, at every image size; see <see cref="CircularNorm.Bound"/>.</summary>
internal sealed class CircularEstimate(Tensor weight, TensorScope scope, bool isTransposed) : INormEstimate
{
    public double Sigma { get; private set; }

    public Tensor Derivative { get; } = scope.Like(weight);

    public Tensor? State => null;

    public void Renew(Tensor weight, int iterations)
    {
        ConvolutionNorm norm = isTransposed ? CircularNorm.OfTransposed(weight) : CircularNorm.Bound(weight);
        Sigma = norm.Value;
        if (weight.DType == DType.Float64)
        {
            Derivative.CopyFromHost<double>(norm.Gradient);
        }
        else
        {
            Derivative.CopyFromHost<float>(Array.ConvertAll(norm.Gradient, g => (float)g));
        }
    }
}
