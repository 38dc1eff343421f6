namespace Stardeq.Recon;

/// <summary>What smooth functions JSENSE builds coil maps from.</summary>
public enum CoilBasisKind
{
    /// <summary>A small kernel in k-space for each coil: a truncated Fourier series.</summary>
    Fourier,

    /// <summary>Polynomials of the position in the field of view.</summary>
    Polynomial,
}

/// <summary>Settings of <see cref="JsenseCoilMaps"/>.</summary>
public sealed record JsenseSettings
{
    /// <summary>What maps are built from.</summary>
    public CoilBasisKind Basis { get; init; } = CoilBasisKind.Fourier;

    /// <summary>Side of a coil's kernel in k-space, in cycles per field of view, of <see cref="CoilBasisKind.Fourier"/>.</summary>
    public int Kernel { get; init; } = 12;

    /// <summary>Total degree of <see cref="CoilBasisKind.Polynomial"/>.</summary>
    public int Degree { get; init; } = 6;

    /// <summary>Width of the calibration region unless another is chosen, cycles per field of view; smaller images give all that they have.</summary>
    public const int DefaultCalibration = 32;

    /// <summary>Width of the calibration region in cycles per field of view, even: samples with |kx| and |ky| below half of it are used.</summary>
    public int Calibration { get; init; } = DefaultCalibration;

    /// <summary>The same for images of a size: the region of <see cref="DefaultCalibration"/> is no wider than they are.</summary>
    public JsenseSettings For(int rows, int columns) => Calibration == DefaultCalibration && Math.Min(rows, columns) is < DefaultCalibration and >= 2 and var width
        ? this with { Calibration = width & ~1 }
        : this;

    /// <summary>Rounds of coil step and image step.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Conjugate-gradient steps of each.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>λ: weight of the squared norms of coefficients and image beside the data, which have norm one.</summary>
    public double Lambda { get; init; } = 1e-2;

    /// <summary>The settings, if they fit together.</summary>
    /// <exception cref="InputException">A number is out of range, or the kernel is wider than the calibration region.</exception>
    public JsenseSettings Require()
    {
        Require(Calibration >= 2 && Calibration % 2 == 0, $"a calibration width of {Calibration} came; an even number of at least 2 was expected, so that k = 0 lies in its middle");
        Require(Basis != CoilBasisKind.Fourier || (Kernel >= 1 && Kernel <= Calibration), $"a kernel width of {Kernel} came; 1 to the calibration width, {Calibration}, was expected");
        Require(Basis != CoilBasisKind.Polynomial || Degree >= 0, $"a degree of {Degree} came; 0 or more was expected");
        Require(Rounds >= 1 && Iterations >= 1, $"{Rounds} rounds of {Iterations} iterations came; at least 1 of each was expected");
        Require(Lambda >= 0 && double.IsFinite(Lambda), $"lambda {Lambda} came; a finite number of at least 0 was expected");
        return this;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException($"jsense: {message}.");
        }
    }
}
