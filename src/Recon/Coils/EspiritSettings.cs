namespace Stardeq.Recon;

/// <summary>Settings of <see cref="EspiritCoilMaps"/>.</summary>
public sealed record EspiritSettings
{
    /// <summary>Width of the square calibration region in cycles per field of view, even.</summary>
    public int Calibration { get; init; } = 24;

    /// <summary>Side of the kernels in k-space, in cycles per field of view.</summary>
    public int Kernel { get; init; } = 6;

    /// <summary>Kernels are kept whose singular value exceeds this part of the largest.</summary>
    public double Threshold { get; init; } = 0.02;

    /// <summary>Least eigenvalue of a pixel of the support: 1 where the calibration region explains the pixel, less where there is noise.</summary>
    public double Crop { get; init; } = 0.8;

    /// <summary>These settings, if they fit together.</summary>
    /// <exception cref="InputException">A number is out of range, or the kernel is wider than the calibration region.</exception>
    public EspiritSettings Require()
    {
        Require(Calibration >= 2 && Calibration % 2 == 0, $"a calibration width of {Calibration} came; an even number of at least 2 was expected, so that k = 0 lies in its middle");
        Require(Kernel >= 1 && Kernel <= Calibration, $"a kernel width of {Kernel} came; 1 to the calibration width, {Calibration}, was expected");
        Require(Threshold is > 0 and < 1, $"threshold {Threshold} came; a number between 0 and 1 was expected");
        Require(Crop is >= 0 and < 1, $"crop {Crop} came; a number from 0 to below 1 was expected");
        return this;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException($"espirit: {message}.");
        }
    }
}
