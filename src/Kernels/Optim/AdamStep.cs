using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Kernels;

// m = β₁ m + (1−β₁) g      v = β₂ v + (1−β₂) g²      p −= η (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε)      [KIN15], ε outside the root
// used by: Autodiff/Optim/Adam.cs · spec: tests/Autodiff/AdamTests.cs and the reference case adam_5_steps

/// <summary>Constants of one Adam update.</summary>
/// <param name="LearningRate">η.</param>
/// <param name="Beta1">Decay of the mean.</param>
/// <param name="Beta2">Decay of the mean square.</param>
/// <param name="Epsilon">Added to the root.</param>
/// <param name="GradientScale">Factor on the gradient, for clipping; 1 for none.</param>
public readonly record struct AdamConstants(double LearningRate, double Beta1, double Beta2, double Epsilon, double GradientScale = 1);

/// <summary>One fused Adam update of one array.</summary>
public static class AdamStep
{
    private const long Grain = 16384; // elements per range: four arrays of 64 KiB, some 20 microseconds

    /// <summary>Updates parameter, mean and mean square in place.</summary>
    /// <param name="parameter">p, real, any shape.</param>
    /// <param name="gradient">g, like p.</param>
    /// <param name="mean">m, like p; zero before the first step.</param>
    /// <param name="meanSquare">v, like p; zero before the first step.</param>
    /// <param name="step">t = 1, 2, ...</param>
    /// <param name="constants">Rates and decays.</param>
    /// <exception cref="ShapeException">Types or shapes differ.</exception>
    public static void Run(Tensor parameter, Tensor gradient, Tensor mean, Tensor meanSquare, long step, AdamConstants constants)
    {
        foreach (Tensor other in (ReadOnlySpan<Tensor>)[gradient, mean, meanSquare])
        {
            if (other.DType != parameter.DType || other.Shape != parameter.Shape || other.Device != parameter.Device)
            {
                throw new ShapeException($"adam: {other} beside a parameter {parameter}; type, shape and device of all four must be equal.");
            }
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        using OpenSpan? span = parameter.Device.Spans?.Begin("adam", Work.Pass(14, parameter, gradient, mean, meanSquare, parameter, mean, meanSquare));
        if (parameter.Device is CudaDevice cuda)
        {
            UpdateCuda(cuda, parameter, gradient, mean, meanSquare, step, constants);
        }
        else if (parameter.DType == DType.Float32)
        {
            Update<float>(parameter, gradient, mean, meanSquare, step, constants);
        }
        else
        {
            Update<double>(parameter, gradient, mean, meanSquare, step, constants);
        }
    }

    private static void UpdateCuda(CudaDevice cuda, Tensor parameter, Tensor gradient, Tensor mean, Tensor meanSquare, long step, AdamConstants constants) =>
        cuda.Kernel("adam_step", parameter.DType).Over(parameter.Count)
            .With(parameter).With(gradient).With(mean).With(meanSquare).WithReal(constants.GradientScale)
            .WithReal(constants.Beta1).WithReal(constants.Beta2).WithReal(1 - constants.Beta1).WithReal(1 - constants.Beta2)
            .WithReal(constants.LearningRate / (1 - Math.Pow(constants.Beta1, step))).WithReal(1 / (1 - Math.Pow(constants.Beta2, step)))
            .WithReal(constants.Epsilon).With(parameter.Count).Launch();

    private static unsafe void Update<T>(Tensor parameter, Tensor gradient, Tensor mean, Tensor meanSquare, long step, AdamConstants constants)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* p = parameter.Pointer<T>(), g = gradient.Pointer<T>(), m = mean.Pointer<T>(), v = meanSquare.Pointer<T>();
        var scale = T.CreateChecked(constants.GradientScale);
        var b1 = T.CreateChecked(constants.Beta1);
        var b2 = T.CreateChecked(constants.Beta2);

        // Formed in double: 1 − 0.999 in float32 would be wrong by 5e-5.
        var c1 = T.CreateChecked(1 - constants.Beta1);
        var c2 = T.CreateChecked(1 - constants.Beta2);
        var rate = T.CreateChecked(constants.LearningRate / (1 - Math.Pow(constants.Beta1, step)));
        var correction = T.CreateChecked(1 / (1 - Math.Pow(constants.Beta2, step)));
        var epsilon = T.CreateChecked(constants.Epsilon);
        ((CpuDevice)parameter.Device).For(parameter.Count, Grain, (start, end) =>
        {
            int count = (int)(end - start);
            var ps = new Span<T>(p + start, count);
            var gs = new ReadOnlySpan<T>(g + start, count);
            var ms = new Span<T>(m + start, count);
            var vs = new Span<T>(v + start, count);
            int i = 0;
            Vector<T> wideC1 = new(c1), wideC2 = new(c2), wideB1 = new(b1), wideB2 = new(b2), wideRate = new(rate), wideEpsilon = new(epsilon);
            Vector<T> wideCorrection = new(correction), wideScale = new(scale);
            for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> gradientNow = wideScale * new Vector<T>(gs[i..]);
                Vector<T> meanNow = (wideB1 * new Vector<T>(ms[i..])) + (wideC1 * gradientNow);
                Vector<T> squareNow = (wideB2 * new Vector<T>(vs[i..])) + (wideC2 * gradientNow * gradientNow);
                Vector<T> change = wideRate * meanNow / (Vector.SquareRoot(wideCorrection * squareNow) + wideEpsilon);
                meanNow.CopyTo(ms[i..]);
                squareNow.CopyTo(vs[i..]);
                (new Vector<T>(ps[i..]) - change).CopyTo(ps[i..]);
            }

            for (; i < count; i++)
            {
                T gradientNow = scale * gs[i];
                ms[i] = (b1 * ms[i]) + (c1 * gradientNow);
                vs[i] = (b2 * vs[i]) + (c2 * gradientNow * gradientNow);
                ps[i] -= rate * ms[i] / (T.Sqrt(correction * vs[i]) + epsilon);
            }
        });
    }
}
