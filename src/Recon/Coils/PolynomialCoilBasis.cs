using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Coil maps as polynomials of the position [YIN07]; samples are transforms of the product image itself.</summary>
internal sealed class PolynomialCoilBasis : ICoilBasis
{
    // A product with a polynomial moves signal from just outside the calibration region into it, so the image needs those frequencies too.
    private const int SidePerCalibration = 2;

    private readonly TensorScope _scope;
    private readonly NufftPlan _plan;
    private readonly ToeplitzNormal _normal;
    private readonly int _degree;
    private readonly DType _type;

    /// <summary>The basis for some samples.</summary>
    /// <param name="points">[sample, 2] (kx, ky) in cycles per field of view, within ±calibration/2.</param>
    /// <param name="weights">[sample] float32 or float64, on the device that computes; used as they are.</param>
    /// <param name="calibration">Width of the calibration region.</param>
    /// <param name="degree">Total degree.</param>
    public PolynomialCoilBasis(Tensor points, Tensor weights, int calibration, int degree)
    {
        int side = SidePerCalibration * calibration;
        _scope = new TensorScope(weights.Device, MemoryOwner.Plans);
        (_degree, _type) = (degree, weights.DType.ToComplex());
        _plan = NufftPlan.Create(points, side, side, NufftAccuracy.Finest);
        _normal = CalibrationNormal.Create(points, weights, side, _scope);
        Synthesis = new PolynomialSynthesis(degree, side, side, _type, _scope);
    }

    /// <inheritdoc/>
    public ILinearOperator Synthesis { get; }

    /// <inheritdoc/>
    public ILinearOperator Normal => _normal;

    /// <inheritdoc/>
    public void Adjoint(Tensor samples, Tensor images) => _plan.Adjoint(samples, images);

    /// <inheritdoc/>
    public ILinearOperator SynthesisAt(int rows, int columns, TensorScope scope) => new PolynomialSynthesis(_degree, rows, columns, _type, scope);

    /// <summary>Gives the tables back.</summary>
    public void Dispose()
    {
        _normal.Dispose();
        _plan.Dispose();
        _scope.Dispose();
    }
}
