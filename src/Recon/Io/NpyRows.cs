using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Arrays [row, ...] in .npy files of one folder, written row by row side by side, so that none has to be whole in memory.</summary>
/// <param name="folder">A folder that nobody reads before <see cref="Finish"/>.</param>
/// <param name="rows">Rows of each array.</param>
internal sealed class NpyRows(string folder, int rows) : IDisposable
{
    private readonly SortedDictionary<string, (FileStream Stream, int Written)> _files = new(StringComparer.Ordinal);

    /// <summary>Appends a row to an array.</summary>
    /// <param name="name">File name.</param>
    /// <param name="row">Rows of one array have one type and shape.</param>
    public void Add(string name, Tensor row)
    {
        if (!_files.TryGetValue(name, out (FileStream Stream, int Written) file))
        {
            file.Stream = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            file.Stream.Write(NpyFile.Header(row.DType, [rows, .. row.Shape]));
        }

        TensorBytes.Write(row, file.Stream);
        _files[name] = (file.Stream, file.Written + 1);
    }

    /// <summary>Completes the files.</summary>
    /// <returns>Their names.</returns>
    /// <exception cref="InvalidOperationException">An array has not as many rows as were announced.</exception>
    public IReadOnlyList<string> Finish()
    {
        foreach ((string name, (FileStream stream, int written)) in _files)
        {
            if (written != rows)
            {
                throw new InvalidOperationException($"'{name}' has {written} rows of {rows}.");
            }

            stream.Flush(flushToDisk: true);
            stream.Dispose();
        }

        return [.. _files.Keys];
    }

    /// <summary>Closes the files, complete or not.</summary>
    public void Dispose()
    {
        foreach ((FileStream stream, _) in _files.Values)
        {
            stream.Dispose();
        }
    }
}
