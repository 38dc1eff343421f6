using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What cannot be taken from a raw file itself.</summary>
public sealed record RawStackOptions
{
    /// <summary>Which of several encodings; null if all imaging readouts belong to one.</summary>
    public int? Encoding { get; init; }

    /// <summary>Unit of the trajectory in the file. ISMRMRD files by convention have cycles per pixel of the encoded matrix.</summary>
    public TrajectoryUnit Unit { get; init; } = TrajectoryUnit.CyclesPerPixel;

    /// <summary>A trajectory from elsewhere, in place of that in the file, if any: [spoke, readout, 2] for all partitions, cycles per field of view of the image.</summary>
    public Tensor? Points { get; init; }
}

/// <summary>Sorts the readouts of a raw file into a stack of stars.</summary>
public static class RawStackReader
{
    /// <summary>Reads all imaging readouts.</summary>
    /// <param name="file">The raw file.</param>
    /// <param name="options">Choices.</param>
    /// <param name="scope">Owner of the result, on the host.</param>
    /// <exception cref="InputException">The readouts are of several encodings, contrasts, sizes, ..., partitions have
    /// different numbers of spokes, there is no trajectory, or it is not radial.</exception>
    public static RawStack Read(IsmrmrdFile file, RawStackOptions options, TensorScope scope)
    {
        int[] imaging = RawReadoutChoice.Imaging(file, options.Encoding);
        AcquisitionHeader first = file.Acquisitions[imaging[0]];
        RawEncoding encoding = file.Header.Encodings[first.Encoding];
        int matrix = encoding.Recon.Matrix.X;
        if (encoding.Trajectory is RawTrajectory.Cartesian or RawTrajectory.Epi or RawTrajectory.Spiral || matrix != encoding.Recon.Matrix.Y)
        {
            throw new InputException($"'{file.Path}' has a {encoding.Trajectory.ToString().ToLowerInvariant()} trajectory and an image of {matrix} x {encoding.Recon.Matrix.Y} pixels; a radial one and a square image were expected.");
        }

        int[][] spokes = RawReadoutChoice.ByPartition(file, imaging, out int[] partitions);
        int readout = first.UsedSamples;
        var stack = new RawStack(
            scope.Zeros(DType.Complex64, [first.Channels, partitions.Length, spokes[0].Length, readout]),
            scope.Zeros(DType.Float64, [partitions.Length, spokes[0].Length, readout, 2]),
            partitions,
            encoding.Partitions?.Centre ?? (encoding.Encoded.Matrix.Z / 2),
            encoding.Encoded.Matrix.Z,
            matrix,
            ImageGeometry.From(file.Path, first, encoding.Recon),
            spokes);
        bool hasTrajectory = options.Points is not null || first.TrajectoryDimensions >= 2;
        if (!hasTrajectory)
        {
            throw new InputException($"'{file.Path}' has no trajectory: its readouts have {first.TrajectoryDimensions} coordinates per sample, and at least (kx, ky) was expected. Give one for {spokes[0].Length} spokes of {readout} samples, for example from 'stardeq traj'.");
        }

        double scale = Scale(encoding, options.Unit);
        Fill(file, stack, options.Points is null ? scale : 0);
        if (options.Points is not null)
        {
            Take(file.Path, options.Points, stack.Points);
        }

        ArrayFile.RequireFinite(stack.KSpace, file.Path);
        try
        {
            TrajectoryUnits.Check(stack.Points, matrix, matrix);
        }
        catch (InputException failure)
        {
            throw new InputException($"'{file.Path}', with its points taken as {Name(options)}: {failure.Message}", failure);
        }

        return stack;
    }

    /// <summary>Factor from the unit of a file to cycles per field of view of the image. Pixels are those of the encoded
    /// matrix along the readout, whose field of view may be larger than that of the image (oversampling).</summary>
    internal static double Scale(RawEncoding encoding, TrajectoryUnit unit)
    {
        double views = encoding.Recon.FieldOfView.X > 0 && encoding.Encoded.FieldOfView.X > 0
            ? encoding.Recon.FieldOfView.X / encoding.Encoded.FieldOfView.X
            : (double)encoding.Recon.Matrix.X / encoding.Encoded.Matrix.X; // pixels of equal size
        return TrajectoryUnits.Factor(unit, encoding.Encoded.Matrix.X) * views;
    }

    private static unsafe void Fill(IsmrmrdFile file, RawStack stack, double scale)
    {
        (int partitions, int spokes, int length) = (stack.KSpace.Shape[1], stack.KSpace.Shape[2], stack.KSpace.Shape[3]);
        var places = new Dictionary<int, (int Partition, int Spoke)>();
        for (int p = 0; p < partitions; p++)
        {
            for (int s = 0; s < spokes; s++)
            {
                places.Add(stack.Readouts[p][s], (p, s));
            }
        }

        var kSpace = new Rows(stack.KSpace.AsReal().Pointer<float>());
        double* points = stack.Points.Pointer<double>();
        int index = 0;
        foreach (Readout readout in file.Readouts())
        {
            if (places.TryGetValue(index++, out (int Partition, int Spoke) place))
            {
                AcquisitionHeader head = readout.Header;
                for (int coil = 0; coil < head.Channels; coil++)
                {
                    long row = ((((long)coil * partitions) + place.Partition) * spokes) + place.Spoke;
                    readout.Samples.AsSpan(2 * ((coil * head.Samples) + head.DiscardBefore), 2 * length).CopyTo(kSpace.Row(row, 2 * length));
                }

                double* line = points + (2L * length * (((long)place.Partition * spokes) + place.Spoke));
                for (int sample = 0; sample < length && scale != 0; sample++)
                {
                    int from = (head.DiscardBefore + sample) * head.TrajectoryDimensions;
                    line[2 * sample] = scale * readout.Trajectory[from];
                    line[(2 * sample) + 1] = scale * readout.Trajectory[from + 1];
                }
            }
        }
    }

    private static void Take(string path, Tensor given, Tensor points)
    {
        if (given.Shape != points.Shape[1..] || given.DType.IsComplex())
        {
            throw new InputException($"the trajectory for '{path}' is {given.Describe()}; real points {points.Shape[1..]} = [spoke, sample, (kx, ky)] were expected, in the order of acquisition of each partition.");
        }

        double[] values = given.DType == DType.Float64 ? given.ToArray<double>() : Array.ConvertAll(given.ToArray<float>(), v => (double)v);
        for (int p = 0; p < points.Shape[0]; p++)
        {
            values.CopyTo(points.Slice(p).Span<double>());
        }
    }

    private static string Name(RawStackOptions options) => options.Points is not null ? "cycles per field of view" : options.Unit switch
    {
        TrajectoryUnit.CyclesPerPixel => "cycles per pixel",
        TrajectoryUnit.RadiansPerPixel => "radians per pixel",
        TrajectoryUnit.Normalised => "fractions of the edge of k-space",
        _ => "cycles per field of view",
    };

    /// <summary>Rows of an array that may exceed a span.</summary>
    private readonly unsafe struct Rows(float* start)
    {
        public Span<float> Row(long row, int length) => new(start + (row * length), length);
    }
}
