using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Benchmarks;

/// <summary>Single operations.</summary>
internal static class KernelCases
{
    private const int Channels = 32, Side = 128;
    private const int Matrix = 256, Images = 32, Spokes = 100, Readout = 512, Coils = 8;

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All(Device device)
    {
        double flops = 2e-9 * 9 * Channels * Channels * Side * Side;
        string conv = $"conv 3x3, {Channels} to {Channels} channels, {Side}x{Side}";
        yield return new($"{conv}: forward", flops, "GFLOP", () => Convolution(device, (x, w, y) => Conv2d.Forward(x, w, null, y)));
        yield return new($"{conv}: input", flops, "GFLOP", () => Convolution(device, (x, w, y) => Conv2d.BackwardInput(y, w, x, WriteMode.Overwrite)));
        yield return new($"{conv}: weight", flops, "GFLOP", () => Convolution(device, (x, w, y) => Conv2d.BackwardWeight(x, y, w, WriteMode.Overwrite)));
        double pixels = (double)Matrix * Matrix, fft = 5e-9 * pixels * Math.Log2(pixels);
        yield return new($"FFT {Matrix}x{Matrix}, {Images} images", Images * fft, "GFLOP", () => Fourier(device));
        double points = 1e-6 * Images * Spokes * Readout;
        string nufft = $"NUFFT {Matrix}x{Matrix}, {Spokes}x{Readout} points, {Images} images";
        yield return new($"{nufft}: forward", points, "Mpoint", () => Nufft(device, (plan, x, y) => plan.Forward(x, y)));
        yield return new($"{nufft}: adjoint", points, "Mpoint", () => Nufft(device, (plan, x, y) => plan.Adjoint(y, x)));
        yield return new($"Toeplitz normal {Matrix}x{Matrix}, {Coils} coils", 0, "", () => Toeplitz(device));
    }

    private static PreparedCase Convolution(Device device, Action<Tensor, Tensor, Tensor> run)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor x = Inputs.Random(scope, DType.Float32, [1, Channels, Side, Side]), y = Inputs.Random(scope, DType.Float32, [1, Channels, Side, Side]);
        Tensor w = Inputs.Random(scope, DType.Float32, [Channels, Channels, 3, 3]);
        return new PreparedCase(() => run(x, w, y), scope);
    }

    private static PreparedCase Fourier(Device device)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor x = Inputs.Random(scope, DType.Complex64, [Images, Matrix, Matrix]), y = scope.Like(x);
        return new PreparedCase(() => Fft.Forward(x, y), scope);
    }

    private static PreparedCase Nufft(Device device, Action<NufftPlan, Tensor, Tensor> run)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        var plan = NufftPlan.Create(Trajectory(scope), Matrix, Matrix, NufftAccuracy.Accurate);
        Tensor x = Inputs.Random(scope, DType.Complex64, [Images, Matrix, Matrix]);
        Tensor y = Inputs.Random(scope, DType.Complex64, [Images, Spokes * Readout]);
        return new PreparedCase(() => run(plan, x, y), scope, plan);
    }

    private static PreparedCase Toeplitz(Device device)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor weights = scope.From<float>([Spokes * Readout], [.. Enumerable.Repeat(1f, Spokes * Readout)]);
        Tensor spectrum = ToeplitzSpectrum.Compute(scope, device, Trajectory(scope), weights, Matrix, Matrix, doublePrecision: false).Values;
        var normal = new ToeplitzNormal(spectrum, Inputs.Random(scope, DType.Complex64, [Coils, Matrix, Matrix]));
        Tensor x = Inputs.Random(scope, DType.Complex64, [Matrix, Matrix]), y = scope.Like(x);
        return new PreparedCase(() => normal.Forward(x, y), scope, normal);
    }

    private static Tensor Trajectory(TensorScope scope) => RadialTrajectory.Points(
        RadialTrajectory.Angles(SpokeOrder.Golden, Spokes), RadialTrajectory.ReadoutPositions(Readout), Matrix, Matrix, scope);
}
