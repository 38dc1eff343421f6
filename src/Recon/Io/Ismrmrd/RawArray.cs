using System.Runtime.InteropServices;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>The imaging readouts of a raw file sorted into one array.</summary>
/// <param name="KSpace">complex64. Cartesian: [coil, kz, ky, kx] on the encoded grid, the zero frequency at floor(N/2), zeros
/// where nothing was measured. Otherwise [coil, partition, spoke, sample], partitions likewise on the grid, spokes by their counter.</param>
/// <param name="Points">Of what is not Cartesian, [partition, spoke, sample, dimension] float64 in the unit of the file, on measured
/// partitions alone; null if the file has none.</param>
/// <param name="Geometry">Place of the image in the patient, or null.</param>
public sealed record RawArray(Tensor KSpace, Tensor? Points, ImageGeometry? Geometry)
{
    private const int MostEmptiness = 1000; // cells of the grid per measured sample; beyond any acceleration

    private static readonly (string Name, Func<AcquisitionHeader, int> Value)[] s_single =
    [
        ("encodings", h => h.Encoding), ("channel counts", h => h.Channels), ("readout lengths", h => h.UsedSamples), ("trajectory dimensions", h => h.TrajectoryDimensions),
        ("slices", h => h.Counters.Slice), ("averages", h => h.Counters.Average), ("contrasts", h => h.Counters.Contrast), ("cardiac phases", h => h.Counters.Phase),
        ("repetitions", h => h.Counters.Repetition), ("sets", h => h.Counters.Set),
    ];

    /// <summary>Reads and sorts the readouts.</summary>
    /// <param name="file">Raw file.</param>
    /// <param name="scope">Owner of the arrays, on the host.</param>
    /// <exception cref="InputException">No imaging readouts, readouts of more than one image, off the grid, or with the same counters; or values that are not finite.</exception>
    public static RawArray Read(IsmrmrdFile file, TensorScope scope)
    {
        AcquisitionHeader[] imaging = [.. file.Acquisitions.Where(h => h.IsImaging)];
        if (imaging.Length == 0 || imaging[0].UsedSamples == 0 || imaging[0].Channels == 0)
        {
            throw new InputException($"'{file.Path}' has {file.Acquisitions.Count} readouts, none of which holds samples of an image. Export the imaging scan.");
        }

        foreach ((string name, Func<AcquisitionHeader, int> value) in s_single)
        {
            int[] values = [.. imaging.Select(value).Distinct().Order()];
            if (values.Length > 1)
            {
                throw new InputException($"'{file.Path}' mixes {values.Length} {name} ({string.Join(", ", values.Take(6))}{(values.Length > 6 ? ", ..." : "")}); one image was expected. Split the file.");
            }
        }

        AcquisitionHeader first = imaging[0];
        RawEncoding encoding = file.Header.Encodings[first.Encoding];
        bool isCartesian = encoding.IsCartesian;
        if (isCartesian && imaging.Any(h => h.Has(AcquisitionFlag.Reverse)))
        {
            throw new InputException($"'{file.Path}' has reversed readouts; lines that all run in one direction were expected. Reverse and correct them first.");
        }

        ReadoutGrid grid = isCartesian ? ReadoutGrid.Cartesian(file.Path, encoding, first) : ReadoutGrid.Spokes(encoding, imaging);
        long cells = (long)grid.Planes * grid.Lines * grid.Samples, measured = (long)imaging.Length * first.UsedSamples;
        if (cells / MostEmptiness > measured)
        {
            throw new InputException($"'{file.Path}' has {measured:N0} samples per coil for a grid of {grid.Planes} x {grid.Lines} x {grid.Samples}; its header asks for far more than was measured. Correct its matrix, or convert the scan again.");
        }

        Tensor kSpace = scope.Zeros(DType.Complex64, [first.Channels, grid.Planes, grid.Lines, grid.Samples]);
        int[] planes = [.. imaging.Select(h => (int)h.Counters.Step2).Distinct().Order()];
        Tensor? points = isCartesian || first.TrajectoryDimensions == 0 ? null : scope.Zeros(DType.Float64, [planes.Length, grid.Lines, grid.Samples, first.TrajectoryDimensions]);
        var seen = new HashSet<(int, int)>();
        foreach (Readout readout in file.Readouts().Where(r => r.Header.IsImaging))
        {
            (int plane, int line) = grid.PlaceOf(file.Path, readout.Header);
            if (!seen.Add((plane, line)))
            {
                throw new InputException($"'{file.Path}' has line {readout.Header.Counters.Step1} of partition {readout.Header.Counters.Step2} twice; each was expected once. Average or split the file first.");
            }

            ReadOnlySpan<Complex64> samples = MemoryMarshal.Cast<float, Complex64>(readout.Samples.AsSpan());
            for (int coil = 0; coil < first.Channels; coil++)
            {
                samples.Slice((coil * readout.Header.Samples) + readout.Header.DiscardBefore, readout.Header.UsedSamples)
                    .CopyTo(kSpace.Slice(coil).Slice(plane).Slice(line).Span<Complex64>()[grid.FirstSample..]);
            }

            if (points is not null)
            {
                Span<double> target = points.Slice(Array.IndexOf(planes, readout.Header.Counters.Step2)).Slice(line).Span<double>();
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = readout.Trajectory[(readout.Header.DiscardBefore * first.TrajectoryDimensions) + i];
                }
            }
        }

        for (int coil = 0; coil < first.Channels; coil++)
        {
            ArrayFile.RequireFinite(kSpace.Slice(coil), file.Path);
        }

        return new RawArray(kSpace, points, ImageGeometry.From(file.Path, first, encoding.Recon));
    }
}
