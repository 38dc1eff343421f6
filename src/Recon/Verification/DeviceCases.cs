using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>An operation whose results on two devices are compared.</summary>
/// <param name="Name">Operation.</param>
/// <param name="Roundings">
/// How many units of the working precision the results may differ by, ‖a − b‖ / ‖b‖: a result that is a sum of n terms in
/// another order differs by some √n, and what divides or amplifies is named at the case. A wrong index or sign is off by one.
/// </param>
/// <param name="Run">Computes the results from the inputs of the run.</param>
internal sealed record DeviceCase(string Name, double Roundings, Action<DeviceRun> Run);

/// <summary>Small operations that between them start every kernel of kernels.cu.</summary>
internal static class DeviceCases
{
    // Twice √n for sums of up to 16 terms; for those of up to 1000.
    private const double Few = 8, Many = 64;

    // Conjugate gradients and Anderson steps amplify roundings by the condition of their small systems, up to 1e3 here.
    private const double Iterated = 4096;

    public static IReadOnlyList<DeviceCase> All { get; } =
    [
        new("scale", Few, run =>
        {
            Tensor x = run.Real(1000), y = run.Real(1000);
            Scale.Run(-1.5, x, y, WriteMode.Add);
            Scale.By(run.Real(1).Reshape(Shape.Scalar), x, y, WriteMode.Add);
            run.Keep(y);
        }),
        new("sums and products", Few, run =>
        {
            Tensor a = run.Real(999), b = run.Real(999), c = run.Real(999), y = run.Real(999);
            Add.Run(a, b, y);
            Multiply.Run(y, c, y);
            LinearCombination.Run([0.5, -2, 3], [a, b, y], c);
            run.Keep(c);
        }),
        new("fill", 0, run =>
        {
            Tensor y = run.Real(77);
            Fill.Run(0.75, y);
            run.Keep(y);
        }),
        new("casts", 1, run =>
        {
            Tensor x = run.Real(50), wide = run.New(DType.Float64, 50), narrow = run.New(DType.Float32, 50);
            Cast.Run(x, run.RealType == DType.Float64 ? narrow : wide);
            Cast.Run(run.RealType == DType.Float64 ? narrow : wide, x);
            run.Keep(x);
        }),
        new("complex products", Few, run =>
        {
            Tensor a = run.Complex(9, 11), b = run.Complex(4, 9, 11), y = run.Complex(4, 9, 11);
            ComplexMultiply.ConjugateRun(a, b, y);
            RealComplexMultiply.Run(run.Real(9, 11), y, y);
            ComplexScale.Run(new(0.6, -0.8), y, b, WriteMode.Add);
            run.Keep(b);
        }),
        new("modulation", Few, run =>
        {
            Tensor s = run.Complex(5, 9, 11), x = run.Complex(9, 11), y = run.Complex(5, 9, 11);
            Modulate.Forward(s, x, y, WriteMode.Add);
            Modulate.Adjoint(s, y, x, WriteMode.Overwrite);
            run.Keep(x);
        }),
        new("reductions", Many, run =>
        {
            Tensor a = run.Complex(40, 70), b = run.Complex(40, 70);
            run.Keep(Reduce.Sum(run.Real(3000)), Reduce.Dot(a, b), Reduce.SumOfSquares(a), Reduce.SquaredDistance(a, b), Reduce.MaxAbs(a), Reduce.AllFinite(b) ? 1 : 0);
        }),
        new("channels", 0, run =>
        {
            var channels = new ComplexToChannels([3, 9, 11]);
            Tensor x = run.Complex(3, 9, 11), y = run.Real(3, 2, 9, 11), joined = run.Real(3, 5, 9, 11);
            channels.Forward(x, y);
            ConcatChannels.Forward(y, run.Real(3, 3, 9, 11), joined);
            channels.Adjoint(y, x);
            run.Keep(joined);
            run.Keep(x);
        }),
        new("padding", Few, run =>
        {
            var pad = new ReflectPad([2, 2, 9, 11], 4);
            Tensor x = run.Real(2, 2, 9, 11), y = run.New(run.RealType, [.. pad.Range]);
            pad.Forward(x, y);
            pad.Adjoint(y, x);
            run.Keep(x);
        }),
        .. from kernel in (int[])[1, 3] from channels in (int[])[5, 30]
           select new DeviceCase($"conv2d {kernel} x {kernel}, {channels} channels", Many, run => Convolution(run, kernel, channels)),
        new("transposed conv2d", Few, run =>
        {
            Tensor x = run.Real(2, 6, 5, 7), weight = run.Real(6, 3, 2, 2), y = run.New(run.RealType, 2, 3, 10, 14);
            ConvTranspose2d.Forward(x, weight, run.Real(3), y);
            run.Keep(y);
            ConvTranspose2d.BackwardInput(y, weight, x, WriteMode.Add);
            run.Keep(x);
            ConvTranspose2d.BackwardWeight(x, y, weight, WriteMode.Overwrite);
            run.Keep(weight);
        }),
        new("pooling", Few, run =>
        {
            Tensor x = run.Real(2, 3, 8, 10), y = run.New(run.RealType, 2, 3, 4, 5), index = run.New(DType.Int32, 2, 3, 4, 5);
            AveragePool2d.Forward(x, y);
            AveragePool2d.Backward(y, x, WriteMode.Add);
            run.Keep(x);
            MaxPool2d.Forward(x, y, index);
            run.Keep(index);
            MaxPool2d.Backward(y, index, x, WriteMode.Overwrite);
            MaxPool2d.Gather(x, index, y);
            run.Keep(y);
        }),
        new("short floats", Few, run =>
        {
            Tensor x = run.New(DType.Float32, 1001), words = run.New(DType.Int32, 501);
            Cast.Run(run.Real(1001), x);
            foreach (ShortFormat format in Enum.GetValues<ShortFormat>())
            {
                ShortFloats.Pack(x, format, words);
                ShortFloats.Unpack(words, format, x);
                run.Keep(x);
            }
        }),
        new("leaky ReLU", Few, run =>
        {
            Tensor x = run.Real(3, 100), y = run.Real(3, 100), gradient = run.Real(3, 100);
            LeakyRelu.Forward(x, 0.1, y);
            LeakyRelu.Backward(x, y, 0.1, gradient, WriteMode.Add);
            run.Keep(gradient);
        }),
        new("fft", Few, run =>
        {
            foreach ((int rows, int columns) in ((int, int)[])[(8, 12), (9, 7)])
            {
                Tensor x = run.Complex(2, rows, columns);
                Fft.Forward(x, x);
                run.Keep(x);
                Fft.Inverse(x, x, axes: 1);
                run.Keep(x);
            }
        }),
        new("nufft", 1024, Nufft), // the roll-off correction amplifies roundings 16 times or more at each corner
        new("toeplitz normal", Many, run =>
        {
            Tensor x = run.Complex(2, 9, 10), y = run.Complex(2, 9, 10);
            using ToeplitzNormal normal = Normal(run);
            normal.Forward(x, y, WriteMode.Add);
            run.Keep(y);
        }),
        new("conjugate gradients", Iterated, run =>
        {
            Tensor b = run.Complex(2, 9, 10), x = run.Scope.Zeros(b.DType, b.Shape);
            using ToeplitzNormal normal = Normal(run);
            ConjugateGradient.Solve(normal, 0.5, b, x, 6, 0);
            run.Keep(x);
        }),
        new("anderson", Iterated, run =>
        {
            Tensor start = run.Complex(2, 9, 10), b = run.Complex(2, 9, 10);
            using ToeplitzNormal normal = Normal(run);
            FixedPointSolution solution = new Anderson { Memory = 3, Tolerance = 0, MaxEvaluations = 6 }.Solve(new FixedPointProblem(
                (tape, z) => tape.WeightedSum(0.9, tape.Input(b), -0.8, tape.Apply(normal, z)), start), run.Scope);
            run.Keep(solution.Value);
        }),
        new("adam", Few, run =>
        {
            Tensor p = run.Real(500), g = run.Real(500), mean = run.Real(500), square = run.Real(500);
            Multiply.Run(square, square, square);
            AdamStep.Run(p, g, mean, square, 3, new AdamConstants(1e-3, 0.9, 0.999, 1e-8));
            run.Keep(p);
            run.Keep(square);
        }),
        new("random numbers", Few, run =>
        {
            Tensor y = run.Scope.New(run.RealType, [1000]);
            RandomFill.Normal(y, new CounterRandom(5).Stream("draws"));
            run.Keep(y);
        }),
    ];

