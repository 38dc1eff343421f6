using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A slice whose arrays are in files, and are read whenever it is wanted; see <see cref="SliceProblem"/> for what they are.</summary>
internal sealed record StoredSlice : IWaitingSlice
{
    /// <inheritdoc/>
    public required string Subject { get; init; }

    /// <inheritdoc/>
    public required Tensor Spectrum { get; init; }

    /// <summary>Spectrum of the slice without density weights, or null.</summary>
    public Tensor? PlainSpectrum { get; init; }

    /// <inheritdoc/>
    public required double Scale { get; init; }

    /// <summary>Factor that turns b into the gridded image.</summary>
    public required double AreaScale { get; init; }

    /// <inheritdoc/>
    public string? Identity { get; init; }

    /// <summary>Coil maps [coil, y, x].</summary>
    public required StoredArray Maps { get; init; }

    /// <summary>b [y, x].</summary>
    public required StoredArray B { get; init; }

    /// <summary>Reference image, or null.</summary>
    public StoredArray? Target { get; init; }

    /// <summary>Gridded image, or null.</summary>
    public StoredArray? Gridded { get; init; }

    /// <summary>b without density weights, or null.</summary>
    public StoredArray? PlainB { get; init; }

    /// <inheritdoc/>
    public DType ImageType => B.File.DType;

    /// <inheritdoc/>
    public Shape ImageShape => B.File.Shape;

    /// <inheritdoc/>
    public long OwnBytes => MemoryPool.RoundUp(ImageShape.Count * DType.Float32.Bytes())
        + new[] { Maps, B, Target, Gridded, PlainB }.Sum(array => array?.Bytes ?? 0);

    /// <inheritdoc/>
    public IWaitingSlice Named(string identity) => this with { Identity = identity };

    /// <summary>The same slice, checked from now on against what its files hold now.</summary>
    public StoredSlice Sealed(Device host) => this with
    {
        Maps = Maps.Sealed(host),
        B = B.Sealed(host),
        Target = Target?.Sealed(host),
        Gridded = Gridded?.Sealed(host),
        PlainB = PlainB?.Sealed(host),
    };

    /// <inheritdoc/>
    public SliceProblem Place(TensorScope host)
    {
        Tensor Room(StoredArray array) => host.New(array.File.DType, array.File.Shape);
        return new SliceProblem
        {
            Subject = Subject,
            Maps = Room(Maps),
            Support = host.New(DType.Float32, ImageShape),
            Spectrum = Spectrum,
            B = Room(B),
            Target = Target is null ? null : Room(Target),
            Gridded = Gridded is null ? null : Room(Gridded),
            Plain = PlainB is null ? null : new LeastSquaresProblem(Room(PlainB), PlainSpectrum!),
            Scale = Scale,
            AreaScale = AreaScale,
            Identity = Identity,
        };
    }

    /// <inheritdoc/>
    public void ReadInto(SliceProblem place)
    {
        if (place.B.Device.IsRehearsal)
        {
            return;
        }

        Maps.Read(place.Maps);
        SliceProblem.FindSupport(place.Maps, place.Support, 0, (int)place.Support.Count); // alone: the team works on the step
        B.Read(place.B);
        Target?.Read(place.Target!);
        Gridded?.Read(place.Gridded!);
        PlainB?.Read(place.Plain!.B);
    }

    /// <inheritdoc/>
    public Tensor RequireTarget(TensorScope host)
    {
        StoredArray stored = Target ?? throw SliceProblem.NoTarget(Subject);
        Tensor target = host.New(stored.File.DType, stored.File.Shape);
        stored.Read(target);
        return target;
    }
}
