using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Coil maps of measured data: from what, and how. Null means the default.</summary>
public sealed record CoilsRequest
{
    /// <summary>Measured k-space, arrays (see <see cref="RadialData.Read"/>) or an ISMRMRD scan.</summary>
    public required string KSpace { get; init; }

    /// <summary>Its trajectory; a scan has its own.</summary>
    public string? Trajectory { get; init; }

    /// <summary>Image size in pixels; a scan says its own.</summary>
    public (int Rows, int Columns)? Size { get; init; }

    /// <summary>The method.</summary>
    public required CoilMapMethod Method { get; init; }

    /// <summary>What JSENSE builds maps from.</summary>
    public CoilBasisKind? Basis { get; init; }

    /// <summary>Side of the kernel of the Fourier basis, or of ESPIRiT.</summary>
    public int? Kernel { get; init; }

    /// <summary>Degree of the polynomial basis.</summary>
    public int? Degree { get; init; }

    /// <summary>Width of the calibration region of JSENSE or ESPIRiT.</summary>
    public int? Calibration { get; init; }

    /// <summary>Rounds of JSENSE.</summary>
    public int? Rounds { get; init; }

    /// <summary>Its conjugate-gradient steps per half-round.</summary>
    public int? Iterations { get; init; }

    /// <summary>Its λ.</summary>
    public double? Lambda { get; init; }

    /// <summary>Least singular value of ESPIRiT's kernels, part of the largest.</summary>
    public double? Threshold { get; init; }

    /// <summary>Least eigenvalue of a pixel of ESPIRiT's support.</summary>
    public double? Crop { get; init; }

    /// <summary>The method with its settings.</summary>
    /// <exception cref="InputException">A setting has no effect, or the settings do not fit together.</exception>
    public CoilMapChoice Choice()
    {
        CoilBasisKind basis = Basis ?? CoilBasisKind.Fourier;
        bool isScan = MeasuredData.IsScan(KSpace);
        Require(isScan || (Trajectory is not null && Size is not null), "--kspace, --trajectory and --size belong together; give all three. Only ISMRMRD files (.h5, .mrd) say the last two themselves.");
        Require(!isScan || Size is null || Size.Value.Rows == Size.Value.Columns, "images of a stack of stars are square; give --size N,N.");
        bool isJsense = Method == CoilMapMethod.Jsense, isEspirit = Method == CoilMapMethod.Espirit;
        Require(isJsense || Basis is null && (Degree ?? Rounds ?? Iterations) is null && Lambda is null, "--basis, --degree, --outer, --inner and --lambda belong to --method jsense; leave them out.");
        Require(isEspirit || (Threshold ?? Crop) is null, "--threshold and --crop belong to --method espirit; leave them out.");
        Require(isJsense || isEspirit || (Calibration ?? Kernel) is null, "--calibration and --kernel belong to --method jsense or espirit; leave them out.");
        Require(!isJsense || basis == CoilBasisKind.Fourier || Kernel is null, "--kernel belongs to --basis fourier; leave it out, or give --degree.");
        Require(basis == CoilBasisKind.Polynomial || Degree is null, "--degree belongs to --basis polynomial; leave it out, or give --kernel.");
        JsenseSettings jsense = new();
        EspiritSettings espirit = new();
        return new CoilMapChoice
        {
            Method = Method,
            Jsense = isJsense ? (jsense with
            {
                Basis = basis,
                Kernel = Kernel ?? jsense.Kernel,
                Degree = Degree ?? jsense.Degree,
                Calibration = Calibration ?? jsense.Calibration,
                Rounds = Rounds ?? jsense.Rounds,
                Iterations = Iterations ?? jsense.Iterations,
                Lambda = Lambda ?? jsense.Lambda,
            }).Require() : jsense,
            Espirit = isEspirit ? (espirit with
            {
                Kernel = Kernel ?? espirit.Kernel,
                Calibration = Calibration ?? espirit.Calibration,
                Threshold = Threshold ?? espirit.Threshold,
                Crop = Crop ?? espirit.Crop,
            }).Require() : espirit,
        };
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InputException(message);
        }
    }
}

/// <summary>Coil maps as array files.</summary>
public static class CoilsFile
{
    /// <summary>Estimates the maps of measured data and writes them.</summary>
    /// <param name="path">Array file to write: complex64 [coil, rows, columns] or [frame, coil, rows, columns].</param>
    /// <param name="request">From what, and how.</param>
    /// <param name="device">Where to compute.</param>
    /// <returns>Type and shape of the result, how much of the image is inside the support, and what was done to a scan first.</returns>
    /// <exception cref="InputException">Something does not fit together, or a file cannot be used.</exception>
    public static IReadOnlyList<string> Write(string path, CoilsRequest request, Device device)
    {
        CoilMapChoice choice = request.Choice();
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        MeasuredData measured = MeasuredData.IsScan(request.KSpace)
            ? MeasuredData.ReadScan(request.KSpace, request.Trajectory, request.Size?.Rows, device, scope)
            : new MeasuredData(RadialData.Read(request.KSpace, request.Trajectory!, request.Size!.Value.Rows, request.Size.Value.Columns, scope), request.Size.Value.Rows, request.Size.Value.Columns);
        (RadialData data, int rows, int columns) = measured;
        Tensor maps = choice.Estimate(data, rows, columns, device, scope);
        Tensor result = data.HasFrames ? maps : maps.Slice(0);
        ArrayFile.Write(path, result);
        int frames = data.Frames, pixels = rows * columns;
        double power = Kernels.Reduce.SumOfSquares(maps); // each pixel of the support is a unit vector
        return [string.Create(CultureInfo.InvariantCulture, $"{result.Describe()}, {100 * power / (frames * (double)pixels):0.0} % of the pixels inside the support"), .. measured.Steps];
    }
}