    private static void Convolution(DeviceRun run, int kernel, int channels)
    {
        Tensor x = run.Real(2, channels, 9, 13), weight = run.Real(channels + 1, channels, kernel, kernel), bias = run.Real(channels + 1);
        Tensor y = run.New(run.RealType, 2, channels + 1, 9, 13);
        Conv2d.Forward(x, weight, bias, y, slope: 0.1);
        run.Keep(y);
        Conv2d.Forward(x, weight, bias, y);
        run.Keep(y);
        Conv2d.BackwardInput(y, weight, x, WriteMode.Add);
        run.Keep(x);
        Conv2d.BackwardWeight(x, y, weight, WriteMode.Overwrite);
        run.Keep(weight);
        Conv2d.BackwardBias(y, bias, WriteMode.Add);
        run.Keep(bias);
    }

    private static void Nufft(DeviceRun run)
    {
        using NufftPlan plan = NufftPlan.Create(run.Scope.Device, Points(ManySpokes), 9, 10, NufftAccuracy.Accurate);
        Tensor x = run.Complex(3, 9, 10), samples = run.Complex(3, ManySpokes * Readout);
        plan.Forward(x, samples, WriteMode.Add);
        run.Keep(samples);
        plan.Adjoint(samples, x, WriteMode.Add);
        run.Keep(x);
    }

    // The many reach a tile of the grid with more points than one block takes.
    private const int Spokes = 7, ManySpokes = 25, Readout = 16;

    private static double[] Points(int spokes)
    {
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, spokes), radius = RadialTrajectory.ReadoutPositions(Readout);
        return RadialTrajectory.Points(angles, radius, 9, 10, host, DType.Float64).ToArray<double>();
    }

    /// <summary>Aᴴ W A / some number, so that its norm is below 1, for three coils and two images.</summary>
    private static ToeplitzNormal Normal(DeviceRun run)
    {
        double[] points = Points(Spokes);
        using var host = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        Tensor weights = host.From([points.Length / 2], Enumerable.Repeat(0.02, points.Length / 2).ToArray());
        Tensor spectrum = ToeplitzSpectrum.Compute(run.Scope, run.Scope.Device, host.From([points.Length / 2, 2], points), weights, 9, 10, run.RealType.IsDouble()).Values;
        Tensor maps = run.Complex(2, 3, 9, 10);
        Scale.Run(0.3, maps, maps);
        return new ToeplitzNormal(spectrum, maps);
    }
}
