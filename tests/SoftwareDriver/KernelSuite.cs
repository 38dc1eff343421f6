using System.Numerics;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Every kernel of kernels.cu once or more on small shapes, through its launcher in src/Kernels.</summary>
/// <param name="device">Where the kernels run.</param>
/// <param name="real">Float32 or Float64.</param>
/// <param name="even">Sizes that fill warps and tiles, on which memory accesses are counted; otherwise odd ones, on which every end and edge is met.</param>
internal sealed class KernelSuite(CudaDevice device, DType real, bool even) : IDisposable
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
        foreach (int channels in new[] { Size(3, 16), Size(18, 64) }) // the tiles of 16 and of 64 output channels
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

    private int Size(int odd, int filling) => even ? filling : odd;

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
        int count = Size(1237, 4096), pixels = Size(83, 64);
        Tensor a = Random(real, count), b = Random(real, count), y = New(real, count), sum = New(real, count), factor = Random(real, 1);
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
        Tensor other = New(real == DType.Float32 ? DType.Float64 : DType.Float32, count);
        Cast.Run(a, other);
        Cast.Run(other, y);
        Keep("cast", other, y);
        if (real == DType.Float32)
        {
            foreach (ShortFormat format in Enum.GetValues<ShortFormat>())
            {
                Tensor words = New(DType.Int32, (int)ShortFloats.Words(count));
                ShortFloats.Pack(a, format, words);
                ShortFloats.Unpack(words, format, y);
                Keep("short floats", words, y);
            }
        }

        Tensor u = Random(Complex, 3, 5, pixels), v = Random(Complex, 3, 5, pixels), w = New(Complex, 3, 5, pixels), plane = Random(Complex, 5, pixels), weights = Random(real, 5, pixels);
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
        Tensor a = Random(real, Size(40_003, 32_768)), slices = Random(Complex, 3, Size(1237, 1024)), dots = New(DType.Float64, 3);
        Reduce.DotOfSlices(slices, slices, dots);
        double[] sums = [Reduce.Sum(a), Reduce.SumOfSquares(a), Reduce.Dot(a, a), Reduce.SquaredDistance(a, a), Reduce.MaxAbs(a), Reduce.MaxAbs(slices), Reduce.AllFinite(a) ? 1 : 0];
        Keep("reductions", dots, _scope.From([sums.Length], sums));
    }

    private void Channels()
    {
        (int rows, int columns) = (Size(7, 16), Size(9, 32));
        var channels = new ComplexToChannels([2, 1, rows, columns]);
        Tensor image = Random(Complex, 2, 1, rows, columns), planes = New(real, [.. channels.Range.ToArray()]);
        channels.Forward(image, planes);
        channels.Adjoint(planes, image, WriteMode.Add);
        Keep("channels", image, planes);
        Tensor a = Random(real, 2, 3, rows, columns), b = Random(real, 2, 1, rows, columns), y = New(real, 2, 4, rows, columns);
        ConcatChannels.Forward(a, b, y);
        ConcatChannels.Backward(y, a, b, WriteMode.Add);
        Keep("concatenation", a, b, y);
        var pad = new ReflectPad([2, 3, rows, columns], Size(8, 10));
        Tensor padded = New(real, [.. pad.Range.ToArray()]);
        pad.Forward(a, padded);
        pad.Adjoint(padded, a);
        new Crop(pad.Range, rows, columns).Forward(padded, a);
        Keep("padding", padded, a);
    }

    private void Convolution(int kernel, int channels)
    {
        (int inputs, int rows, int columns) = (Size(channels + 1, channels), Size(11, 16), Size(13, 16));
        Tensor x = Random(real, 2, inputs, rows, columns), weight = Random(real, channels, inputs, kernel, kernel), bias = Random(real, channels);
        Tensor y = New(real, 2, channels, rows, columns), xBar = New(real, 2, inputs, rows, columns), weightBar = New(real, channels, inputs, kernel, kernel);
        Conv2d.Forward(x, weight, bias, y, slope: 0.1);
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
        (int rows, int columns) = (Size(5, 16), Size(7, 32));
        Tensor x = Random(real, 2, 3, 2 * rows, 2 * columns), pooled = New(real, 2, 3, rows, columns), index = New(DType.Int32, 2, 3, rows, columns), xBar = New(real, 2, 3, 2 * rows, 2 * columns);
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
        (int rows, int columns) = (Size(20, 32), Size(18, 32));
        Tensor x = Random(Complex, 5, rows, columns), y = New(Complex, 5, rows, columns);
        Fft.Forward(x, y);
        Fft.Inverse(y, x, axes: 1);
        Keep("transform", x, y);
        if (real == DType.Float32) // in double a NUFFT is the direct sum
        {
            double[] crowd = [.. Enumerable.Range(0, 300).SelectMany(i => (double[])[2 + (1e-3 * i), -3])]; // several segments of one tile
            double[] points = [.. FourierTruth.Points(300, rows, columns, 11), .. crowd];
            using NufftPlan plan = NufftPlan.Create(device, points, rows, columns, NufftAccuracy.Accurate);
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
        (int rows, int columns) = (Size(12, 16), Size(10, 16));
        Tensor spectrum = Random(real, 2 * rows, 2 * columns), modulations = Random(Complex, 2, 3, rows, columns), x = Random(Complex, 2, rows, columns), y = New(Complex, 2, rows, columns);
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
        int count = Size(1237, 4096);
        Tensor p = Random(real, count), gradient = Random(real, count), mean = _scope.Zeros(real, [count]), square = _scope.Zeros(real, [count]), noise = New(real, count);
        AdamStep.Run(p, gradient, mean, square, 1, new AdamConstants(1e-2, 0.9, 0.999, 1e-8));
        RandomFill.Normal(noise, new CounterRandom(5));
        Keep("optimiser", p, mean, square, noise);
    }
}
