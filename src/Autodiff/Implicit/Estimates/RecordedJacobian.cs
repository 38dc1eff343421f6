using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>The Jacobian of a recorded map from a space to itself as a real-linear operator: a sweep per product, and they are counted.</summary>
/// <param name="tape">Tape of the map.</param>
/// <param name="input">Where the map starts.</param>
/// <param name="output">Where it ends, of the shape of the input.</param>
internal sealed class RecordedJacobian(Tape tape, Variable input, Variable output) : ILinearOperator
{
    public Shape Domain => input.Value.Shape;

    public Shape Range => output.Value.Shape;

    /// <summary>Products so far.</summary>
    public int Sweeps { get; private set; }

    public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite)
    {
        Sweeps++;
        if (mode == WriteMode.Overwrite)
        {
            tape.Tangent(output, [(input, x)], y);
            return;
        }

        using var scope = new TensorScope(tape.Device, MemoryOwner.Workspace);
        Tensor product = scope.Like(y);
        tape.Tangent(output, [(input, x)], product);
        Add.Run(y, product, y);
    }

    public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
    {
        Sweeps++;
        if (mode == WriteMode.Overwrite)
        {
            x.Clear();
        }

        tape.Backward(output, y, new GradientTargets().Add(input, x));
    }
}
