using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Fixed points of z ↦ act(W z) + b with a small convolution W: contractive, nonlinear, with parameters.</summary>
internal sealed class ContractiveProblem : IDisposable
{
    /// <summary>Bound on the norm of the Jacobian.</summary>
    public const double Contraction = 0.5;

    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Tensor _target;

    public ContractiveProblem(Device device, int slices, int first = 0, double scale = 1)
    {
        Scope = new TensorScope(device, MemoryOwner.Data);
        Parameters = new ParameterSet(device, DType.Float64);
        _weight = Parameters.Add("weight", [2, 2, 3, 3]);
        _bias = Parameters.Add("bias", [2]);
        RandomFill.Normal(_weight.Value, new CounterRandom(8));
        RandomFill.Normal(_bias.Value, new CounterRandom(9), scale);

        // ‖W‖₂ ≤ √(‖W‖₁ ‖W‖∞): the largest sums of absolute weights into one output and out of one input channel.
        double[] w = _weight.Value.ToArray<double>();
        double Sum(int axis, int channel) => w.Where((_, i) => (axis == 0 ? i / 18 : i / 9 % 2) == channel).Sum(Math.Abs);
        double bound = Math.Sqrt(Math.Max(Sum(0, 0), Sum(0, 1)) * Math.Max(Sum(1, 0), Sum(1, 1)));
        Scale.Run(Contraction / bound, _weight.Value, _weight.Value);
        Tensor start = Scope.New(DType.Float64, [slices, 2, 5, 4]);
        _target = Scope.Like(start);
        for (int slice = 0; slice < slices; slice++)
        {
            RandomFill.Normal(start.Slice(slice), new CounterRandom(10).Stream(first + slice), scale);
            RandomFill.Normal(_target.Slice(slice), new CounterRandom(13).Stream(first + slice), scale);
        }

        FixedPoint = new FixedPointProblem(Map, start);
    }

    public TensorScope Scope { get; }

    public ParameterSet Parameters { get; }

    public FixedPointProblem FixedPoint { get; }

    /// <summary>The fixed point to rounding.</summary>
    public Tensor Solved() => new Picard(1e-15, 200).Solve(FixedPoint, Scope).Value;

    public double[] ParameterGradient(IEquilibriumAdjoint adjoint, Tensor solution) => Gradient(adjoint, solution, point => point).Parameters;

    /// <summary>Gradient and adjoint solution; the point may be changed before the way back.</summary>
    public (double[] Parameters, AdjointSolution Adjoint) Gradient(IEquilibriumAdjoint adjoint, Tensor solution, Func<EquilibriumPoint, EquilibriumPoint> change) =>
        Gradient(adjoint, solution, (_, _, _) => { }, change);

    /// <summary>The same, with a look at tape, point and g before the way back.</summary>
    public void Gradient(IEquilibriumAdjoint adjoint, Tensor solution, Action<Tape, EquilibriumPoint, Tensor> look) => Gradient(adjoint, solution, look, point => point);

    private (double[] Parameters, AdjointSolution Adjoint) Gradient(
        IEquilibriumAdjoint adjoint, Tensor solution, Action<Tape, EquilibriumPoint, Tensor> look, Func<EquilibriumPoint, EquilibriumPoint> change)
    {
        using var tape = Tape.Recording(Scope.Device);
        EquilibriumPoint point = adjoint.Attach(tape, Map, solution);
        Variable loss = tape.MeanSquaredError(point.Output, tape.Input(_target));
        Tensor g = tape.Values.Zeros(DType.Float64, _target.Shape);
        tape.Backward(loss, tape.Values.From(Shape.Scalar, [1.0]), new GradientTargets().Add(point.Output, g));
        look(tape, point, g);
        Parameters.ClearGradients();
        AdjointSolution solved = adjoint.Backward(tape, change(point), g, new GradientTargets().Add(tape, Parameters.All), Scope);
        return ([.. Parameters.All.SelectMany(p => p.Gradient.ToArray<double>())], solved);
    }

    public double[] ParameterDifferences(double step)
    {
        var differences = new List<double>();
        foreach (Parameter parameter in Parameters.All)
        {
            for (int i = 0; i < parameter.Value.Count; i++)
            {
                Tensor element = parameter.Value.Reshape([(int)parameter.Value.Count]).Slice(i, 1);
                double kept = element.Item(), up = LossAt(element, kept + step), down = LossAt(element, kept - step);
                Fill.Run(kept, element);
                differences.Add((up - down) / (2 * step));
            }
        }

        return [.. differences];
    }

    public void Dispose()
    {
        Parameters.Dispose();
        Scope.Dispose();
    }

    private double LossAt(Tensor element, double value)
    {
        Fill.Run(value, element);
        using var scope = new TensorScope(Scope.Device, MemoryOwner.Data);
        Tensor z = new Picard(1e-15, 200).Solve(FixedPoint, scope).Value;
        return Reduce.SquaredDistance(z, _target) / z.Count;
    }

    private Variable Map(Tape tape, Variable z) =>
        tape.LeakyRelu(tape.Conv2d(z, tape.Use(_weight), tape.Use(_bias)), 0.2);
}
