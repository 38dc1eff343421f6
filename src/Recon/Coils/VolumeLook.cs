using System.Numerics;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// What coil maps of a slice take from the whole volume: the level of brightness that its support has, and the phase that neighbouring slices
/// share. The volume is looked at part by part, all in order, before maps of any part are made; nothing of its size stays in memory but one
/// number per pixel.
/// </summary>
public sealed class VolumeLook
{
    private readonly Tensor _points;
    private readonly double[] _weights;
    private readonly VirtualCoil _coil = new();
    private readonly List<double[]> _power = []; // of each slice, Σ over coils
    private bool _isRehearsal; // in which nothing is seen
    private double? _level;
    private Complex[]? _gauge;

    /// <summary>Nothing is seen yet.</summary>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view.</param>
    /// <param name="weights">Density weight of each sample; any scale.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    public VolumeLook(Tensor points, double[] weights, int rows, int columns) => (_points, _weights, Rows, Columns) = (points, weights, rows, columns);

    /// <summary>Image height in pixels.</summary>
    public int Rows { get; }

    /// <summary>Image width in pixels.</summary>
    public int Columns { get; }

    /// <summary>Calibration radius, window and support.</summary>
    public CoilMapSettings Settings { get; } = new();

    /// <summary>[sample, 2] (kx, ky) in cycles per field of view.</summary>
    internal Tensor Points => _points;

    /// <summary>Density weight of each sample.</summary>
    internal double[] Weights => _weights;

    /// <summary>The phase of all maps: dominant eigenvector of the coils over all slices, [coil].</summary>
    internal Complex[] Gauge => _gauge ??= _isRehearsal ? [] : _coil.Dominant();

    /// <summary>The next slices.</summary>
    /// <param name="slices">[slice, coil, sample] complex64, in host memory.</param>
    /// <exception cref="InputException">There is no sample within the calibration radius.</exception>
    public void Add(Tensor slices)
    {
        (_level, _gauge) = (null, null);
        using var work = new TensorScope(slices.Device, MemoryOwner.Workspace);
        Tensor images = Images(slices, work);
        _isRehearsal = images.Device.IsRehearsal;
        if (!_isRehearsal)
        {
            _coil.Add(images);
            _power.AddRange(SupportMask.Power(images));
        }
    }

    /// <summary>Low-resolution coil images of some slices, [slice, coil, y, x] complex64.</summary>
    internal Tensor Images(Tensor slices, TensorScope scope) => CalibrationImages.Compute(slices, _points, _weights, Rows, Columns, Settings.CalibrationRadius, scope);

    /// <summary>Where the subject is in a slice.</summary>
    /// <param name="slice">Index in the volume.</param>
    /// <returns>[y · columns + x].</returns>
    internal bool[] Support(int slice)
    {
        if (_isRehearsal)
        {
            return [];
        }

        _level ??= SupportMask.Level(_power, Settings.SupportThreshold);
        return SupportMask.Of(_power[slice], _level.Value, Rows, Columns);
    }
}
