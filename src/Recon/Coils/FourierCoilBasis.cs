using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

// Image and maps live in k-space: x̂ on (calibration + kernel − 1)² and ŝ on kernel² frequencies, y = F IFFT(x̂ * ŝ), the convolution cut to
// the calibration² values that see all of ŝ, as SigPy's JsenseRecon does. On a grid of calibration + kernel − 1 or more points
// the circular convolution, a product of images, has the same values there. Derivation: docs/derivations/jsense.md.

/// <summary>Coil maps as truncated Fourier series.</summary>
internal sealed class FourierCoilBasis : ICoilBasis
{
    private readonly TensorScope _scope;
    private readonly NufftPlan _plan;
    private readonly CutNormal _normal;
    private readonly int _kernel, _side;
    private readonly DType _type;

    /// <summary>The basis for some samples.</summary>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view, within ±calibration/2.</param>
    /// <param name="weights">[sample] float32 or float64, on the device that computes; used as they are.</param>
    /// <param name="calibration">Width of the calibration region, even.</param>
    /// <param name="kernel">Width of a coil's kernel.</param>
    public FourierCoilBasis(Tensor points, Tensor weights, int calibration, int kernel)
    {
        Device device = weights.Device;
        _scope = new TensorScope(device, MemoryOwner.Plans);
        (_kernel, _type) = (kernel, weights.DType.ToComplex());
        _side = SmoothAtLeast(calibration + kernel - 1);
        _plan = NufftPlan.Create(points, calibration, calibration, NufftAccuracy.Finest);
        _normal = new CutNormal(CalibrationNormal.Create(points, weights, calibration, _scope), _side);

        // The phase puts the frequencies of the calibration region into the first rows and columns of the product's transform.
        Synthesis = new KernelSynthesis(kernel, (_side / 2) - (calibration / 2) + (kernel / 2), _side, _side, _type, _scope);
    }

    /// <inheritdoc/>
    public ILinearOperator Synthesis { get; }

    /// <inheritdoc/>
    public ILinearOperator Normal => _normal;

    /// <inheritdoc/>
    public void Adjoint(Tensor samples, Tensor images)
    {
        using var work = new TensorScope(samples.Device, MemoryOwner.Workspace);
        Tensor small = work.New(samples.DType, [.. samples.Shape[..^1], .. _plan.Domain]);
        _plan.Adjoint(samples, small);
        _normal.Expand(small, images);
    }

    /// <inheritdoc/>
    public ILinearOperator SynthesisAt(int rows, int columns, TensorScope scope) => new KernelSynthesis(_kernel, _kernel / 2, rows, columns, _type, scope);

    /// <summary>Gives the tables back.</summary>
    public void Dispose()
    {
        _normal.Dispose();
        _plan.Dispose();
        _scope.Dispose();
    }

    /// <summary>The next size whose transform is fast: a product of 2, 3, 5 and 7.</summary>
    private static int SmoothAtLeast(int size)
    {
        int rest = size;
        foreach (int factor in new[] { 2, 3, 5, 7 })
        {
            while (rest % factor == 0)
            {
                rest /= factor;
            }
        }

        return rest == 1 ? size : SmoothAtLeast(size + 1);
    }

    /// <summary>Eᴴ T E: E cuts the k-space of a product image to the calibration region, T = Fᴴ W F on the image of that region.</summary>
    private sealed class CutNormal(ToeplitzNormal calibration, int side) : ILinearOperator, IDisposable
    {
        public Shape Domain { get; } = [side, side];

        public Shape Range => Domain;

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
        {
            using var work = new TensorScope(x.Device, MemoryOwner.Workspace);
            Tensor product = work.New(x.DType, [checked((int)(x.Count / Domain.Count)), side, side]);
            Tensor small = work.New(x.DType, [product.Shape[0], .. calibration.Domain]), filtered = work.Like(small);
            Fft.Forward(x.Reshape(product.Shape), product);
            Cut(product).Forward(product, small);
            Fft.Inverse(small, small);
            calibration.Forward(small, filtered);
            Accumulation.Write(y, mode, target => Expand(filtered, target));
        }

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite) => Forward(y, x, mode);

        /// <summary>images = Eᴴ small; the content of <paramref name="small"/> is used up.</summary>
        public void Expand(Tensor small, Tensor images)
        {
            Tensor product = images.Reshape([checked((int)(images.Count / Domain.Count)), side, side]);
            Fft.Forward(small, small);
            Cut(product).Adjoint(small.Reshape([product.Shape[0], .. calibration.Domain]), product);
            Fft.Inverse(product, product);
        }

        public void Dispose() => calibration.Dispose();

        private Crop Cut(Tensor product) => new(product.Shape, calibration.Domain[0], calibration.Domain[1]);
    }
}
