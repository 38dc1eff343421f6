using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>FFT and NUFFT, with their measured errors.</summary>
internal static class TransformCases
{
    private const int Side = 256, Coils = 32, Spokes = 100;

    /// <summary>All of them.</summary>
    public static IEnumerable<BenchmarkCase> All()
    {
        WorkCount fft = Coils * Work.Transforms(Side, 2 * Side);
        yield return new($"FFT {Side}x{Side}, {Coils} images", fft, Fourier) { Scales = true };
        foreach ((string name, NufftAccuracy accuracy) in new[] { ("accurate", NufftAccuracy.Accurate), ("coarse", NufftAccuracy.Coarse) })
        {
            foreach (BenchmarkCase one in Both(name, accuracy, Side, Coils, Spokes))
            {
                yield return one with { Scales = true };
            }
        }

        // An odd size beside the even size that follows it: no cliff between the two.
        foreach ((int side, int coils, int spokes) in new[] { (255, 11, 97), (256, 12, 98) })
        {
            foreach (BenchmarkCase one in Both("accurate", NufftAccuracy.Accurate, side, coils, spokes))
            {
                yield return one;
            }
        }
    }

    private static IEnumerable<BenchmarkCase> Both(string name, NufftAccuracy accuracy, int side, int coils, int spokes)
    {
        string size = $"NUFFT {name}, {side}x{side}, {coils} coils, {spokes} spokes";
        long points = 2L * side * spokes;
        int grid = (int)Math.Round(accuracy.Oversampling * side);
        WorkCount work = coils * Work.Nufft(side, side, grid, grid, accuracy.Width, points);
        yield return new($"{size}: type 1", work, device => Nufft(device, accuracy, side, coils, spokes, adjoint: true));
        yield return new($"{size}: type 2", work, device => Nufft(device, accuracy, side, coils, spokes, adjoint: false));
    }

    private static PreparedCase Fourier(Device device)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor x = BenchmarkInputs.Random(scope, DType.Complex64, [Coils, Side, Side]), y = scope.Like(x);
        return new PreparedCase(() => Fft.Forward(x, y), scope);
    }

    private static PreparedCase Nufft(Device device, NufftAccuracy accuracy, int side, int coils, int spokes, bool adjoint)
    {
        var scope = new TensorScope(device, MemoryOwner.Data);
        Tensor points = BenchmarkInputs.Points(scope, side, spokes);
        NufftPlan plan = NufftPlan.Create(points, side, side, accuracy);
        Shape images = [coils, side, side], samples = [coils, points.Shape[0]];
        Tensor input = BenchmarkInputs.Random(scope, DType.Complex64, adjoint ? samples : images);
        Tensor output = scope.New(DType.Complex64, adjoint ? images : samples);
        return new PreparedCase(() => Apply(plan, adjoint, input, output), scope, plan)
        {
            RelativeError = () => new DirectSum(points.ToArray<double>(), side).RelativeError(input.Slice(0), output.Slice(0), adjoint),
        };
    }

    private static void Apply(NufftPlan plan, bool adjoint, Tensor input, Tensor output)
    {
        if (adjoint)
        {
            plan.Adjoint(input, output);
        }
        else
        {
            plan.Forward(input, output);
        }
    }
}
