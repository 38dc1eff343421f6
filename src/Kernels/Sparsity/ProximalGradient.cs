using Stardeq.Engine;

namespace Stardeq.Kernels;

// min_x ½ ⟨x, H x⟩ − Re⟨b, x⟩ + R(x) by accelerated proximal gradient steps, FISTA [BEC09]: x⁺ = prox(y − s (H y − b)),
// y = x⁺ + (t − 1)/t⁺ (x⁺ − x), t⁺ = (1 + √(1 + 4t²))/2; the momentum is dropped where it points uphill [ODO15].
// spec: tests/Kernels/Sparsity/ProximalGradientTests.cs

/// <summary>Limits of <see cref="ProximalGradient.Solve"/>.</summary>
/// <param name="Step">s, at most 1 over the largest eigenvalue of H.</param>
/// <param name="Iterations">Largest number of steps.</param>
/// <param name="RelativeTolerance">An image stops when a step moves it by less than this part of its norm; 0 uses all steps.</param>
/// <param name="Restarts">Whether the momentum is dropped where it points uphill.</param>
public readonly record struct ProximalLimits(double Step, int Iterations, double RelativeTolerance, bool Restarts = true);

/// <summary>Result of <see cref="ProximalGradient.Solve"/>.</summary>
/// <param name="Iterations">Steps taken by the slowest image.</param>
/// <param name="RelativeStep">Largest ‖x⁺ − y‖ / ‖x⁺‖ of the last step over the images: 0 at a minimum.</param>
/// <param name="Status">The worst status over the images.</param>
public readonly record struct ProximalResult(int Iterations, double RelativeStep, LinearSolveStatus Status);

/// <summary>Accelerated proximal gradients for a quadratic and a convex function, in host memory.</summary>
public static class ProximalGradient
{
    /// <summary>Improves x. Leading batch axes beyond the operator's domain are images with momentum of their own.</summary>
    /// <param name="normal">H, self-adjoint and positive semi-definite.</param>
    /// <param name="rhs">b.</param>
    /// <param name="proximal">The proximal map of R.</param>
    /// <param name="x">Like <paramref name="rhs"/>. Start in, solution out.</param>
    /// <param name="limits">Step and stopping.</param>
    /// <exception cref="ShapeException">Shapes or types differ.</exception>
    public static ProximalResult Solve(ILinearOperator normal, Tensor rhs, IProximalMap proximal, Tensor x, ProximalLimits limits)
    {
        int count = OperatorShapes.Batch("proximal gradient", rhs, normal.Domain, x, normal.Domain);
        using var scope = new TensorScope(x.Device, MemoryOwner.Solver);
        Tensor y = scope.Clone(x), gradient = scope.Like(x), next = scope.Like(x);
        Shape flat = Shape.Create([count]).Concat(normal.Domain);
        Image[] images = [.. Enumerable.Range(0, count).Select(i => new Image(Part(x, i), Part(y, i), Part(next, i), limits))];
        int taken = 0;
        while (taken < limits.Iterations && images.Any(image => image.Status == LinearSolveStatus.IterationLimit))
        {
            normal.Forward(y, gradient);
            LinearCombination.Run([1, -limits.Step, limits.Step], [y, gradient, rhs], next);
            proximal.Apply(next, limits.Step, taken);
            foreach (Image image in images)
            {
                image.Advance();
            }

            taken++;
        }

        return new ProximalResult(taken, images.Max(image => image.RelativeStep), images.Max(image => image.Status));

        Tensor Part(Tensor all, int i) => all.Reshape(flat).Slice(i);
    }

    private sealed class Image(Tensor x, Tensor y, Tensor next, ProximalLimits limits)
    {
        private double _t = 1;

        public double RelativeStep { get; private set; } = double.PositiveInfinity;

        public LinearSolveStatus Status { get; private set; } = LinearSolveStatus.IterationLimit;

        public void Advance()
        {
            if (Status != LinearSolveStatus.IterationLimit)
            {
                return;
            }

            Subtract.Run(y, next, y);
            Subtract.Run(next, x, x);
            double moved = Math.Sqrt(Reduce.SumOfSquares(y)), size = Math.Sqrt(Reduce.SumOfSquares(next));
            bool isUphill = limits.Restarts && Reduce.Dot(y, x) > 0;
            double following = isUphill ? 1 : (1 + Math.Sqrt(1 + (4 * _t * _t))) / 2, momentum = isUphill ? 0 : (_t - 1) / following;
            LinearCombination.Run([1, momentum], [next, x], y);
            x.CopyFrom(next);
            _t = following;
            RelativeStep = moved == 0 ? 0 : moved / size;
            Status = !double.IsFinite(moved) ? LinearSolveStatus.NotFinite
                : RelativeStep <= limits.RelativeTolerance ? LinearSolveStatus.Converged
                : LinearSolveStatus.IterationLimit;
        }
    }
}
