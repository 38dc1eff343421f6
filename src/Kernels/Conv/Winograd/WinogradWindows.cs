using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Stardeq.Kernels;

/// <summary>
/// Reads the windows of four runs of one channel: in place where they lie inside the image, else from a copy with zeros
/// around it.
/// </summary>
/// <remarks>The places, and the frames of the copies, are made once and serve all channels.</remarks>
internal unsafe ref struct WinogradWindows
{
    /// <summary>Floats of scratch that <see cref="Select"/> needs for the copies.</summary>
    public const int Scratch = WinogradGrid.RunsPerVector * Copy;

    private const int CopyPitch = 32, Copy = WinogradTransform.Inputs * CopyPitch;

    private readonly float* _images, _scratch;
    private readonly int _channels, _rows, _columns, _height, _width, _margin;
    private int _copied;                                     // bits of the runs whose windows reach over the edge
    private fixed long _start[WinogradGrid.RunsPerVector];   // floats from a channel of the first image to the window, or to its part inside
    private fixed int _target[WinogradGrid.RunsPerVector];   // floats from the copy of a window to that part
    private fixed int _rowsThere[WinogradGrid.RunsPerVector], _columnsThere[WinogradGrid.RunsPerVector]; // of the part

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
            (int top, int left) = (Math.Max(0, -row), Math.Max(0, -column));
            _start[e] = (((((long)image * _channels) * _rows) + row + top) * _columns) + column + left;
            if (inside)
            {
                continue;
            }

            _copied |= 1 << e;
            _target[e] = (top * CopyPitch) + left;
            _rowsThere[e] = image < 0 ? 0 : Math.Min(_height, _rows - row) - top;
            _columnsThere[e] = Math.Min(_width, _columns - column) - left;
            new Span<float>(_scratch + (e * Copy), Copy).Clear(); // the frame is the same in all channels
        }
    }

    /// <summary>Address of the window of one run in one channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* Of(int e, int channel, out nint pitch)
    {
        float* source = _images + ((long)channel * _rows * _columns) + _start[e];
        bool isCopied = (_copied >> e & 1) != 0;
        pitch = isCopied ? CopyPitch : _columns;
        return isCopied ? CopyWindow(e, source) : source;
    }

    private readonly float* CopyWindow(int e, float* source)
    {
        float* copy = _scratch + (e * Copy), target = copy + _target[e];
        for (int row = 0; row < _rowsThere[e]; row++, source += _columns, target += CopyPitch)
        {
            CopyFew(source, target, _columnsThere[e]);
        }

        return copy;
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
}
