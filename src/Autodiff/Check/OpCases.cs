using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>
/// One gradient case per operation, small and in float64. A test compares the list with the files of Autodiff/Ops, so
/// that no operation stays without a case.
/// </summary>
public static class OpCases
{
    /// <summary>All cases; their inputs belong to <paramref name="scope"/>.</summary>
    public static IReadOnlyList<GradientCase> All(TensorScope scope, CounterRandom random)
    {
        int draws = 0;
        Tensor Real(Shape shape) => Draw(DType.Float64, shape);
        Tensor Positive(double value) => scope.From(Shape.Scalar, [value]);
        Tensor Complex(Shape shape) => Draw(DType.Complex128, shape);
        Tensor Draw(DType dtype, Shape shape)
        {
            Tensor tensor = scope.New(dtype, shape);
            RandomFill.Normal(tensor, random.Stream(draws++));
            return tensor;
        }

        Tensor magnitudes = Complex([3, 5]);

        // Like a weight itself, so that the norm ⟨G, w⟩ is positive.
        Tensor derivative = Spread(scope, [4, 3]);
        Scale.Run(1, Real([4, 3]), derivative, WriteMode.Add);
        return
        [
            new("conv2d", [Real([2, 3, 5, 7]), Real([4, 3, 3, 3]), Real([4])], (tape, v) => tape.Conv2d(v[0], v[1], v[2])),
            new("conv2d 1x1", [Real([2, 3, 5, 7]), Real([4, 3, 1, 1]), Real([4])], (tape, v) => tape.Conv2d(v[0], v[1], v[2])),
            new("conv2d leaky", [Real([2, 3, 5, 7]), Real([4, 3, 3, 3]), Real([4])], (tape, v) => tape.Conv2d(v[0], v[1], v[2], 0.1)),
            new("conv-transpose2d", [Real([2, 3, 4, 5]), Real([3, 2, 2, 2]), Real([2])], (tape, v) => tape.ConvTranspose2d(v[0], v[1], v[2])),
            new("pool2d average", [Real([2, 3, 4, 6])], (tape, v) => tape.AveragePool2d(v[0])),
            new("pool2d max", [Spread(scope, [2, 3, 4, 6])], (tape, v) => tape.MaxPool2d(v[0])),
            new("leaky-relu", [Spread(scope, [2, 3, 4, 6])], (tape, v) => tape.LeakyRelu(v[0], 0.1)),
            new("concat", [Real([2, 3, 4, 6]), Real([2, 1, 4, 6])], (tape, v) => tape.Concat(v[0], v[1])),
            new("weighted-sum", [Complex([3, 5]), Complex([3, 5])], (tape, v) => tape.WeightedSum(0.3, v[0], -1.7, v[1])),
            new("weighted-sum scale", [Complex([3, 5])], (tape, v) => tape.Scale(-1.7, v[0])),
            new("resolvent shifted", [Positive(0.7), Complex([2, 2, 3])], (tape, v) => tape.ShiftedSolve(Filter(scope), v[0], v[1], ResolventOptions.For(DType.Float64))),
            new("resolvent", [Positive(0.7), Complex([2, 2, 3])], (tape, v) => tape.Resolvent(Filter(scope), v[0], v[1], ResolventOptions.For(DType.Float64))),
            new("checkpoint", [Real([2, 3, 5, 7]), Real([3, 3, 3, 3]), Real([3])], Checkpointed),
            new("scale-by", [Real(Shape.Scalar), Complex([3, 5])], (tape, v) => tape.ScaleBy(v[0], v[1])),
            new("squared-error", [Complex([3, 5]), Complex([3, 5])], (tape, v) => tape.MeanSquaredError(v[0], v[1])),
            new("squared-magnitude-error", [Complex([3, 5])], (tape, v) => tape.SquaredMagnitudeError(0.3, v[0], magnitudes)) { CanLinearise = false },
            new("inner-product", [Complex([3, 5]), Complex([3, 5])], (tape, v) => tape.InnerProduct(v[0], v[1])),
            new("modulate", [Complex([3, 4, 5]), Complex([4, 5])], (tape, v) => tape.Modulate(v[0], v[1])),
            new("modulate combine", [Complex([3, 4, 5]), Complex([3, 4, 5])], (tape, v) => tape.Combine(v[0], v[1])),
            new("normalise", [Spread(scope, [4, 3])], (tape, v) => tape.Normalise(v[0], _ => derivative, new NormTarget(0.5, NormRule.Divide))) { CanLinearise = false },
            new("apply-linear reflect-pad", [Real([2, 1, 5, 6])], (tape, v) => tape.Apply(new ReflectPad(v[0].Value.Shape, 4), v[0])),
            new("apply-linear crop", [Real([2, 1, 5, 6])], (tape, v) => tape.Apply(new Crop(v[0].Value.Shape, 3, 4), v[0])),
            new("apply-linear complex-to-channels", [Complex([2, 3, 4])], (tape, v) => tape.Apply(new ComplexToChannels(v[0].Value.Shape), v[0])),
        ];
    }

    /// <summary>A positive semi-definite operator on six complex numbers: a filter in the Fourier domain.</summary>
    private static ComposedNormal Filter(TensorScope scope) =>
        new(new FftOperator([2, 3]), scope.From([2, 3], [0.1, 0.0, 0.3, 0.2, 0.05, 0.15]));

    /// <summary>A convolution whose weights are parameters on the tape, computed again by each sweep.</summary>
    private static Variable Checkpointed(Tape tape, IReadOnlyList<Variable> v)
    {
        Parameter weight = new("weight", v[1].Value, v[1].Value), bias = new("bias", v[2].Value, v[2].Value);
        tape.Bind(weight, v[1]);
        tape.Bind(bias, v[2]);
        return tape.Checkpoint((inner, x) => inner.Conv2d(x, inner.Use(weight), inner.Use(bias)), v[0], [weight, bias]);
    }

    /// <summary>Distinct values away from zero by 0.05 and from each other by 0.1, for operations with kinks.</summary>
    private static Tensor Spread(TensorScope scope, Shape shape)
    {
        int count = (int)shape.Count;
        int[] order = new CounterRandom(3).Permutation(count);
        return scope.From(shape, order.Select(rank => 0.1 * (rank - (count / 2) + 0.5)).ToArray());
    }
}
