using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>Writes the outputs of four runs: whole vectors inside the image, single pixels at its edge.</summary>
internal unsafe ref struct WinogradTargets
{
    private readonly float* _images, _bias;
    private readonly int _channels, _rows, _columns;
    private readonly bool _add;
    private fixed long _start[WinogradGrid.RunsPerVector];        // floats from a channel of the first image
    private fixed int _rowsThere[WinogradGrid.RunsPerVector], _columnsThere[WinogradGrid.RunsPerVector]; // inside the image

    /// <summary>Targets in a batch.</summary>
    /// <param name="images">[batch, channel, row, column].</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="grid">How the images are cut.</param>
    /// <param name="bias">[channels], or null for none.</param>
    /// <param name="slope">Factor of negative values; 1 for none.</param>
    /// <param name="mode">Whether the images are replaced or added to.</param>
    public WinogradTargets(float* images, int channels, WinogradGrid grid, float* bias, double slope, WriteMode mode)
    {
        _images = images;
        _bias = bias;
        (_channels, _rows, _columns) = (channels, grid.Rows, grid.Columns);
        Slope = (float)slope;
        _add = mode == WriteMode.Add;
    }

    /// <summary>Factor of negative values.</summary>
    public float Slope { get; }

    /// <summary>Offset of a channel.</summary>
    public readonly float Bias(int channel) => _bias == null ? 0 : _bias[channel];

    /// <summary>Finds the places of four runs, from <paramref name="firstRun"/> on.</summary>
    public void Select(WinogradGrid grid, int firstRun)
    {
        for (int e = 0; e < WinogradGrid.RunsPerVector; e++)
        {
            (int image, int row, int column) = grid.Place(firstRun + e);
            _start[e] = (((((long)image * _channels) * _rows) + row) * _columns) + column;
            _rowsThere[e] = image < 0 ? 0 : Math.Min(WinogradTransform.Outputs, _rows - row);
            _columnsThere[e] = Math.Min(grid.Width, _columns - column);
        }
    }

    /// <summary>A channel of the first image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* Plane(int channel) => _images + ((long)channel * _rows * _columns);

    /// <summary>Writes one row of one run of a channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write<TLanes>(TLanes values, int e, float* plane, int row)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (row >= _rowsThere[e])
        {
            return;
        }

        float* target = plane + _start[e] + ((nint)row * _columns);
        if (_columnsThere[e] == TLanes.Width)
        {
            (_add ? TLanes.Load(target) + values : values).Store(target);
        }
        else
        {
            WritePart(values, target, _columnsThere[e]);
        }
    }

    private readonly void WritePart<TLanes>(TLanes values, float* target, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* all = stackalloc float[TLanes.Width];
        values.Store(all);
        Planes.Write(all, target, count, _add ? WriteMode.Add : WriteMode.Overwrite);
    }
}
