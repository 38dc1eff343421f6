using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stardeq.Kernels;

/// <summary>
/// Reads the windows of four runs of one channel: in place where they lie inside the image, else from a copy with zeros
/// around it.
/// </summary>
/// <remarks>The places are found once and serve all channels.</remarks>
internal unsafe ref struct WinogradWindows
{
    /// <summary>Floats of scratch that <see cref="Select"/> needs for the copies.</summary>
    public const int Scratch = WinogradGrid.RunsPerVector * Copy;

    private const int CopyPitch = 32, Copy = WinogradTransform.Inputs * CopyPitch;

    private readonly float* _images, _scratch;
    private readonly int _channels, _rows, _columns, _height, _width, _margin;
    private Four _offsets;
    private int _copied;

    /// <summary>Windows of a batch.</summary>
    /// <param name="images">[batch, channel, row, column].</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="grid">How the images are cut.</param>
    /// <param name="margin">1 for the inputs of a tile, which reach one pixel further on every side; 0 for its outputs.</param>
    /// <param name="scratch">[<see cref="Scratch"/>].</param>
    public WinogradWindows(float* images, int channels, WinogradGrid grid, int margin, float* scratch)
    {
        _images = images;
        _scratch = scratch;
        (_channels, _margin) = (channels, margin);
        (_rows, _columns) = (grid.Rows, grid.Columns);
        _height = WinogradTransform.Outputs + (2 * margin);
        _width = grid.Width + (WinogradTransform.Outputs * margin); // whole vectors are read, the second one four columns on
    }

    /// <summary>Finds the windows of four runs, from <paramref name="firstRun"/> on.</summary>
    public void Select(WinogradGrid grid, int firstRun)
    {
        _copied = 0;
        for (int e = 0; e < WinogradGrid.RunsPerVector; e++)
        {
            (int image, int row, int column) = grid.Place(firstRun + e);
            (row, column) = (row - _margin, column - _margin);
            bool inside = image >= 0 && row >= 0 && column >= 0 && row + _height <= _rows && column + _width <= _columns;
            _offsets[e] = new Place(image, row, column);
            if (!inside)
            {
                _copied |= 1 << e;
                new Span<float>(_scratch + (e * Copy), Copy).Clear(); // the frame is the same in all channels
            }
        }
    }

    /// <summary>Address of the window of one run in one channel.</summary>
    public readonly float* Of(int e, int channel, out nint pitch)
    {
        Place place = _offsets[e];
        float* plane = _images + ((((long)place.Image * _channels) + channel) * _rows * _columns);
        if ((_copied >> e & 1) == 0)
        {
            pitch = _columns;
            return plane + ((nint)place.Row * _columns) + place.Column;
        }

        pitch = CopyPitch;
        return CopyWindow(plane, place, _scratch + (e * Copy));
    }

    private readonly float* CopyWindow(float* plane, Place place, float* target)
    {
        if (place.Image < 0)
        {
            return target;
        }

        int left = Math.Max(0, -place.Column), count = Math.Min(_width, _columns - place.Column) - left;
        for (int r = Math.Max(0, -place.Row); r < Math.Min(_height, _rows - place.Row); r++)
        {
            CopyFew(plane + (((nint)place.Row + r) * _columns) + place.Column + left, target + (r * CopyPitch) + left, count);
        }

        return target;
    }

    // At most 20 numbers, for which a call would cost more than the copy.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyFew(float* source, float* target, int count)
    {
        int i = 0;
        for (; i + 4 <= count; i += 4)
        {
            Vector128.Load(source + i).Store(target + i);
        }

        for (; i < count; i++)
        {
            target[i] = source[i];
        }
    }

    private readonly record struct Place(int Image, int Row, int Column);

    [InlineArray(WinogradGrid.RunsPerVector)]
    private struct Four
    {
        private Place _first;
    }
}
