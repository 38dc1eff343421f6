using PureHDF;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The header of an image in ISMRMRD files (ismrmrd.h, ISMRMRD_ImageHeader [INA17]), as far as it is used here.</summary>
internal sealed record ImageHeader : PlacedHeader
{
    private const ushort FloatData = 5, ComplexData = 7, MagnitudeImage = 1, ComplexImage = 5;

    /// <summary>The members that libismrmrd looks up by name.</summary>
    public static Hdf5Record<ImageHeader> Layout { get; } = new(
    [
        ("version", Hdf5Type.UInt16, (h, w) => w.Write((ushort)1)),
        ("data_type", Hdf5Type.UInt16, (h, w) => w.Write(h.DataType)),
        ("flags", Hdf5Type.UInt64, (h, w) => w.Write(0UL)),
        ("measurement_uid", Hdf5Type.UInt32, (h, w) => w.Write(0U)),
        ("matrix_size", Hdf5Type.UInt16.Times(3), (h, w) => w.WriteAll(h.Matrix, 3)),
        ("field_of_view", Hdf5Type.Single.Times(3), (h, w) => w.WriteAll(h.FieldOfView, 3)),
        ("channels", Hdf5Type.UInt16, (h, w) => w.Write(h.Channels)),
        .. Members<ImageHeader>(),
        ("average", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("slice", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("contrast", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("phase", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("repetition", Hdf5Type.UInt16, (h, w) => w.Write(h.Index)),
        ("set", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("acquisition_time_stamp", Hdf5Type.UInt32, (h, w) => w.Write(0U)),
        ("physiology_time_stamp", Hdf5Type.UInt32.Times(3), (h, w) => w.WriteAll(new uint[3], 3)),
        ("image_type", Hdf5Type.UInt16, (h, w) => w.Write(h.DataType == ComplexData ? ComplexImage : MagnitudeImage)),
        ("image_index", Hdf5Type.UInt16, (h, w) => w.Write(h.Index)),
        ("image_series_index", Hdf5Type.UInt16, (h, w) => w.Write((ushort)0)),
        ("user_int", Hdf5Type.Int32.Times(8), (h, w) => w.WriteAll(new int[8], 8)),
        ("user_float", Hdf5Type.Single.Times(8), (h, w) => w.WriteAll(new float[8], 8)),
        ("attribute_string_len", Hdf5Type.UInt32, (h, w) => w.Write(0U)),
    ]);

    /// <summary>A header, still without contents.</summary>
    public ImageHeader()
    {
    }

    private ImageHeader(ImageGeometry geometry)
        : base(geometry)
    {
    }

    /// <summary>Type of the pixels.</summary>
    [H5Name("data_type")]
    public ushort DataType { get; init; }

    /// <summary>Pixels along x, y, z.</summary>
    [H5Name("matrix_size")]
    public ushort[] Matrix { get; init; } = new ushort[3];

    /// <summary>Extent along x, y, z, mm.</summary>
    [H5Name("field_of_view")]
    public float[] FieldOfView { get; init; } = new float[3];

    /// <summary>Channels.</summary>
    [H5Name("channels")]
    public ushort Channels { get; init; }

    /// <summary>Number of the image in the group.</summary>
    [H5Name("image_index")]
    public ushort Index { get; init; }

    /// <summary>The header of one of several volumes.</summary>
    /// <param name="shape">[image, z, y, x].</param>
    /// <param name="index">Which.</param>
    /// <param name="isComplex">Whether pixels are complex.</param>
    /// <param name="geometry">Place.</param>
    public static ImageHeader For(Shape shape, int index, bool isComplex, ImageGeometry geometry) => new(geometry)
    {
        DataType = isComplex ? ComplexData : FloatData,
        Matrix = [(ushort)shape[3], (ushort)shape[2], (ushort)shape[1]],
        FieldOfView = [(float)(shape[3] * geometry.VoxelSize.X), (float)(shape[2] * geometry.VoxelSize.Y), (float)(shape[1] * geometry.VoxelSize.Z)],
        Channels = 1,
        Index = (ushort)index,
    };

    /// <summary>The place that the header gives, or null.</summary>
    /// <exception cref="InputException">The directions are not perpendicular unit vectors.</exception>
    public ImageGeometry? Geometry(string path) => ImageGeometry.From(
        path, this, new EncodingSpace((Matrix[0], Matrix[1], Matrix[2]), (FieldOfView[0], FieldOfView[1], FieldOfView[2])));
}
