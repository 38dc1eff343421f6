namespace Stardeq.Recon;

/// <summary>Consecutive images that are the slices of one volume, and where they lie.</summary>
/// <param name="Name">Subject.</param>
/// <param name="First">First image.</param>
/// <param name="Count">Images.</param>
/// <param name="Geometry">Place in the patient.</param>
internal sealed record PlacedVolume(string Name, int First, int Count, ImageGeometry Geometry)
{
    /// <summary>The volumes of slices in their order whose place a dataset knows.</summary>
    public static IReadOnlyList<PlacedVolume> Of(IReadOnlyList<IWaitingSlice> slices, DatasetFolder data)
    {
        var geometries = data.Description.Subjects.ToDictionary(subject => subject.Name, data.Geometry);
        return [.. slices.Select((slice, index) => (slice.Subject, index)).GroupBy(slice => slice.Subject)
            .Where(volume => geometries[volume.Key] is not null)
            .Select(volume => new PlacedVolume(volume.Key, volume.First().index, volume.Count(), geometries[volume.Key]!))];
    }
}
