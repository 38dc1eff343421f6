using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Writes stack-of-stars data as an ISMRMRD raw file: spoke by spoke, all partitions of a spoke in succession, with the nominal trajectory.</summary>
public static class StackOfStarsWriter
{
    /// <summary>Writes one file, atomically.</summary>
    /// <param name="path">Destination.</param>
    /// <param name="acquisition">Data [coil, measured partition, spoke, readout] on the host, and its spokes.</param>
    /// <param name="description">The rest.</param>
    /// <exception cref="InputException">Sizes do not fit each other or the format (65535 per counter), or writing failed.</exception>
    public static void Write(string path, StackOfStarsAcquisition acquisition, StackOfStarsDescription description)
    {
        acquisition.Validate();
        description.Geometry.Checked(path);
        int[] indices = description.PartitionIndices ?? [.. Enumerable.Range(0, acquisition.Partitions)];
        int grid = description.Partitions > 0 ? description.Partitions : acquisition.Partitions;
        int largest = new[] { acquisition.Coils, grid, acquisition.Spokes, acquisition.Readout, acquisition.Matrix, description.Noise?.Shape[^1] ?? 0 }.Max();
        if (indices.Length != acquisition.Partitions || indices.Any(i => i < 0 || i >= grid) || largest > ushort.MaxValue
            || (description.Noise is { } noise && (noise.Shape.Rank != 2 || noise.Shape[0] != acquisition.Coils || noise.DType != DType.Complex64)))
        {
            throw new InputException($"'{path}' cannot hold {acquisition.KSpace.Describe()} as partitions [{string.Join(", ", indices)}] of {grid}, with noise {description.Noise?.Describe() ?? "none"}: partition indices on the grid, noise complex64 [coil, sample] and extents up to {ushort.MaxValue} were expected.");
        }

        IsmrmrdWriter.Write(path, Header(acquisition, description, indices, grid), Readouts(acquisition, description, indices));
    }

    private static IsmrmrdHeader Header(StackOfStarsAcquisition a, StackOfStarsDescription d, int[] indices, int grid)
    {
        (double x, double y, double z) = (d.Geometry.VoxelSize.X, d.Geometry.VoxelSize.Y, d.Geometry.VoxelSize.Z);
        int oversampled = Oversampled(a);
        return new IsmrmrdHeader
        {
            ResonanceFrequency = d.ResonanceFrequency,
            Channels = a.Coils,
            PatientPosition = "HFS",
            Protocol = d.Protocol,
            RelativeReceiverNoiseBandwidth = 1,
            Encodings =
            [
                new RawEncoding
                {
                    Trajectory = RawTrajectory.Radial,
                    TrajectoryName = "spokes",
                    TrajectoryParameters = new Dictionary<string, string> { [RawEncoding.UnitParameter] = RawEncoding.CyclesPerPixel },
                    Encoded = new EncodingSpace((oversampled, a.Matrix, grid), (oversampled * x, a.Matrix * y, grid * z)),
                    Recon = new EncodingSpace((a.Matrix, a.Matrix, grid), (a.Matrix * x, a.Matrix * y, grid * z)),
                    Limits = new Dictionary<string, EncodingLimit>
                    {
                        ["kspace_encoding_step_1"] = new(0, a.Spokes - 1, 0),
                        ["kspace_encoding_step_2"] = new(indices.Min(), indices.Max(), grid / 2),
                    },
                },
            ],
        };
    }

    // Pixels of the encoded matrix are those of the image: samples lie 1/oversampled cycles per pixel apart.
    private static int Oversampled(StackOfStarsAcquisition a) => a.Readout < 2
        ? a.Matrix
        : Math.Clamp((int)Math.Round((a.Readout - 1) / Math.Abs(a.Radius[^1] - a.Radius[0])), 1, ushort.MaxValue);

    private static IEnumerable<Readout> Readouts(StackOfStarsAcquisition a, StackOfStarsDescription d, int[] indices)
    {
        AcquisitionHeader common = new(d.Geometry)
        {
            Channels = (ushort)a.Coils,
            AvailableChannels = (ushort)a.Coils,
            SampleTime = (float)d.SampleTime,
        };
        uint counter = 0;
        if (d.Noise is { } noise)
        {
            AcquisitionHeader header = common with { Samples = (ushort)noise.Shape[1], ScanCounter = counter++ };
            yield return new Readout(header.With(AcquisitionFlag.NoiseMeasurement), [], noise.AsReal().ToArray<float>());
        }

        int centre = Array.IndexOf(a.Radius, a.Radius.MinBy(Math.Abs));
        for (int spoke = 0; spoke < a.Spokes; spoke++)
        {
            float[] points = Points(a, spoke);
            for (int p = 0; p < a.Partitions; p++)
            {
                AcquisitionHeader header = common with
                {
                    Samples = (ushort)a.Readout,
                    CentreSample = (ushort)centre,
                    TrajectoryDimensions = 2,
                    ScanCounter = counter++,
                    Counters = new EncodingCounters { Step1 = (ushort)spoke, Step2 = (ushort)indices[p] },
                };
                bool isFirst = spoke == 0 && p == 0, isLast = spoke == a.Spokes - 1 && p == a.Partitions - 1;
                header = isFirst ? header.With(AcquisitionFlag.FirstInSlice) : header;
                header = isLast ? header.With(AcquisitionFlag.LastInSlice, AcquisitionFlag.LastInMeasurement) : header;
                yield return new Readout(header, points, Samples(a, p, spoke));
            }
        }
    }

    // Cycles per pixel.
    private static float[] Points(StackOfStarsAcquisition a, int spoke)
    {
        (double sine, double cosine) = Math.SinCos(a.Angles[spoke]);
        float[] points = new float[2 * a.Readout];
        for (int sample = 0; sample < a.Readout; sample++)
        {
            (points[2 * sample], points[(2 * sample) + 1]) = ((float)(a.Radius[sample] * cosine), (float)(a.Radius[sample] * sine));
        }

        return points;
    }

    private static float[] Samples(StackOfStarsAcquisition a, int partition, int spoke)
    {
        float[] samples = new float[2 * a.Coils * a.Readout];
        for (int coil = 0; coil < a.Coils; coil++)
        {
            a.KSpace.Slice(coil).Slice(partition).Slice(spoke).AsReal().Span<float>().CopyTo(samples.AsSpan(2 * coil * a.Readout));
        }

        return samples;
    }
}
