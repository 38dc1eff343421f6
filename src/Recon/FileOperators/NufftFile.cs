using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>One NUFFT between array files.</summary>
public sealed record NufftRequest
{
    /// <summary>Trajectory [..., 2] = (kx, ky), cycles per field of view.</summary>
    public required string Trajectory { get; init; }

    /// <summary>Image [..., rows, columns] for the forward transform, samples [..., samples] for the adjoint.</summary>
    public required string Input { get; init; }

    /// <summary>Result.</summary>
    public required string Output { get; init; }

    /// <summary>Image size of the adjoint; null for the forward transform, which takes it from the image.</summary>
    public (int Rows, int Columns)? AdjointSize { get; init; }

    /// <summary>Oversampling and kernel width of single precision.</summary>
    public NufftAccuracy Accuracy { get; init; } = NufftAccuracy.Accurate;

    /// <summary>Whether to compute in double precision, which is the exact sum.</summary>
    public bool IsDouble { get; init; }
}

/// <summary>What a NUFFT between files did.</summary>
/// <param name="Result">Type and shape of the result.</param>
/// <param name="PredictedError">Predicted relative l2 error against the exact sum; 0 in double precision.</param>
public sealed record NufftOutcome(string Result, double PredictedError);

/// <summary>The orthonormal NUFFT and its adjoint between array files.</summary>
public static class NufftFile
{
    /// <summary>Reads, transforms, writes.</summary>
    /// <exception cref="InputException">A file cannot be used, or sizes do not fit together.</exception>
    public static NufftOutcome Run(NufftRequest request, Device device)
    {
        using TensorScope host = new(device.Host, MemoryOwner.Data), scope = new(device, MemoryOwner.Data);
        Tensor input = Load(request, host);
        (int rows, int columns) = request.AdjointSize ?? SizeOf(input, request.Input);
        Tensor points = TrajectoryReader.Read(request.Trajectory, rows, columns, host);
        using NufftPlan plan = NufftPlan.Create(scope.Bring(points), rows, columns, request.Accuracy);
        Tensor output;
        if (request.AdjointSize is null)
        {
            output = scope.New(input.DType, input.Shape[..^2].Concat(plan.Range));
            plan.Forward(scope.Bring(input), output);
        }
        else
        {
            Tensor samples = Flat(input, points.Shape[..^1], request);
            output = scope.New(samples.DType, samples.Shape[..^1].Concat(plan.Domain));
            plan.Adjoint(scope.Bring(samples), output);
        }

        // BART's format has no double precision; rounding the exact sum once keeps it far more accurate than gridding.
        Tensor written = request.IsDouble && ArrayFile.IsBart(request.Output) ? Converted(output, DType.Complex64, scope) : output;
        ArrayFile.Write(request.Output, written);
        return new NufftOutcome(written.Describe(), request.IsDouble ? 0 : plan.PredictedError);
    }

    private static Tensor Load(NufftRequest request, TensorScope scope)
    {
        Tensor stored = ArrayFile.Read(request.Input, scope);
        if (!stored.DType.IsComplex())
        {
            throw new InputException($"'{request.Input}' is {stored.Describe()}; a complex array was expected. Convert it, for example with x.astype('complex64').");
        }

        ArrayFile.RequireFinite(stored, request.Input);
        return Converted(stored, request.IsDouble ? DType.Complex128 : DType.Complex64, scope);
    }

    private static Tensor Converted(Tensor stored, DType wanted, TensorScope scope)
    {
        if (stored.DType == wanted)
        {
            return stored;
        }

        Tensor converted = scope.New(wanted, stored.Shape);
        Cast.Run(stored, converted);
        return converted;
    }

    private static (int Rows, int Columns) SizeOf(Tensor image, string path) => image.Shape.Rank >= 2
        ? (image.Shape[^2], image.Shape[^1])
        : throw new InputException($"'{path}' is {image.Describe()}; an image [..., rows, columns] was expected.");

    // Samples may keep the axes of the trajectory, such as [..., spokes, readout], or have them as one; BART's first
    // dimension, the third readout direction of size 1, is then the last axis.
    private static Tensor Flat(Tensor samples, Shape axes, NufftRequest request)
    {
        int count = checked((int)axes.Count);
        if (ArrayFile.IsBart(request.Input) && samples.Shape.Rank > axes.Rank && samples.Shape[^1] == 1)
        {
            samples = samples.Reshape(samples.Shape[..^1]);
        }

        if (samples.Shape.Rank >= axes.Rank && samples.Shape[^axes.Rank..] == axes)
        {
            return samples.Reshape(samples.Shape[..^axes.Rank].Concat([count]));
        }

        return samples.Shape.Rank >= 1 && samples.Shape[^1] == count
            ? samples
            : throw new InputException($"'{request.Input}' is {samples.Describe()}, the trajectory has points {axes}; "
                + $"samples [..., {count}] or with the axes of the trajectory were expected.");
    }
}
