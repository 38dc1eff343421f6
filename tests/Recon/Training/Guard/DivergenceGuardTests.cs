using NUnit.Framework;
using Stardeq.Autodiff;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class DivergenceGuardTests
{
    private static readonly TrainingConfig s_config = TinyTraining.Config with { GuardWindow = 4, GuardEvery = 2, GuardFactor = 10 };

    private EquilibriumModel _model = null!;
    private Adam _adam = null!;

    [SetUp]
    public void Open()
    {
        _model = ModelFactory.Create(s_config, Device.Cpu);
        _adam = new Adam(_model.Parameters, new(1e-3, 0.9, 0.999, 1e-8));
    }

    [TearDown]
    public void Close()
    {
        _adam.Dispose();
        _model.Dispose();
    }

    [Test]
    public void A_loss_far_above_the_recent_ones_turns_back_to_the_last_kept_step()
    {
        using DivergenceGuard guard = Guard(s_config);
        string kept = "";
        for (int step = 1; step <= 5; step++)
        {
            Move(step);
            kept = step == 4 ? State() : kept;
            Assert.That(guard.Judge(step, Result(loss: step)), Is.Null);
        }

        Move(6);
        DivergedException failure = guard.Judge(6, Result(loss: 41))!; // the last four are 2, 3, 4, 5; the upper middle is 4
        Assert.That(failure.Cause, Is.EqualTo(DivergenceCause.LossExplosion));
        Assert.That(guard.TurnBack(failure), Does.Contain("rescue 1 of 4").And.Contain("LossExplosion").And.Contain("step 4").And.Contain("learning rate x 0.5"));
        Assert.That(State(), Is.EqualTo(kept));
        Assert.That(_adam.StepCount, Is.EqualTo(4));
        Assert.That(guard.RateFactor, Is.EqualTo(0.5));
        Assert.That(guard.Adjust(s_config), Is.EqualTo(s_config), "the solver was not to blame");
    }

    [Test]
    public void The_limit_holds_from_the_second_step_on_and_after_a_rescue()
    {
        using DivergenceGuard guard = Guard(s_config);
        Assert.That(guard.Judge(1, Result(1)), Is.Null);
        Assert.That(guard.Judge(2, Result(9.9)), Is.Null, "just below the limit");
        DivergedException failure = guard.Judge(3, Result(99.1))!; // the upper middle of 1 and 9.9
        guard.TurnBack(failure);
        Assert.That(guard.Judge(4, Result(99.1)), Is.Not.Null);
        Assert.That(guard.Judge(5, Result(98.9)), Is.Null);
    }

    [Test]
    public void Solves_that_diverge_too_often_make_the_solver_more_careful()
    {
        TrainingConfig config = s_config with { GuardDiverged = 0.5, AndersonMemory = 5, AndersonBeta = 0.8 };
        using DivergenceGuard guard = Guard(config);
        Assert.That(guard.Judge(1, Result(1, SolveStatus.Converged, SolveStatus.Diverged)), Is.Null);
        Assert.That(guard.Judge(2, Result(1, SolveStatus.Converged, SolveStatus.Diverged)), Is.Null, "half of them may");
        DivergedException failure = guard.Judge(3, Result(1, SolveStatus.Diverged))!;
        Assert.That(failure.Cause, Is.EqualTo(DivergenceCause.SolvesDiverged));
        guard.TurnBack(failure);
        Assert.That(guard.Adjust(config), Is.EqualTo(config with { AndersonMemory = 2, AndersonBeta = 0.4 }));
    }

    [Test]
    public void After_the_allowed_rescues_training_is_given_up_with_the_cause()
    {
        using DivergenceGuard guard = Guard(s_config with { GuardRescues = 2 });
        var failure = new DivergedException(DivergenceCause.GradientNotFinite, "the gradient is NaN.");
        guard.TurnBack(failure);
        guard.TurnBack(failure);
        Assert.That(guard.RateFactor, Is.EqualTo(0.25));
        Assert.That(() => guard.TurnBack(failure), Throws.TypeOf<DivergedException>().With.Property(nameof(DivergedException.Cause)).EqualTo(DivergenceCause.GradientNotFinite)
            .And.Message.Contains("turned back 2 times").And.Message.Contains("Try"));
    }

    private DivergenceGuard Guard(TrainingConfig config) => new(config, _model.Parameters, _adam);

    /// <summary>A step of the optimiser along a gradient of its own.</summary>
    private void Move(int step)
    {
        foreach (Parameter parameter in _model.Parameters.All)
        {
            RandomFill.Normal(parameter.Gradient, new CounterRandom((ulong)step).Stream(parameter.Name));
        }

        _adam.Step();
    }

    private string State() => string.Join(' ', TrainedState.Of(_model.Parameters, _adam).Select(t => Convert.ToHexString(Sample.Bits(t.Value))));

    private static StepResult Result(double loss, params SolveStatus[] statuses) =>
        new(loss, 30, [.. statuses.Select(status => new SliceSolve(status, [1e-3], 1e-3, 0, []))], 1);
}
