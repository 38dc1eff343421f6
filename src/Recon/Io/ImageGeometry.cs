namespace Stardeq.Recon;

/// <summary>
/// Where the voxels of a volume [slice, y, x] lie in the patient, in mm along (left, posterior, superior) from the isocentre,
/// DICOM's system. The voxel at index floor(N/2) of every axis, the origin of the Fourier transforms, lies at <see cref="Position"/>.
/// </summary>
/// <param name="Position">Place of the central voxel, mm.</param>
/// <param name="X">Unit vector of growing x.</param>
/// <param name="Y">Unit vector of growing y.</param>
/// <param name="Z">Unit vector from slice to slice.</param>
/// <param name="VoxelSize">Steps along x, y and z, mm, above 0.</param>
public sealed record ImageGeometry(double[] Position, double[] X, double[] Y, double[] Z, (double X, double Y, double Z) VoxelSize)
{
    private const double UnitTolerance = 1e-3; // of lengths and cosines of unit vectors that files hold in float32 or with a few digits

    /// <summary>An axial volume at the isocentre: x to the left, y to the back, slices to the head.</summary>
    public static ImageGeometry Axial((double X, double Y, double Z) voxelSize) => new([0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], voxelSize);

    /// <summary>The geometry that an ISMRMRD file gives, or null if it gives none (directions or field of view are 0).</summary>
    /// <param name="path">File, for messages.</param>
    /// <param name="header">Header of an image, or of a readout of one.</param>
    /// <param name="space">Box of the image.</param>
    /// <exception cref="InputException">The directions are not perpendicular unit vectors.</exception>
    public static ImageGeometry? From(string path, PlacedHeader header, EncodingSpace space)
    {
        double[] x = Double(header.ReadDirection), y = Double(header.PhaseDirection), z = Double(header.SliceDirection);
        (double X, double Y, double Z) size = (space.FieldOfView.X / space.Matrix.X, space.FieldOfView.Y / space.Matrix.Y, space.FieldOfView.Z / space.Matrix.Z);
        bool isGiven = (x.Any(v => v != 0) || y.Any(v => v != 0) || z.Any(v => v != 0)) && size.X > 0 && size.Y > 0 && size.Z > 0;
        return isGiven ? new ImageGeometry(Double(header.Position), x, y, z, size).Checked(path) : null;
    }

    /// <summary>Whether the directions are perpendicular unit vectors, sizes are above 0 and all numbers finite.</summary>
    public bool IsRight
    {
        get
        {
            double[] errors = [Dot(X, X) - 1, Dot(Y, Y) - 1, Dot(Z, Z) - 1, Dot(X, Y), Dot(X, Z), Dot(Y, Z)];
            double[] sizes = [VoxelSize.X, VoxelSize.Y, VoxelSize.Z];
            return errors.All(e => Math.Abs(e) < UnitTolerance) && Position.All(double.IsFinite) && sizes.All(s => s > 0 && double.IsFinite(s));
        }
    }

    /// <summary>This, if it is right.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public ImageGeometry Checked(string path) => IsRight
        ? this
        : throw new InputException($"'{path}' gives the directions x ({Text(X)}), y ({Text(Y)}), z ({Text(Z)}), the position ({Text(Position)}) mm and voxels of {VoxelSize.X:g4} x {VoxelSize.Y:g4} x {VoxelSize.Z:g4} mm; perpendicular unit vectors, finite numbers and sizes above 0 were expected. Without them no image can be placed in the patient: correct the headers.");

    /// <summary>Place of a voxel, mm along (left, posterior, superior).</summary>
    /// <param name="index">Index (x, y, slice).</param>
    /// <param name="extents">Voxels along (x, y, slice).</param>
    public double[] PlaceOf((int X, int Y, int Z) index, (int X, int Y, int Z) extents)
    {
        double x = (index.X - (extents.X / 2)) * VoxelSize.X, y = (index.Y - (extents.Y / 2)) * VoxelSize.Y, z = (index.Z - (extents.Z / 2)) * VoxelSize.Z;
        return [.. Enumerable.Range(0, 3).Select(axis => Position[axis] + (x * X[axis]) + (y * Y[axis]) + (z * Z[axis]))];
    }

    /// <summary>In plain words: size of the voxels, place, and where the axes point to.</summary>
    public string Describe() =>
        $"voxels {VoxelSize.X:0.###} x {VoxelSize.Y:0.###} x {VoxelSize.Z:0.###} mm, centre at ({Text(Position)}) mm, x to the {Towards(X)}, y to the {Towards(Y)}, slices to the {Towards(Z)}";

    private static string Towards(double[] direction)
    {
        string[] positive = ["left", "back", "head"], negative = ["right", "front", "feet"];
        int axis = Enumerable.Range(0, 3).MaxBy(a => Math.Abs(direction[a]));
        return (direction[axis] > 0 ? positive : negative)[axis] + (Math.Abs(direction[axis]) < 0.999 ? " (oblique)" : "");
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static double[] Double(float[] values) => Array.ConvertAll(values, v => (double)v);

    private static string Text(double[] vector) => string.Join(", ", vector.Select(v => v.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)));
}
