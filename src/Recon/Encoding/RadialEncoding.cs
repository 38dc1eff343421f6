using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>
/// The sampling of a set of spokes, without coils: transform, normalised weights and Toeplitz spectrum. All slices that
/// share spokes share it.
/// </summary>
public sealed class RadialEncoding : IDisposable
{
    private readonly TensorScope _scope;
    private readonly TensorScope _host;

    /// <summary>Prepares some spokes.</summary>
    /// <param name="geometry">All spokes of the acquisition.</param>
    /// <param name="spokes">Indices of the spokes to keep, ascending. The weights are those of the kept spokes alone.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="settings">Density rule and accuracy.</param>
    /// <param name="device">Where to compute.</param>
    public RadialEncoding(SpokeGeometry geometry, int[] spokes, int rows, int columns, EncodingSettings settings, Device device)
        : this(spokes, geometry.Readout, geometry.Select(spokes).Points(rows, columns), rows, columns, settings, device)
    {
    }

    /// <summary>Prepares all spokes of a trajectory that is given by its points, which need not be straight.</summary>
    /// <param name="points">[spoke, sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="settings">Density rule and accuracy.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="InputException">The density rule needs straight spokes, and these are not.</exception>
    public RadialEncoding(Tensor points, int rows, int columns, EncodingSettings settings, Device device)
        : this(
            [.. Enumerable.Range(0, points.Shape[0])],
            points.Shape[1],
            points.DType == DType.Float64 ? points.ToArray<double>() : Array.ConvertAll(points.ToArray<float>(), v => (double)v),
            rows,
            columns,
            settings,
            device)
    {
    }

    private RadialEncoding(int[] spokes, int readout, double[] points, int rows, int columns, EncodingSettings settings, Device device)
    {
        _scope = new TensorScope(device, MemoryOwner.Data);
        _host = new TensorScope(device.Host, MemoryOwner.Data);
        Spokes = spokes;
        Readout = readout;
        Points = _scope.From([points.Length / 2, 2], points);
        Plan = NufftPlan.Create(Points, rows, columns, settings.Accuracy);
        RawWeights = DensityWeights.Compute(settings.Density, Points.Reshape([spokes.Length, readout, 2]), rows, columns, settings.Pipe);
        bool normalises = settings.DensityNorm == DensityNormKind.MaximumEigenvalue;
        NormalisedWeights? normalised = normalises || settings.KSpaceNorm == KSpaceNormKind.MaximumEigenvalue
            ? DensityWeights.Normalise(RawWeights, Plan, _scope, settings.WeightSafety)
            : null;
        Weights = normalises ? normalised!.Weights : _scope.From([RawWeights.Length], Array.ConvertAll(RawWeights, w => (float)w));
        LambdaMax = normalised?.LambdaMax ?? 1;

        AreaScale = AreaPerWeight(points, rows, columns) * rows * columns;
        Spectrum = ToeplitzSpectrum.Compute(_host, device.Host, Points, Weights, rows, columns, doublePrecision: false).Values;
    }

    /// <summary>Kept spokes, ascending.</summary>
    public int[] Spokes { get; }

    /// <summary>Samples per spoke.</summary>
    public int Readout { get; }

    /// <summary>[samples, 2] float64, (kx, ky) in cycles per field of view.</summary>
    public Tensor Points { get; }

    /// <summary>Weights before normalisation, (cycles per field of view)²; ones without a rule.</summary>
    public double[] RawWeights { get; }

    /// <summary>[samples] float32: W, divided by λ_max and the safety factor.</summary>
    public Tensor Weights { get; }

    /// <summary>λ_max of the single-coil operator before normalisation; 1 if neither weights nor data are divided by it.</summary>
    public double LambdaMax { get; }

    /// <summary>Factor that turns W into the area of k-space per sample: AreaScale · Aᴴ W y is an approximate inverse
    /// of A where the sampling is dense enough, so that it has the amplitude of the object.</summary>
    public double AreaScale { get; }

    /// <summary>[2 rows, 2 columns] float32: real Toeplitz spectrum of Fᴴ W F, in host memory with the slices.</summary>
    public Tensor Spectrum { get; }

