using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A training to be planned.</summary>
/// <param name="Config">Every key with its value.</param>
/// <param name="DataFolder">Data set whose sizes count, or null for the one that the configuration would simulate.</param>
/// <param name="Threads">Threads of the CPU, 0 for all.</param>
public sealed record PlanRequest(TrainingConfig Config, string? DataFolder, int Threads)
{
    /// <summary>Bytes that the whole program may take, or null.</summary>
    public long? Budget { get; init; }

    /// <summary>File for other programs, or null.</summary>
    public string? JsonPath { get; init; }
}

/// <summary>What the verb <c>plan</c> does: says what a training will hold and how long a step will take, and makes it fit.</summary>
public static class PlanRun
{
    /// <summary>Plans.</summary>
    /// <param name="request">The training.</param>
    /// <returns>The lines to show, and whether the training fits into the budget; true without one.</returns>
    /// <exception cref="InputException">Settings contradict each other, or there is no such data set.</exception>
    public static (IReadOnlyList<string> Lines, bool Fits) Run(PlanRequest request)
    {
        DatasetDescription data = request.DataFolder is { } folder ? DatasetFolder.Open(folder).Description : PlannedDataset.Of(SimulationSettings.From(request.Config)).Description;
        TrainingConfig config = request.Config with { Matrix = data.Matrix, Coils = data.Coils };
        MachineRoof roof = MachineRoof.Of(request.Threads == 0 ? Device.Cpu : new CpuDevice(request.Threads));
        TrainingForecast Rehearse(TrainingConfig changed) => TrainingRehearsal.Run(changed, data, request.Threads);
        TrainingForecast forecast = Rehearse(config);
        long program = ProgramBytes();
        MemoryFit fit = request.Budget is { } budget
            ? MemoryFit.Find(config, forecast, budget - program, Rehearse)
            : new MemoryFit(config, forecast, [], Fits: true);
        var plan = new Plan(fit, data, roof, program, request.Budget);
        if (request.JsonPath is { } path)
        {
            AtomicFile.WriteText(path, PlanJson.Text(plan));
        }

        return ([.. PlanText.Lines(plan)], fit.Fits);
    }

    /// <summary>What this process holds besides tensors: it has just run, and compiled, what a training runs.</summary>
    private static long ProgramBytes()
    {
        ProcessMemory now = ProcessMemory.Now(Device.Cpu);
        return now.ResidentBytes - now.PoolBytes;
    }
}
