using System.Text.Json;

namespace Stardeq.Recon;

/// <summary>A plan as JSON for other programs: sizes in bytes, times in seconds.</summary>
internal static class PlanJson
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The text.</summary>
    public static string Text(Plan plan)
    {
        (string version, string? commit) = RunRecord.Program();
        TrainingForecast forecast = plan.Forecast;
        return JsonSerializer.Serialize(
            new
            {
                Program = new { version, commit },
                Model = ModelFactory.Name(plan.Fit.Config),
                forecast.PeakBytes,
                forecast.ReservedBytes,
                forecast.PreparationBytes,
                plan.ProgramBytes,
                plan.TotalBytes,
                OwnersAtPeak = forecast.Entries.GroupBy(entry => entry.Owner).ToDictionary(group => $"{group.Key}".ToLowerInvariant(), group => group.Sum(entry => entry.BytesAtPeak)),
                PeaksOfPhases = forecast.Phases,
                Entries = forecast.Entries.Select(entry => new { Owner = $"{entry.Owner}".ToLowerInvariant(), entry.Phase, entry.Origin, entry.PeakBytes, entry.BytesAtPeak }),
                forecast.HostBytes,
                SlicesInMemory = forecast.Waiting?.Held,
                SlicesInFiles = forecast.Waiting?.Stored,
                Roof = plan.Roof is { } roof ? new { FlopsPerSecond = roof.Flops, roof.BytesPerSecond, roof.Threads } : null,
                plan.StepSeconds,
                plan.StepsPerEpoch,
                Kernels = forecast.Step.Kernels.Select(kernel => new { kernel.Kernel, kernel.Calls, kernel.Work.Flops, kernel.Work.Bytes, Seconds = StepForecast.Seconds(kernel, plan.Roof!) }),
                plan.Budget,
                plan.Fit.Fits,
                Savings = plan.Fit.Taken.Select(taken => new { taken.Key, taken.Value, taken.Bytes }),
            },
            s_format) + "\n";
    }
}
