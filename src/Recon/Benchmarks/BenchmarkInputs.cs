using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Inputs of the cases: random where the time does not depend on them.</summary>
internal static class BenchmarkInputs
{
    /// <summary>Normally distributed numbers.</summary>
    public static Tensor Random(TensorScope scope, DType dtype, Shape shape)
    {
        Tensor tensor = scope.New(dtype, shape);
        RandomFill.Normal(tensor, new CounterRandom(1));
        return tensor;
    }

    /// <summary>Points of golden-angle spokes with two samples per pixel, [spokes · 2 side, 2] float64.</summary>
    public static Tensor Points(TensorScope scope, int side, int spokes) => RadialTrajectory.Points(
        RadialTrajectory.Angles(SpokeOrder.Golden, spokes), RadialTrajectory.ReadoutPositions(2 * side), side, side, scope, DType.Float64)
        .Reshape([spokes * 2 * side, 2]);

    /// <summary>Coil maps of equal magnitude with Σ|S|² = 1, [coils, side, side].</summary>
    public static Tensor Maps(TensorScope scope, int coils, int side)
    {
        Tensor maps = scope.New(DType.Complex64, [coils, side, side]);
        var value = new Complex64((float)(1 / Math.Sqrt(coils)), 0);
        for (int coil = 0; coil < coils; coil++)
        {
            using var host = new TensorScope(scope.Device.Host, MemoryOwner.Workspace);
            maps.Slice(coil).CopyFrom(host.From<Complex64>([side, side], [.. Enumerable.Repeat(value, side * side)]));
        }

        return maps;
    }

    /// <summary>The sampling of every fourth of as many spokes as the criterion of Nyquist asks for, as in training.</summary>
    public static RadialEncoding Encoding(TrainingConfig config, Device device)
    {
        int side = config.Matrix;
        double[] angles = RadialTrajectory.Angles(SpokeOrder.Golden, (int)Math.Ceiling(Math.PI / 2 * side));
        return new RadialEncoding(
            SpokeGeometry.Radial(angles, RadialTrajectory.ReadoutPositions(2 * side)),
            SpokeSubset.Select(config.TrainPattern, angles, config.Acceleration),
            side,
            side,
            SliceChoices.Settings(config),
            device);
    }

    /// <summary>A slice with random images.</summary>
    public static SliceProblem Slice(TensorScope scope, RadialEncoding encoding, TrainingConfig config)
    {
        int side = config.Matrix;
        return new SliceProblem
        {
            Subject = "random",
            Maps = Maps(scope, config.Coils, side),
            Support = scope.From<float>([side, side], [.. Enumerable.Repeat(1f, side * side)]),
            Spectrum = scope.Bring(encoding.Spectrum),
            B = Random(scope, DType.Complex64, [side, side]),
            Target = Random(scope, DType.Complex64, [side, side]),
            Scale = 1,
            AreaScale = encoding.AreaScale,
        };
    }
}
