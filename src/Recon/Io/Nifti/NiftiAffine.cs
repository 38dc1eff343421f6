namespace Stardeq.Recon;

/// <summary>The map from voxel indices to world coordinates, (right, anterior, superior) in mm, of a NIfTI header (nifti1.h).</summary>
internal static class NiftiAffine
{
    private const int QformCode = 252, SformCode = 254;

    /// <summary>Whether the header says where the volume lies, and not only how large its voxels are.</summary>
    public static bool IsGiven(NiftiFields reader) => reader.Int16(SformCode) > 0 || reader.Int16(QformCode) > 0;

    /// <summary>Column j: the step in world space (right, front, up) of one voxel along file axis j; column 3: the place of the first voxel.</summary>
    public static double[,] Of(NiftiFields reader)
    {
        double[,] axes = new double[3, 4];
        if (reader.Int16(SformCode) > 0)
        {
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 4; column++)
                {
                    axes[row, column] = reader.Single(280 + (16 * row) + (4 * column));
                }
            }

            return axes;
        }

        double[,] rotation = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        double handedness = 1;
        if (reader.Int16(QformCode) > 0)
        {
            // Unit quaternion (a, b, c, d) of the qform, nifti1.h.
            double b = reader.Single(256), c = reader.Single(260), d = reader.Single(264);
            double a = Math.Sqrt(Math.Max(0, 1 - (b * b) - (c * c) - (d * d)));
            rotation = new[,]
            {
                { (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) - (a * d)), 2 * ((b * d) + (a * c)) },
                { 2 * ((b * c) + (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) - (a * b)) },
                { 2 * ((b * d) - (a * c)), 2 * ((c * d) + (a * b)), (a * a) + (d * d) - (b * b) - (c * c) },
            };
            handedness = reader.Single(76) < 0 ? -1 : 1;
            (axes[0, 3], axes[1, 3], axes[2, 3]) = (reader.Single(268), reader.Single(272), reader.Single(276));
        }

        for (int column = 0; column < 3; column++)
        {
            double size = reader.Single(80 + (4 * column)) * (column == 2 ? handedness : 1);
            for (int row = 0; row < 3; row++)
            {
                axes[row, column] = rotation[row, column] * size;
            }
        }

        return axes;
    }

    /// <summary>For each file axis, the world axis it runs along most nearly (each used once) and its direction.</summary>
    public static (int[] World, int[] Sign) NearestOrientation(double[,] axes)
    {
        int[] world = [-1, -1, -1], sign = new int[3];
        for (int pass = 0; pass < 3; pass++)
        {
            (double Cosine, int Row, int Column) best = (-1, 0, 0);
            for (int column = 0; column < 3; column++)
            {
                double length = Math.Sqrt((axes[0, column] * axes[0, column]) + (axes[1, column] * axes[1, column]) + (axes[2, column] * axes[2, column]));
                for (int row = 0; row < 3; row++)
                {
                    double cosine = length > 0 ? Math.Abs(axes[row, column]) / length : 0;
                    if (world[column] < 0 && !world.Contains(row) && cosine > best.Cosine)
                    {
                        best = (cosine, row, column);
                    }
                }
            }

            world[best.Column] = best.Row;
            sign[best.Column] = axes[best.Row, best.Column] < 0 ? -1 : 1;
        }

        return (world, sign);
    }

    /// <summary>Whether a file axis runs against the target's: left, back and up are forwards.</summary>
    public static bool IsBackwards(int world, int sign) => sign > 0 ? world < 2 : world == 2;

    /// <summary>Place of the volume after its axes were put in the order (left, posterior, superior), or null for sheared axes.</summary>
    public static ImageGeometry? GeometryOf(double[,] axes, int[] extents, int[] world, int[] sign)
    {
        double[][] direction = new double[3][];
        double[] size = new double[3], place = [-axes[0, 3], -axes[1, 3], axes[2, 3]];
        for (int axis = 0; axis < 3; axis++)
        {
            double[] step = [-axes[0, axis], -axes[1, axis], axes[2, axis]]; // world axes right and front turned to left and back
            bool backwards = IsBackwards(world[axis], sign[axis]);
            int centre = backwards ? extents[axis] - 1 - (extents[axis] / 2) : extents[axis] / 2;
            place = [.. place.Zip(step, (p, s) => p + (centre * s))];
            size[world[axis]] = Math.Sqrt(step.Sum(s => s * s));
            direction[world[axis]] = [.. step.Select(s => (backwards ? -s : s) / size[world[axis]])];
        }

        var geometry = new ImageGeometry(place, direction[0], direction[1], direction[2], (size[0], size[1], size[2]));
        return geometry.IsRight ? geometry : null;
    }
}
