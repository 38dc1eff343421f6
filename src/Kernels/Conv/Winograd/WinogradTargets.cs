using System.Runtime.CompilerServices;

namespace Stardeq.Kernels;

/// <summary>Writes the outputs of four runs: whole vectors inside the image, single pixels at its edge.</summary>
internal unsafe ref struct WinogradTargets
{
    private readonly float* _images, _bias;
    private readonly int _channels, _rows, _columns;
    private readonly bool _add;
    private Four _places;

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
            _places[e] = image < 0
                ? default
                : new Place((long)image * _channels * _rows * _columns, row, column, Math.Min(WinogradTransform.Outputs, _rows - row), Math.Min(grid.Width, _columns - column));
        }
    }

    /// <summary>Writes one row of one run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write<TLanes>(TLanes values, int e, int channel, int row)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        Place place = _places[e];
        if (row >= place.Rows)
        {
            return;
        }

        float* target = _images + place.Image + (((((long)channel * _rows) + place.Row + row) * _columns) + place.Column);
        if (place.Columns == TLanes.Width)
        {
            (_add ? TLanes.Load(target) + values : values).Store(target);
        }
        else
        {
            WritePart(values, target, place.Columns);
        }
    }

    private readonly void WritePart<TLanes>(TLanes values, float* target, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* all = stackalloc float[TLanes.Width];
        values.Store(all);
        Planes.Write(all, target, count, _add ? WriteMode.Add : WriteMode.Overwrite);
    }

    private readonly record struct Place(long Image, int Row, int Column, int Rows, int Columns);

    [InlineArray(WinogradGrid.RunsPerVector)]
    private struct Four
    {
        private Place _first;
    }
}
