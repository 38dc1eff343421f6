using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Pictures of a comparison: reference, each method, and errors of each.</summary>
public static class Figures
{
    /// <summary>Errors are shown this much brighter than images.</summary>
    public const int ErrorGain = 5;

    // Small matrices are enlarged to about this many pixels, so that a browser does not smear them.
    private const int SmallestSide = 192;

    /// <summary>Rows of pictures for some slices spread over all, for a report, and the same in one file.</summary>
    /// <param name="sheet">PNG file with all pictures.</param>
    /// <param name="comparison">The images.</param>
    /// <param name="count">Largest number of slices shown.</param>
    public static IReadOnlyList<ReportPictureRow> Write(string sheet, MethodComparison comparison, int count)
    {
        IReadOnlyList<IWaitingSlice> slices = comparison.Reconstructions[0].Slices;
        int shown = Math.Min(count, slices.Count);
        var rows = Enumerable.Range(0, shown).Select(i => (int)((i + 0.5) * slices.Count / shown))
            .Select(slice => (Slice: slice, Tiles: Tiles(comparison, slice).ToArray())).ToArray();
        PngFile.Write(sheet, Picture.Grid([.. rows.SelectMany(row => row.Tiles).Select(tile => tile.Picture)], rows[0].Tiles.Length));
        return [.. rows.Select(row => new ReportPictureRow(
            $"{slices[row.Slice].Subject}, slice {row.Slice + 1} of {slices.Count}",
            [.. row.Tiles.Select(tile => new ReportPicture(tile.Caption, PngFile.Encode(tile.Picture)))]))];
    }

    private static IEnumerable<(string Caption, Picture Picture)> Tiles(MethodComparison comparison, int slice)
    {
        Reconstruction first = comparison.Reconstructions[0];
        using var scope = new TensorScope(first.Images.Device, MemoryOwner.Workspace);
        Tensor target = first.Slices[slice].RequireTarget(scope);
        double white = Reduce.MaxAbs(target);
        int zoom = (SmallestSide + target.Shape[^1] - 1) / target.Shape[^1];
        yield return ("reference", Picture.Magnitude(target, white, ColourMap.Grey, zoom));
        foreach ((MethodResult method, Reconstruction result) in comparison.Table.Rows.Zip(comparison.Reconstructions))
        {
            yield return (method.Method, Picture.Magnitude(result.Images.Slice(slice), white, ColourMap.Grey, zoom));
        }

        Tensor error = scope.Like(target);
        foreach ((MethodResult method, Reconstruction result) in comparison.Table.Rows.Zip(comparison.Reconstructions))
        {
            Subtract.Run(result.Images.Slice(slice), target, error);
            yield return ($"{method.Method} error x{ErrorGain}", Picture.Magnitude(error, white / ErrorGain, ColourMap.Grey, zoom));
        }
    }
}
