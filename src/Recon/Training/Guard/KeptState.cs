using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A copy, in host memory, of everything that training steps change, to go back to.</summary>
internal sealed class KeptState : ICheckpointPart, IDisposable
{
    private const string Prefix = "guard.kept.", StepKey = "guard_kept_step", AdamKey = "guard_kept_adam_steps";

    private readonly Adam _adam;
    private readonly TensorScope _scope;
    private readonly (string Name, Tensor Live, Tensor Kept)[] _tensors;
    private long _adamSteps;

    /// <summary>Keeps the present state as that of step 0.</summary>
    public KeptState(ParameterSet parameters, Adam adam)
    {
        _adam = adam;
        _scope = new TensorScope(parameters.Device.Host, MemoryOwner.Optimiser);
        _tensors = [.. TrainedState.Of(parameters, adam).Select(t => (t.Name, t.Value, _scope.Like(t.Value)))];
        Keep(0);
    }

    /// <summary>Step after which the kept state was the present one.</summary>
    public long Step { get; private set; }

    /// <summary>Keeps the present state.</summary>
    public void Keep(long step)
    {
        (Step, _adamSteps) = (step, _adam.StepCount);
        foreach ((_, Tensor live, Tensor kept) in _tensors)
        {
            kept.CopyFrom(live);
        }
    }

    /// <summary>Makes the kept state the present one.</summary>
    public void Restore()
    {
        _adam.StepCount = _adamSteps;
        foreach ((_, Tensor live, Tensor kept) in _tensors)
        {
            live.CopyFrom(kept);
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointContent content)
    {
        content.SetWhole(StepKey, Step);
        content.SetWhole(AdamKey, _adamSteps);
        foreach ((string name, _, Tensor kept) in _tensors)
        {
            content.Tensors.Add(Prefix + name, kept);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        (Step, _adamSteps) = (content.Whole(StepKey), content.Whole(AdamKey));
        foreach ((string name, _, Tensor kept) in _tensors)
        {
            content.Fill(Prefix + name, kept);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _scope.Dispose();
}
