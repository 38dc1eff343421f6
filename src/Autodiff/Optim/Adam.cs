using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>The Adam optimiser [KIN15] over a set of parameters.</summary>
public sealed class Adam : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly TensorScope _scope;
    private readonly Tensor[] _means;
    private readonly Tensor[] _meanSquares;

    /// <summary>An optimiser at step 0.</summary>
    /// <param name="parameters">What is trained; must outlive the optimiser.</param>
    /// <param name="constants">Rates and decays.</param>
    public Adam(ParameterSet parameters, AdamConstants constants)
    {
        _parameters = parameters;
        Constants = constants;
        _scope = new TensorScope(parameters.Device, MemoryOwner.Optimiser);
        _means = [.. parameters.All.Select(p => _scope.Zeros(p.Value.DType, p.Value.Shape))];
        _meanSquares = [.. parameters.All.Select(p => _scope.Zeros(p.Value.DType, p.Value.Shape))];
    }

    /// <summary>Rates and decays; may be changed between steps.</summary>
    public AdamConstants Constants { get; set; }

    /// <summary>
    /// Decoupled weight decay λ [LOS19]: before a step p ← (1 − η λ) p. It acts on arrays of two axes or more, that is on weights of
    /// convolutions and not on biases and scalars.
    /// </summary>
    public double WeightDecay { get; init; }

    /// <summary>Number of steps taken.</summary>
    public long StepCount { get; set; }

    /// <summary>Mean and mean square of the gradient of each parameter, for checkpoints, by parameter name.</summary>
    public IEnumerable<(string Name, Tensor Mean, Tensor MeanSquare)> State =>
        _parameters.All.Select((p, i) => (p.Name, _means[i], _meanSquares[i]));

    /// <summary>One step along <see cref="Parameter.Gradient"/>.</summary>
    /// <param name="gradientScale">Factor on all gradients, for clipping.</param>
    public void Step(double gradientScale = 1)
    {
        StepCount++;
        AdamConstants constants = Constants with { GradientScale = gradientScale };
        for (int i = 0; i < _means.Length; i++)
        {
            Parameter parameter = _parameters.All[i];
            if (WeightDecay > 0 && parameter.Value.Shape.Rank > 1)
            {
                Scale.Run(1 - (constants.LearningRate * WeightDecay), parameter.Value, parameter.Value);
            }

            AdamStep.Run(parameter.Value, parameter.Gradient, _means[i], _meanSquares[i], StepCount, constants);
        }
    }

    /// <summary>l2 norm of all gradients together.</summary>
    public double GradientNorm()
    {
        // The squares stay on the device until all are there: one wait instead of one per parameter.
        using var scope = new TensorScope(_parameters.Device, MemoryOwner.Workspace);
        Tensor squares = scope.New(DType.Float64, [_parameters.All.Count]);
        for (int i = 0; i < _parameters.All.Count; i++)
        {
            Tensor gradient = _parameters.All[i].Gradient, whole = gradient.Reshape(Shape.Create([1]).Concat(gradient.Shape));
            Reduce.DotOfSlices(whole, whole, squares.Slice(i, 1));
        }

        return Math.Sqrt(squares.ToArray<double>().Sum());
    }

    /// <summary>Gives the state's bytes back.</summary>
    public void Dispose() => _scope.Dispose();
}
