using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>x</summary>
public sealed record PipeMenonOptions
{
    /// <summary>x</summary>
    public int Iterations { get; init; } = 30;
    /// <summary>x</summary>
    public int Oversampling { get; init; } = 2;
    /// <summary>x</summary>
    public int Width { get; init; } = 4;
    /// <summary>x</summary>
    public double Beta { get; init; } = 8;
}

/// <summary>x</summary>
public static class PipeMenonDensity
{
    /// <summary>x</summary>
    public static double[] Compute(Tensor points, int rows, int columns, PipeMenonOptions options)
    {
        using var scope = new TensorScope(points.Device, MemoryOwner.Workspace);
        var g = new KaiserBesselInterpolation(points, rows, columns, options.Oversampling, options.Width, options.Beta);
        Tensor w = scope.New(DType.Float64, g.Range), grid = scope.New(DType.Float64, g.Domain), back = scope.Like(w);
        Fill.Run(1, w);
        for (int i = 0; i < options.Iterations; i++)
        {
            g.Adjoint(w, grid);
            g.Forward(grid, back);
            Span<double> ws = w.Span<double>(), bs = back.Span<double>();
            for (int j = 0; j < ws.Length; j++) { ws[j] /= Math.Abs(bs[j]); }
        }

        return w.ToArray<double>();
    }
}
