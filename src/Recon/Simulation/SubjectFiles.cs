using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A subject that is stored as slices: <c>slices.npy</c>.</summary>
/// <param name="slices">[slice, coil, spoke, readout] complex64.</param>
/// <param name="geometry">Where the samples lie.</param>
internal sealed class SliceFile(FileArray slices, SpokeGeometry geometry) : ISubjectSlices
{
    private const long LargestPart = 1L << 28; // bytes; slices follow one another in the file, so few at a time cost nothing

    public SpokeGeometry Geometry => geometry;

    public int Together => (int)Math.Max(1, LargestPart / slices.Slice(0).ByteCount);

    public Tensor Read(int first, int count, TensorScope scope)
    {
        Tensor read = slices.Slice(first, count).Read(scope);
        ArrayFile.RequireFinite(read, slices.Path);
        return read.Reshape([count, read.Shape[1], read.Shape[2] * read.Shape[3]]);
    }
}

/// <summary>A subject that is stored as partitions: <c>kspace.npy</c>. One coil at a time is transformed along kz.</summary>
/// <param name="kSpace">[coil, partition, spoke, readout] complex64.</param>
/// <param name="geometry">Where the samples lie.</param>
/// <param name="description">Slices of the volume, and those that are used.</param>
internal sealed class PartitionFile(FileArray kSpace, SpokeGeometry geometry, DatasetDescription description) : ISubjectSlices
{
    private const long LargestPart = 1L << 31; // bytes; each part is another pass over the file

    public SpokeGeometry Geometry => geometry;

    public int Together => (int)Math.Clamp(LargestPart / (kSpace.ByteCount / description.Partitions), 1, description.Slices);

    public Tensor Read(int first, int count, TensorScope scope)
    {
        int coils = kSpace.Shape[0], samples = kSpace.Shape[2] * kSpace.Shape[3];
        Tensor slices = scope.New(DType.Complex64, [count, coils, samples]);
        for (int coil = 0; coil < coils; coil++)
        {
            using var work = new TensorScope(scope.Device, MemoryOwner.Workspace);
            Tensor partitions = kSpace.Slice(coil, 1).Read(work);
            RequireFinite(partitions, coil);
            Tensor transformed = PartitionFft.ToSlices(partitions, description.VolumeSlices, description.FirstSlice + first, count, work);
            for (int slice = 0; slice < count; slice++)
            {
                slices.Slice(slice).Slice(coil).CopyFrom(transformed.Slice(slice).Slice(0));
            }
        }

        return slices;
    }

    private void RequireFinite(Tensor partitions, int coil)
    {
        if (!partitions.Device.IsRehearsal)
        {
            ArrayFile.RequireFinite(partitions.Slice(0), $"{kSpace.Path}, coil {coil}");
        }
    }
}
