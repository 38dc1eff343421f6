using System.Diagnostics;
using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>Training in a process of its own, which is killed without warning and resumed.</summary>
public sealed class KilledTrainingTests : CommandLineSession
{
    private const int MostKills = 20;

    [Test]
    public void A_run_that_is_killed_again_and_again_ends_with_the_bits_of_one_that_never_was()
    {
        Succeed("simulate --matrix 16 --coils 2 --slices 2 --train-subjects 2 --validation-subjects 1 --test-subjects 1 --out @data");
        string[] training =
        [
            "train", "--device", "cpu", "--threads", "1", "--data", At("data"), "--set", "base=2", "poolings=1", "epochs=60", "max_iterations=8", "tolerance=0.01",
            "init=cascaded", "cache_store=mapped", "cache_precision=half", "checkpoint_every=3", "guard_every=5", "lr_schedule=cosine", "lr_warmup=5",
        ];
        var clock = Stopwatch.StartNew();
        Finish([.. training, "--out", At("whole")]);
        double whole = clock.Elapsed.TotalSeconds;

        // The moments are drawn anew each time; they are in the message of a failure. Every second process is killed at any moment,
        // its start included; the others a moment after they have written a checkpoint, so that the run gets on however slowly
        // processes start here. The first of them makes the run one that can be resumed.
        var random = new Random();
        List<double> moments = [];
        for (int kill = 0; kill < MostKills && !File.Exists(At("killed/report.html")); kill++)
        {
            bool isBegun = File.Exists(At("killed/checkpoint.safetensors"));
            DateTime written = LastWritten();
            using Process process = Start(isBegun ? ["train", "--device", "cpu", "--threads", "1", "--data", At("data"), "--out", At("killed"), "--resume"] : [.. training, "--out", At("killed"), "--overwrite"]);
            clock.Restart();
            while (kill % 2 == 0 && LastWritten() == written && !process.WaitForExit(1))
            {
            }

            moments.Add(clock.Elapsed.TotalSeconds + (whole * random.NextDouble() * (kill % 2 == 0 ? 0.1 : 0.5)));
            if (!process.WaitForExit(TimeSpan.FromSeconds(Math.Max(0, moments[^1] - clock.Elapsed.TotalSeconds))))
            {
                process.Kill(entireProcessTree: true);
            }

            process.WaitForExit();
        }

        if (!File.Exists(At("killed/report.html")))
        {
            Finish(["train", "--device", "cpu", "--threads", "1", "--data", At("data"), "--out", At("killed"), "--resume"]);
        }

        Assert.That(TinyTraining.Traces(At("killed")), Is.EqualTo(TinyTraining.Traces(At("whole"))), $"killed after {string.Join(", ", moments.Select(m => $"{m:0.000}"))} s");
        Assert.That(Content().Where(name => name.Contains(".tmp-", StringComparison.Ordinal)), Is.Empty, "torn files are removed");
    }

    private DateTime LastWritten() => File.GetLastWriteTimeUtc(At("killed/checkpoint.safetensors"));

    private static void Finish(string[] arguments)
    {
        using Process process = Start(arguments);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, error);
    }

    private static Process Start(string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "stardeq.dll"), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
}