    /// <summary>Device of the transform.</summary>
    public Device Device => _scope.Device;

    /// <summary>Single-coil transform F.</summary>
    public NufftPlan Plan { get; }

    /// <summary>Copies the kept spokes of one slice.</summary>
    /// <param name="slice">[coil, all samples] complex64, in host memory.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <returns>[coil, kept samples].</returns>
    /// <exception cref="ShapeException">The slice holds no such spokes.</exception>
    public Tensor Keep(Tensor slice, TensorScope scope)
    {
        int coils = slice.Shape[0], samples = slice.Shape[^1];
        if (slice.DType != DType.Complex64 || slice.Shape.Rank != 2 || samples % Readout != 0 || (Spokes.Length > 0 && (Spokes[^1] + 1) * Readout > samples))
        {
            throw new ShapeException($"keep spokes: {slice.Describe()} for spokes up to {(Spokes.Length > 0 ? Spokes[^1] : -1)} of {Readout} samples; complex64 [coil, sample] of the whole acquisition was expected.");
        }

        Tensor kept = scope.New(DType.Complex64, [coils, Spokes.Length * Readout]);
        ((CpuDevice)slice.Device).For(coils, coil =>
        {
            Span<Complex64> from = slice.Slice(coil).Span<Complex64>(), to = kept.Slice(coil).Span<Complex64>();
            for (int i = 0; i < Spokes.Length; i++)
            {
                from.Slice(Spokes[i] * Readout, Readout).CopyTo(to[(i * Readout)..]);
            }
        });

        return kept;
    }

    /// <summary>Aᴴ W y: the adjoint image of the kept spokes, coil-combined.</summary>
    /// <param name="slice">[coil, all samples] complex64, in host memory.</param>
    /// <param name="maps">[coil, rows, columns] complex64, on any device.</param>
    /// <param name="scope">Owner of the result, on any device.</param>
    /// <returns>[rows, columns] complex64.</returns>
    public Tensor Adjoint(Tensor slice, Tensor maps, TensorScope scope)
    {
        using TensorScope host = new(slice.Device, MemoryOwner.Workspace), work = new(Device, MemoryOwner.Workspace);
        Tensor kept = work.Bring(Keep(slice, host)), image = work.New(DType.Complex64, Plan.Domain);
        RealComplexMultiply.Run(Weights, kept, kept);
        new ModulatedNufft(Plan, work.Bring(maps)).Adjoint(kept, image);
        return scope.Device == Device ? scope.Adopt(image, work) : scope.Clone(image);
    }

    /// <summary>Gives back what only serves to make slices: transform, points and weights. The spectrum stays.</summary>
    public void ReleaseTransform()
    {
        Plan.Dispose();
        _scope.Dispose();
    }

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        ReleaseTransform();
        _host.Dispose();
    }

    /// <summary>
    /// Area over sum of weights of the disc in which the spokes are dense enough, in squared cycles per pixel. Area
    /// weights have the same ratio everywhere; iterative weights leave the gaps between outer spokes out, but not there.
    /// </summary>
    private double AreaPerWeight(double[] points, int rows, int columns)
    {
        double[] radius = [.. Enumerable.Range(0, points.Length / 2).Select(i => Math.Sqrt(
            Math.Pow(points[2 * i] / columns, 2) + Math.Pow(points[(2 * i) + 1] / rows, 2)))];
        double spacing = 2 * radius.Max() / Readout;

        // Neighbouring spokes are one sample spacing apart, which is at most the Nyquist step, at the radius
        // spokes · spacing / π. The disc ends half a spacing beyond its last sample: ring areas then add up exactly.
        double dense = Math.Max(Spokes.Length * spacing / Math.PI, 2 * spacing), last = 0, sum = 0;
        float[] weights = Weights.ToArray<float>();
        for (int i = 0; i < radius.Length; i++)
        {
            if (radius[i] <= dense)
            {
                last = Math.Max(last, radius[i]);
                sum += weights[i];
            }
        }

        return Math.PI * Math.Pow(last + (spacing / 2), 2) / sum;
    }
}
