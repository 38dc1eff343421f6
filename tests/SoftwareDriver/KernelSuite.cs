using System.Numerics;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Every kernel of kernels.cu once or more on small shapes, through its launcher in src/Kernels, with odd ends and more than one block.</summary>
/// <param name="device">Where the kernels run.</param>
/// <param name="real">Float32 or Float64.</param>
internal sealed class KernelSuite(CudaDevice device, DType real) : IDisposable
{
    private readonly TensorScope _scope = new(device, MemoryOwner.Data);
    private readonly List<(string Name, byte[] Bits)> _results = [];
    private ulong _seed;

    private DType Complex => real.ToComplex();

    /// <summary>The bits of every output.</summary>
    public IReadOnlyList<(string Name, byte[] Bits)> Run()
    {
        Elementwise();
        Reductions();
        Channels();
        foreach (int channels in new[] { 3, 18 }) // one tile of 16 output channels, or two of 64
        {
            Convolution(kernel: 1, channels);
            Convolution(kernel: 3, channels);
        }

        TransposedConvolution();
        Pooling();
        Gridding();
        DirectTransform();
        Toeplitz();
        Anderson();
        LinearSolvers();
        Optimiser();
        return _results;
    }

    public void Dispose() => _scope.Dispose();

    private Tensor Random(DType type, params int[] shape) => Sample.Normal(_scope, type, Shape.Create(shape), ++_seed);

    private Tensor New(DType type, params int[] shape) => _scope.New(type, Shape.Create(shape));

    private void Keep(string name, params Tensor[] outputs)
    {
        foreach (Tensor output in outputs)
        {
            _results.Add((name, Sample.Bits(output)));
        }
    }

    private void Elementwise()
    {
        const int Count = 1237;
        Tensor a = Random(real, Count), b = Random(real, Count), y = New(real, Count), sum = New(real, Count), factor = Random(real, 1);
        Scale.Run(0.5, a, y);
        Scale.Run(0.5, b, y, WriteMode.Add);
        Scale.By(factor, a, y, WriteMode.Add);
        Keep("scale", y);
        Add.Run(a, b, y);
        Multiply.Run(y, b, y);
        LinearCombination.Run([0.5, -2, 3], [a, b, y], sum);
        Keep("combinations", y, sum);
        Fill.Run(3, y.Slice(5, 700));
        LeakyRelu.Forward(a, 0.1, b);
        LeakyRelu.Backward(a, b, 0.1, y, WriteMode.Add);
        Keep("leaky relu", b, y);
        Tensor other = New(real == DType.Float32 ? DType.Float64 : DType.Float32, Count);
        Cast.Run(a, other);
        Cast.Run(other, y);
        Keep("cast", other, y);

        Tensor u = Random(Complex, 3, 5, 83), v = Random(Complex, 3, 5, 83), w = New(Complex, 3, 5, 83), plane = Random(Complex, 5, 83), weights = Random(real, 5, 83);
        ComplexMultiply.Run(u, v, w);
        ComplexMultiply.ConjugateRun(u, v, w);
        ComplexScale.Run(new Complex(0.5, -1), u, w, WriteMode.Add);
        RealComplexMultiply.Run(weights, u, v);
        Modulate.Forward(u, plane, v, WriteMode.Add);
        Modulate.Adjoint(u, v, plane, WriteMode.Overwrite);
        Keep("complex", v, w, plane);
    }

    private void Reductions()
    {
        Tensor a = Random(real, 40_003), slices = Random(Complex, 3, 1237), dots = New(DType.Float64, 3);
        Reduce.DotOfSlices(slices, slices, dots);
        double[] sums = [Reduce.Sum(a), Reduce.SumOfSquares(a), Reduce.Dot(a, a), Reduce.SquaredDistance(a, a), Reduce.MaxAbs(a), Reduce.MaxAbs(slices), Reduce.AllFinite(a) ? 1 : 0];
        Keep("reductions", dots, _scope.From([sums.Length], sums));
    }

    private void Channels()
    {
        var channels = new ComplexToChannels([2, 1, 7, 9]);
        Tensor image = Random(Complex, 2, 1, 7, 9), planes = New(real, [.. channels.Range.ToArray()]);
        channels.Forward(image, planes);
        channels.Adjoint(planes, image, WriteMode.Add);
        Keep("channels", image, planes);
        Tensor a = Random(real, 2, 3, 7, 9), b = Random(real, 2, 1, 7, 9), y = New(real, 2, 4, 7, 9);
        ConcatChannels.Forward(a, b, y);
        ConcatChannels.Backward(y, a, b, WriteMode.Add);
        Keep("concatenation", a, b, y);
        var pad = new ReflectPad([2, 3, 7, 9], 8);
        Tensor padded = New(real, [.. pad.Range.ToArray()]);
        pad.Forward(a, padded);
        pad.Adjoint(padded, a);
        new Crop(pad.Range, 7, 9).Forward(padded, a);
        Keep("padding", padded, a);
    }

    private void Convolution(int kernel, int channels)
    {
        Tensor x = Random(real, 2, channels + 1, 11, 13), weight = Random(real, channels, channels + 1, kernel, kernel), bias = Random(real, channels);
        Tensor y = New(real, 2, channels, 11, 13), xBar = New(real, 2, channels + 1, 11, 13), weightBar = New(real, channels, channels + 1, kernel, kernel);
        Conv2d.Forward(x, weight, bias, y);
        Conv2d.BackwardInput(y, weight, xBar, WriteMode.Overwrite);
        Conv2d.BackwardWeight(x, y, weightBar, WriteMode.Overwrite);
        Conv2d.BackwardWeight(x, y, weightBar, WriteMode.Add);
        Conv2d.BackwardBias(y, bias, WriteMode.Overwrite);
        Keep($"convolution {kernel} x {kernel}", y, xBar, weightBar, bias);
    }

