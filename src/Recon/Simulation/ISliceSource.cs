namespace Stardeq.Recon;

/// <summary>Where a <see cref="SliceLoader"/> finds subjects: a folder, or a dataset that is only planned.</summary>
public interface ISliceSource
{
    /// <summary>Sizes and subjects.</summary>
    DatasetDescription Description { get; }

    /// <summary>One subject as the slices that are used, none of which is read yet.</summary>
    /// <param name="subject">Subject.</param>
    /// <exception cref="InputException">A file is damaged or does not fit the record.</exception>
    ISubjectSlices OpenSlices(DatasetSubject subject);

    /// <summary>Coil maps that come with the data, [slice, coil, y, x] complex64, or null if there are none, or others than are asked for.</summary>
    /// <param name="subject">Subject.</param>
    /// <param name="choice">How they should have been estimated, from all spokes; null for any.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    FileArray? CoilMaps(DatasetSubject subject, CoilMapChoice? choice);

    /// <summary>The maps of a simulation, [slice, coil, y, x] complex64, or null if they were not kept.</summary>
    /// <param name="subject">Subject.</param>
    /// <exception cref="InputException">The file is damaged.</exception>
    FileArray? TrueMaps(DatasetSubject subject);

    /// <summary>Problems that come with the data, or null if there are none.</summary>
    /// <param name="subject">Subject.</param>
    /// <exception cref="InputException">Their record is damaged.</exception>
    ProblemFolder? OpenProblems(DatasetSubject subject);
}
