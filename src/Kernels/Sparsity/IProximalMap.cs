using Stardeq.Engine;

namespace Stardeq.Kernels;

/// <summary>The proximal map of a convex function R of images, in host memory.</summary>
public interface IProximalMap
{
    /// <summary>x ← argmin_z ½ ‖z − x‖² + step · R(z), for each image of a batch by itself.</summary>
    /// <param name="x">[.., rows, columns] complex; in place.</param>
    /// <param name="step">Above 0.</param>
    /// <param name="iteration">How often the caller has asked before: maps may draw random numbers by it, or go on from what they found last.</param>
    void Apply(Tensor x, double step, int iteration);
}
