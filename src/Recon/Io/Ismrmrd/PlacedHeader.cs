using PureHDF;

namespace Stardeq.Recon;

/// <summary>What ISMRMRD's headers of readouts and of images have in common: where the image lies in the patient [INA17].
/// Vectors are (left, posterior, superior).</summary>
public abstract record PlacedHeader
{
    /// <summary>A header without a place.</summary>
    protected PlacedHeader()
    {
    }

    /// <summary>A header of an image at a place.</summary>
    /// <param name="geometry">The place.</param>
    protected PlacedHeader(ImageGeometry geometry)
    {
        Position = Single(geometry.Position);
        ReadDirection = Single(geometry.X);
        PhaseDirection = Single(geometry.Y);
        SliceDirection = Single(geometry.Z);
    }

    /// <summary>Centre of the image, mm from the isocentre.</summary>
    [H5Name("position")]
    public float[] Position { get; init; } = new float[3];

    /// <summary>Unit vector of the image's x axis.</summary>
    [H5Name("read_dir")]
    public float[] ReadDirection { get; init; } = new float[3];

    /// <summary>Unit vector of the image's y axis.</summary>
    [H5Name("phase_dir")]
    public float[] PhaseDirection { get; init; } = new float[3];

    /// <summary>Unit vector from slice to slice.</summary>
    [H5Name("slice_dir")]
    public float[] SliceDirection { get; init; } = new float[3];

    /// <summary>Position of the patient's table, mm.</summary>
    [H5Name("patient_table_position")]
    public float[] TablePosition { get; init; } = new float[3];

    /// <summary>The members of a file's record that hold the place, in their order.</summary>
    internal static (string Name, Hdf5Type Type, Action<T, BinaryWriter> Write)[] Members<T>()
        where T : PlacedHeader
    {
        Hdf5Type vector = Hdf5Type.Single.Times(3);
        return
        [
            ("position", vector, (h, w) => w.WriteAll(h.Position, 3)),
            ("read_dir", vector, (h, w) => w.WriteAll(h.ReadDirection, 3)),
            ("phase_dir", vector, (h, w) => w.WriteAll(h.PhaseDirection, 3)),
            ("slice_dir", vector, (h, w) => w.WriteAll(h.SliceDirection, 3)),
            ("patient_table_position", vector, (h, w) => w.WriteAll(h.TablePosition, 3)),
        ];
    }

    private static float[] Single(double[] vector) => Array.ConvertAll(vector, v => (float)v);
}
