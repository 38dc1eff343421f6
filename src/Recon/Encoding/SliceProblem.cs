using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Normal equations of a slice with one set of weights.</summary>
/// <param name="B">Aᴴ W y / s, [y, x] complex64.</param>
/// <param name="Spectrum">Toeplitz spectrum of Fᴴ W F, [2y, 2x] float32, ‖Fᴴ W F‖ ≤ 1.</param>
public sealed record LeastSquaresProblem(Tensor B, Tensor Spectrum);

/// <summary>One slice, ready for a solver: find x with Aᴴ W A x ≈ b. Everything is divided by
/// one scale s, by default the norm of the gridded image, so that images are of order one; see <see cref="KSpaceNormKind"/>.</summary>
/// <remarks>Slices wait in host memory, or in files as <see cref="StoredSlice"/>; <see cref="On"/> brings one to where it is worked on.</remarks>
public sealed record SliceProblem : IWaitingSlice
{
    /// <summary>Volume that the slice belongs to.</summary>
    public required string Subject { get; init; }

    /// <summary>Coil maps [coil, y, x] complex64, Σ|S|² = 1 inside the support.</summary>
    public required Tensor Maps { get; init; }

    /// <summary>1 inside the support of the maps, where some coil sees the pixel, 0 outside; [y, x] float32.</summary>
    public required Tensor Support { get; init; }

    /// <summary>Toeplitz spectrum of Fᴴ W F, [2y, 2x] float32, shared by all slices with the same spokes.</summary>
    public required Tensor Spectrum { get; init; }

    /// <summary>b = Aᴴ W y / s, [y, x] complex64.</summary>
    public required Tensor B { get; init; }

    /// <summary>Reference image / s, [y, x] complex64, or null where there are no further data.</summary>
    public required Tensor? Target { get; init; }

    /// <summary>Gridded image / s by weights that are areas, [y, x] complex64, where <see cref="B"/> has others; null where
    /// <see cref="Start"/> is that image.</summary>
    public Tensor? Gridded { get; init; }

    /// <summary>The same slice without density weights, for methods that want plain least squares; null if not prepared.</summary>
    public LeastSquaresProblem? Plain { get; init; }

    /// <summary>s in image units: multiply a result by it to undo the scaling.</summary>
    public required double Scale { get; init; }

    /// <summary>Factor that turns b into the gridded image, which has the amplitude of the object.</summary>
    public required double AreaScale { get; init; }

    /// <summary>Name of the content, where something is remembered about the slice; see <see cref="SliceIdentity"/>.</summary>
    public string? Identity { get; init; }

    /// <summary>Where solvers start: the gridded image, b in the amplitude of the object.</summary>
    /// <param name="scope">Owner of the result.</param>
    public Tensor Start(TensorScope scope)
    {
        Tensor start = scope.Like(B);
        StartFrom(B, start);
        return start;
    }

    /// <summary>Where solvers start, from a copy of <see cref="B"/> on another device or in a batch.</summary>
    /// <param name="b">The copy.</param>
    /// <param name="start">Like <paramref name="b"/>; replaced.</param>
    public void StartFrom(Tensor b, Tensor start) => Kernels.Scale.Run(AreaScale, b, start);

    /// <summary>Sets an image to zero outside the support of the maps, where no data constrain it.</summary>
    public void MaskToSupport(Tensor image) => RealComplexMultiply.Run(Support, image, image);

    /// <summary>The largest Σ|S|² of a pixel, which is ‖S‖² of the maps as an operator: ‖Aᴴ W A‖ is at most ‖Fᴴ W F‖ times this.</summary>
    public double LargestCoilPower()
    {
        if (Maps.Device.IsRehearsal)
        {
            return 1;
        }

        using var host = new TensorScope(Maps.Device.Host, MemoryOwner.Workspace);
        Span<Complex64> maps = host.Bring(Maps).Span<Complex64>();
        double[] power = new double[Maps.Shape[^2] * Maps.Shape[^1]];
        for (int i = 0; i < maps.Length; i++)
        {
            power[i % power.Length] += ((double)maps[i].Real * maps[i].Real) + ((double)maps[i].Imaginary * maps[i].Imaginary);
        }

        return power.Max();
    }

    /// <summary>The support of some maps; see <see cref="Support"/>.</summary>
    /// <param name="maps">[coil, y, x] complex64, in host memory.</param>
    /// <param name="scope">Owner of the result.</param>
    public static Tensor SupportOf(Tensor maps, TensorScope scope)
    {
        Tensor support = scope.New(DType.Float32, maps.Shape[1..]);
        ((CpuDevice)maps.Device).For(support.Count, 1024, (start, end) => FindSupport(maps, support, (int)start, (int)end));
        return support;
    }

    /// <summary>The support between two pixels, into memory that is there.</summary>
    internal static void FindSupport(Tensor maps, Tensor support, int start, int end)
    {
        int coils = maps.Shape[0], pixels = (int)support.Count;
        Span<float> inside = support.Span<float>();
        Span<Complex64> all = maps.Span<Complex64>();
        for (int pixel = start; pixel < end; pixel++)
        {
            bool isSeen = false;
            for (int coil = 0; coil < coils && !isSeen; coil++)
            {
                isSeen = all[(coil * pixels) + pixel] != default;
            }

            inside[pixel] = isSeen ? 1 : 0;
        }
    }

    /// <summary>The same slice on the device of a scope, which owns the copies; itself if it is there already.</summary>
    public SliceProblem On(TensorScope scope) => B.Device == scope.Device ? this : this with
    {
        Maps = scope.Bring(Maps),
        Support = scope.Bring(Support),
        Spectrum = scope.Bring(Spectrum),
        B = scope.Bring(B),
        Target = Target is null ? null : scope.Bring(Target),
        Gridded = Gridded is null ? null : scope.Bring(Gridded),
        Plain = Plain is null ? null : new LeastSquaresProblem(scope.Bring(Plain.B), scope.Bring(Plain.Spectrum)),
    };

    /// <summary>The target, for work that cannot do without.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public Tensor RequireTarget() => Target ?? throw NoTarget(Subject);

    /// <inheritdoc/>
    DType IWaitingSlice.ImageType => B.DType;

    /// <inheritdoc/>
    Shape IWaitingSlice.ImageShape => B.Shape;

    /// <inheritdoc/>
    public long OwnBytes => OwnArrays.Sum(array => MemoryPool.RoundUp(array.ByteCount));

    /// <summary>The arrays that no other slice shares.</summary>
    internal IEnumerable<Tensor> OwnArrays => new[] { Maps, Support, B, Target, Gridded, Plain?.B }.OfType<Tensor>();

    /// <inheritdoc/>
    IWaitingSlice IWaitingSlice.Named(string identity) => this with { Identity = identity };

    /// <inheritdoc/>
    SliceProblem IWaitingSlice.Place(TensorScope host) => this;

    /// <inheritdoc/>
    void IWaitingSlice.ReadInto(SliceProblem place)
    {
    }

    /// <inheritdoc/>
    Tensor IWaitingSlice.RequireTarget(TensorScope host) => RequireTarget();

    /// <summary>The complaint about a slice without target.</summary>
    internal static InputException NoTarget(string subject) =>
        new($"{subject}: the slice has no fully sampled data to compare with; reconstruct it, but do not train or evaluate on it.");

    /// <summary>The normal operator Aᴴ W A; dispose it after use.</summary>
    public ToeplitzNormal Normal() => new(Spectrum, Maps);
}
