using Stardeq.Autodiff;

namespace Stardeq.Recon;

/// <summary>
/// Watches a training for divergence and turns it back: weights and optimiser return to the last good state, the learning rate is
/// halved, and after a failure of the solver Anderson's memory and mixing are halved too. Time goes on: steps are never counted
/// twice, so the same slices do not meet the same weights again.
/// </summary>
/// <remarks>
/// The loss explodes when it exceeds <c>guard_factor</c> times the median of the last <c>guard_window</c> good losses. Every slice
/// is scaled to order one, so their losses differ by a small factor, and an explosion by orders of magnitude. Every decision is a
/// function of values in the checkpoint.
/// </remarks>
public sealed class DivergenceGuard : ICheckpointPart, IDisposable
{
    private const string LossesKey = "guard_losses", SolvesKey = "guard_solves";
    private const string RescuesKey = "guard_rescues", SolverRescuesKey = "guard_solver_rescues";

    private readonly TrainingConfig _config;
    private readonly KeptState _kept;
    private readonly RecentValues _losses;
    private readonly RecentValues _solves; // 1 for a diverged solve, 0 for another
    private long _rescues;
    private long _solverRescues;

    /// <summary>A guard that keeps the present state.</summary>
    /// <param name="config">Limits.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="adam">Its optimiser.</param>
    public DivergenceGuard(TrainingConfig config, ParameterSet parameters, Adam adam)
    {
        _config = config;
        _kept = new KeptState(parameters, adam);
        _losses = new RecentValues(config.GuardWindow);
        _solves = new RecentValues(config.GuardWindow);
    }

    /// <summary>Factor on the learning rate: 1, and half as much after each rescue.</summary>
    public double RateFactor => Math.ScaleB(1, -(int)_rescues);

    /// <summary>The settings of a step, as rescues changed them.</summary>
    public TrainingConfig Adjust(TrainingConfig config) => _solverRescues == 0 || config.Solver != SolverKind.Anderson ? config : config with
    {
        AndersonMemory = Math.Max(1, config.AndersonMemory >> (int)_solverRescues),
        AndersonBeta = Math.ScaleB(config.AndersonBeta, -(int)_solverRescues),
    };

    /// <summary>Takes a finished step into account.</summary>
    /// <param name="step">Its number, from 1.</param>
    /// <param name="result">What it did.</param>
    /// <returns>Null if all is well; otherwise what is wrong, and <see cref="TurnBack"/> is due.</returns>
    public DivergedException? Judge(long step, StepResult result)
    {
        if (_losses.Count > 0 && result.Loss > _config.GuardFactor * _losses.Median())
        {
            return new DivergedException(DivergenceCause.LossExplosion, $"loss {result.Loss:g4} is above {_config.GuardFactor:g4} times the median {_losses.Median():g4} of the last {_losses.Count}");
        }

        _losses.Add(result.Loss);
        foreach (SliceSolve solve in result.Solution)
        {
            _solves.Add(solve.Status == SolveStatus.Diverged ? 1 : 0);
        }

        if (_solves.IsFull && _solves.Mean() > _config.GuardDiverged)
        {
            return new DivergedException(DivergenceCause.SolvesDiverged, $"{_solves.Mean():p0} of the last {_config.GuardWindow} solves ended farther from the fixed point than they began");
        }

        if (step % _config.GuardEvery == 0)
        {
            _kept.Keep(step);
        }

        return null;
    }

    /// <summary>Returns to the last good state and makes the next steps more careful.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <returns>What was changed, in one line.</returns>
    /// <exception cref="DivergedException">Training has been turned back as often as it may.</exception>
    public string TurnBack(DivergedException failure)
    {
        if (_rescues == _config.GuardRescues)
        {
            throw new DivergedException(failure.Cause, $"{failure.Message} Training was turned back {_rescues} times, as often as guard_rescues allows. "
                + "The last checkpoint is intact. Try a smaller learning_rate, gradient_clip=1, or denoiser=averaged.");
        }

        _rescues++;
        _solverRescues += failure.Cause is DivergenceCause.SolveNotFinite or DivergenceCause.SolvesDiverged ? 1 : 0;
        _kept.Restore();
        _solves.Clear();
        TrainingConfig now = Adjust(_config);
        string solver = now != _config ? $"; anderson_memory {now.AndersonMemory}; anderson_beta {now.AndersonBeta:g4}" : "";
        return $"rescue {_rescues} of {_config.GuardRescues} ({failure.Cause}): {failure.Message}; weights of step {_kept.Step} again; learning rate x {RateFactor:g4}{solver}";
    }

    /// <inheritdoc/>
    public void Save(CheckpointContent content)
    {
        content.SetWhole(RescuesKey, _rescues);
        content.SetWhole(SolverRescuesKey, _solverRescues);
        content.Set(LossesKey, _losses.Values);
        content.Set(SolvesKey, _solves.Values);
        _kept.Save(content);
    }

    /// <inheritdoc/>
    public void Load(CheckpointContent content)
    {
        (_rescues, _solverRescues) = (content.Whole(RescuesKey), content.Whole(SolverRescuesKey));
        _losses.Replace(content.Numbers(LossesKey));
        _solves.Replace(content.Numbers(SolvesKey));
        _kept.Load(content);
    }

    /// <summary>Gives the kept state's memory back.</summary>
    public void Dispose() => _kept.Dispose();
}
