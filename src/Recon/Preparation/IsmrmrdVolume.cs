using System.Globalization;
using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One stack-of-stars volume from an ISMRMRD file.</summary>
internal static class IsmrmrdVolume
{
    /// <summary>Reads imaging readouts and noise scans.</summary>
    /// <param name="path">File.</param>
    /// <param name="source">What the user says about the data.</param>
    /// <param name="scope">Owner of the arrays, in host memory.</param>
    /// <exception cref="InputException">The file is damaged, or holds something else than one full stack of aligned stars.</exception>
    public static RawVolume Read(string path, RawSource source, TensorScope scope)
    {
        IsmrmrdFile file = IsmrmrdFile.Open(path);
        int[] imaging = [.. Enumerable.Range(0, file.Acquisitions.Count).Where(i => file.Acquisitions[i].IsImaging)];
        AcquisitionHeader first = imaging.Length > 0 ? file.Acquisitions[imaging[0]] : throw new InputException($"'{path}' holds {file.Acquisitions.Count} readouts, none of which is part of an image. Export the imaging scan.");
        var layout = ReadoutLayout.Of(path, file, imaging);
        RawEncoding encoding = file.Header.Encodings[first.Encoding];
        int matrix = source.Matrix ?? Square(path, encoding);
        Tensor kSpace = scope.Zeros(DType.Complex64, [first.Channels, layout.Partitions, layout.Spokes, first.UsedSamples]);
        Tensor? points = first.TrajectoryDimensions > 0 && !source.GivesTrajectory ? scope.New(DType.Float64, [layout.MeasuredPartitions, layout.Spokes, first.UsedSamples, 2]) : null;
        Tensor? noise = NoiseScan(path, file, first, scope);
        double factor = (source.TrajectoryUnit is null ? encoding.CyclesPerFieldOfView : null) ?? TrajectoryUnits.Factor(source.TrajectoryUnit ?? TrajectoryUnit.CyclesPerFieldOfView, matrix);
        int noiseColumn = 0, next = 0;
        foreach (Readout readout in file.Readouts())
        {
            if (readout.Header.IsImaging)
            {
                ReadoutPlace place = layout.Places[next++];
                CopySamples(readout, kSpace, place);
                CopyPoints(path, readout, points, place, factor);
            }
            else if (noise is not null && readout.Header.Has(AcquisitionFlag.NoiseMeasurement))
            {
                noiseColumn += CopyNoise(readout, noise, noiseColumn);
            }
        }

        Tensor nominal = points is null
            ? source.Points(path, layout.Spokes, first.UsedSamples, matrix, scope)
            : Checked(path, PartitionGrid.RequireAligned(points, path), matrix);
        var slab = SlabGeometry.Centred(layout.Partitions, encoding.Recon.Matrix.Z, Ratio(encoding.Encoded.FieldOfView.Z, encoding.Recon.FieldOfView.Z));
        return new RawVolume(kSpace, nominal, matrix, slab)
        {
            Noise = noise,
            NoiseBandwidthRatio = BandwidthRatio(file, first),
            Geometry = ImageGeometry.From(path, first, encoding.Recon),
            Notes = Notes(file, layout),
        };
    }

    private static int Square(string path, RawEncoding encoding) => encoding.Recon.Matrix.X == encoding.Recon.Matrix.Y
        ? encoding.Recon.Matrix.X
        : throw new InputException($"'{path}' asks for images of {encoding.Recon.Matrix.Y} x {encoding.Recon.Matrix.X} pixels; datasets hold square images. Say the side with --size.");

    private static double Ratio(double encoded, double recon) => encoded > 0 && recon > 0 ? encoded / recon : 1;

    private static void CopySamples(Readout readout, Tensor kSpace, ReadoutPlace place)
    {
        AcquisitionHeader header = readout.Header;
        ReadOnlySpan<Complex64> samples = MemoryMarshal.Cast<float, Complex64>(readout.Samples.AsSpan());
        for (int coil = 0; coil < kSpace.Shape[0]; coil++)
        {
            samples.Slice((coil * header.Samples) + header.DiscardBefore, header.UsedSamples)
                .CopyTo(kSpace.Slice(coil).Slice(place.Partition).Slice(place.Spoke).Span<Complex64>());
        }
    }

    private static void CopyPoints(string path, Readout readout, Tensor? points, ReadoutPlace place, double factor)
    {
        if (points is null)
        {
            return;
        }

        int dimensions = readout.Header.TrajectoryDimensions;
        Span<double> line = points.Slice(place.MeasuredPartition).Slice(place.Spoke).Span<double>();
        for (int t = 0; t < readout.Header.UsedSamples; t++)
        {
            int at = (readout.Header.DiscardBefore + t) * dimensions;
            (line[2 * t], line[(2 * t) + 1]) = dimensions >= 2
                ? (factor * readout.Trajectory[at], factor * readout.Trajectory[at + 1])
                : throw new InputException($"'{path}' has a trajectory of {dimensions} coordinate; kx and ky were expected. Give the angles with --angles or --order.");
        }
    }

    private static Tensor Checked(string path, Tensor points, int matrix)
    {
        try
        {
            TrajectoryUnits.Check(points, matrix, matrix);
            return points;
        }
        catch (InputException failure)
        {
            throw new InputException($"'{path}': {failure.Message} --trajectory-unit names the unit.", failure);
        }
    }

    private static Tensor? NoiseScan(string path, IsmrmrdFile file, AcquisitionHeader imaging, TensorScope scope)
    {
        AcquisitionHeader[] scans = [.. file.Acquisitions.Where(header => header.Has(AcquisitionFlag.NoiseMeasurement))];
        return scans.Any(header => header.Channels != imaging.Channels)
            ? throw new InputException($"'{path}' has noise scans of {scans[0].Channels} channels and data of {imaging.Channels}; equal numbers were expected. Export both with the same coils, or remove the noise scans.")
            : scans.Length == 0 ? null : scope.New(DType.Complex64, [imaging.Channels, scans.Sum(header => header.UsedSamples)]);
    }

    private static int CopyNoise(Readout readout, Tensor noise, int column)
    {
        AcquisitionHeader header = readout.Header;
        ReadOnlySpan<Complex64> samples = MemoryMarshal.Cast<float, Complex64>(readout.Samples.AsSpan());
        for (int coil = 0; coil < header.Channels; coil++)
        {
            samples.Slice((coil * header.Samples) + header.DiscardBefore, header.UsedSamples).CopyTo(noise.Slice(coil).Span<Complex64>()[column..]);
        }

        return header.UsedSamples;
    }

    private static double BandwidthRatio(IsmrmrdFile file, AcquisitionHeader imaging)
    {
        AcquisitionHeader? noise = file.Acquisitions.FirstOrDefault(header => header.Has(AcquisitionFlag.NoiseMeasurement));
        return noise is { SampleTime: > 0 } && imaging.SampleTime > 0
            ? noise.SampleTime / (double)imaging.SampleTime / (file.Header.RelativeReceiverNoiseBandwidth ?? 1)
            : 1;
    }

    private static SortedDictionary<string, string> Notes(IsmrmrdFile file, ReadoutLayout layout)
    {
        var notes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (layout.MeasuredPartitions < layout.Partitions)
        {
            notes["partial kz"] = string.Create(CultureInfo.InvariantCulture, $"{layout.MeasuredPartitions} of {layout.Partitions} partitions measured, the rest zero");
        }

        if (file.Header.Protocol is { Length: > 0 } protocol)
        {
            notes["protocol"] = protocol;
        }

        return notes;
    }
}
