using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>ẏ = B(ẋ, w) + B(x, ẇ) + ḃ for a product B that is linear in x and in w, with a bias.</summary>
internal static class BilinearTangent
{
    public delegate void Product(Tensor x, Tensor weight, Tensor? bias, Tensor y);

    public static void Run(Variable x, Variable weight, Tensor? xDot, Tensor? weightDot, Tensor? biasDot, Tensor yDot, Product product)
    {
        using var scope = new TensorScope(yDot.Device, MemoryOwner.Workspace);
        Tensor term = scope.Like(yDot);
        yDot.Clear();
        if (xDot is not null)
        {
            product(xDot, weight.Value, null, term);
            Scale.Run(1, term, yDot, WriteMode.Add);
        }

        if (weightDot is not null || biasDot is not null)
        {
            product(x.Value, weightDot ?? scope.Zeros(weight.Value.DType, weight.Value.Shape), biasDot, term);
            Scale.Run(1, term, yDot, WriteMode.Add);
        }
    }
}