    private void TransposedConvolution()
    {
        Tensor x = Random(real, 2, 5, 5, 7), weight = Random(real, 5, 4, 2, 2), bias = Random(real, 4), y = New(real, 2, 4, 10, 14);
        ConvTranspose2d.Forward(x, weight, bias, y);
        ConvTranspose2d.BackwardInput(y, weight, x, WriteMode.Add);
        ConvTranspose2d.BackwardWeight(x, y, weight, WriteMode.Overwrite);
        Keep("transposed convolution", x, weight, y);
    }

    private void Pooling()
    {
        Tensor x = Random(real, 2, 3, 10, 14), pooled = New(real, 2, 3, 5, 7), index = New(DType.Int32, 2, 3, 5, 7), xBar = New(real, 2, 3, 10, 14);
        AveragePool2d.Forward(x, pooled);
        AveragePool2d.Backward(pooled, xBar, WriteMode.Overwrite);
        Keep("average pool", pooled, xBar);
        MaxPool2d.Forward(x, pooled, index);
        MaxPool2d.Backward(pooled, index, xBar, WriteMode.Add);
        MaxPool2d.Gather(xBar, index, pooled);
        Keep("maximum pool", index, xBar, pooled);
    }

    private void Gridding()
    {
        Tensor x = Random(Complex, 5, 20, 18), y = New(Complex, 5, 20, 18);
        Fft.Forward(x, y);
        Fft.Inverse(y, x, axes: 1);
        Keep("transform", x, y);
        if (real == DType.Float32) // in double a NUFFT is the direct sum
        {
            double[] crowd = [.. Enumerable.Range(0, 300).SelectMany(i => (double[])[2 + (1e-3 * i), -3])]; // several segments of one tile
            double[] points = [.. FourierTruth.Points(300, 20, 18, 11), .. crowd];
            using NufftPlan plan = NufftPlan.Create(device, points, 20, 18, NufftAccuracy.Accurate);
            Tensor samples = New(Complex, 5, points.Length / 2);
            plan.Forward(x, samples);
            plan.Adjoint(samples, y);
            Keep("nufft", samples, y);
        }
    }

    private void DirectTransform()
    {
        double[] points = FourierTruth.Points(150, 9, 8, 12);
        using NufftPlan plan = NufftPlan.Create(device, points, 9, 8, NufftAccuracy.Accurate);
        Tensor x = Random(DType.Complex128, 2, 9, 8), samples = New(DType.Complex128, 2, points.Length / 2);
        plan.Forward(x, samples);
        plan.Adjoint(samples, x);
        Keep("direct transform", samples, x);
    }

    private void Toeplitz()
    {
        Tensor spectrum = Random(real, 24, 20), modulations = Random(Complex, 2, 3, 12, 10), x = Random(Complex, 2, 12, 10), y = New(Complex, 2, 12, 10);
        using var normal = new ToeplitzNormal(spectrum, modulations);
        normal.Forward(x, y);
        normal.Forward(x, y, WriteMode.Add);
        Keep("toeplitz", y);
    }

    private void Anderson()
    {
        Tensor z = Random(real, 2, 1300), best = New(real, 2, 1300);
        var iteration = new AndersonIteration(new AndersonChoices(5, 1e-6, RidgeMode.Column, 0.9, 1e-12, 12, 10, 3), z, best, _scope);
        Tensor target = Random(real, 2, 1300), slopes = Random(real, 2, 1300);
        for (int step = 0; step < 12; step++) // f(z) = target + slope z / 5, a contraction for most elements
        {
            Multiply.Run(slopes, z, iteration.Value);
            Scale.Run(0.2, iteration.Value, iteration.Value);
            Add.Run(target, iteration.Value, iteration.Value);
            iteration.Advance();
        }

        double[] residuals = [.. iteration.Read().SelectMany(record => record.Residuals)];
        Keep("anderson", z, best, _scope.From([residuals.Length], residuals));
    }

    private void LinearSolvers()
    {
        const int Size = 1300;
        Tensor eigenvalues = _scope.Zeros(real, [Size]), rhs = Random(Complex, 2, Size), x = _scope.Zeros(Complex, [2, Size]);
        Fill.Run(1, eigenvalues);
        Fill.Run(4, eigenvalues.Slice(100, 500));
        var normal = new DiagonalOperator(eigenvalues);
        ConjugateGradient.Solve(normal, 0.5, rhs, x, 6, 1e-9);
        double largest = Lanczos.LargestEigenvalue(normal, rhs.Slice(0), 6, 1e-9).Value;
        Keep("linear solvers", x, _scope.From([1], [largest]));
    }

    private void Optimiser()
    {
        Tensor p = Random(real, 1237), gradient = Random(real, 1237), mean = _scope.Zeros(real, [1237]), square = _scope.Zeros(real, [1237]), noise = New(real, 1237);
        AdamStep.Run(p, gradient, mean, square, 1, new AdamConstants(1e-2, 0.9, 0.999, 1e-8));
        RandomFill.Normal(noise, new CounterRandom(5));
        Keep("optimiser", p, mean, square, noise);
    }
}
