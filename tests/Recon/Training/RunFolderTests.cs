using System.Text.Json;
using NUnit.Framework;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed class RunFolderTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("stardeq-run-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string At(string name) => Path.Combine(_root, name);

    private static MetricsRow Row(long step) => new()
    {
        Kind = step % 5 == 0 ? MetricsKind.Epoch : MetricsKind.Step,
        Step = step,
        Epoch = (int)((step + 4) / 5),
        Loss = 1.0 / step,
        Iterations = 7,
        Residual = step % 2 == 0 ? double.NaN : 1e-5 / 3,
    };

    [Test]
    public void A_resumed_log_equals_one_that_was_never_interrupted()
    {
        using (var whole = new MetricsLog(At("a.csv"), At("a.jsonl"), 0))
        {
            Enumerable.Range(1, 12).ToList().ForEach(step => whole.Add(Row(step)));
        }

        using (var first = new MetricsLog(At("b.csv"), At("b.jsonl"), 0))
        {
            Enumerable.Range(1, 9).ToList().ForEach(step => first.Add(Row(step)));
        }

        File.AppendAllText(At("b.csv"), "step,10,2,0.0"); // torn: the process was killed in mid-write
        File.AppendAllText(At("b.jsonl"), "{\"kind\":");
        using (var second = new MetricsLog(At("b.csv"), At("b.jsonl"), lastStep: 5)) // the checkpoint is of step 5
        {
            Assert.That(second.Rows, Has.Count.EqualTo(5));
            Enumerable.Range(6, 7).ToList().ForEach(step => second.Add(Row(step)));
            Assert.That(second.Rows, Has.Count.EqualTo(12));
        }

        Assert.That(File.ReadAllText(At("b.csv")), Is.EqualTo(File.ReadAllText(At("a.csv"))));
        Assert.That(File.ReadAllText(At("b.jsonl")), Is.EqualTo(File.ReadAllText(At("a.jsonl"))));
    }

    [Test]
    public void Rows_survive_the_csv_bit_by_bit()
    {
        MetricsRow[] rows = [.. Enumerable.Range(1, 6).Select(step => Row(step))];
        using (var log = new MetricsLog(At("m.csv"), At("m.jsonl"), 0))
        {
            rows.ToList().ForEach(log.Add);
        }

        Assert.That(MetricsLog.Read(At("m.csv")), Is.EqualTo(rows));
        foreach (string line in File.ReadLines(At("m.jsonl")))
        {
            Assert.That(() => JsonDocument.Parse(line).Dispose(), Throws.Nothing);
        }
    }

    [Test]
    public void A_foreign_metrics_file_is_refused()
    {
        File.WriteAllText(At("m.csv"), "a,b\n1,2\n");
        Assert.That(() => MetricsLog.Read(At("m.csv")), Throws.TypeOf<InputException>().With.Message.Contains("kind,step,epoch"));
    }

    [Test]
    public void A_folder_with_content_is_refused_and_left_alone()
    {
        File.WriteAllText(At("x.txt"), "mine");
        Assert.That(() => RunFolder.Open(_root, ExistingRun.Refuse), Throws.TypeOf<InputException>().With.Message.Contains("--overwrite"));
        Assert.That(Directory.GetFiles(_root), Has.Length.EqualTo(1));
    }

    [Test]
    public void Overwriting_drops_the_old_run_but_no_foreign_file()
    {
        File.WriteAllText(At("checkpoint.safetensors"), "old");
        File.WriteAllText(At("notes.txt"), "mine");
        RunFolder folder = RunFolder.Open(_root, ExistingRun.Overwrite);
        Assert.That(File.Exists(folder.Checkpoint), Is.False);
        Assert.That(File.Exists(At("notes.txt")), Is.True);
    }

    [Test]
    public void There_is_nothing_to_resume_without_a_checkpoint_and_the_latest_run_is_named()
    {
        Directory.CreateDirectory(At("good"));
        File.WriteAllText(At("good/checkpoint.safetensors"), "");
        Assert.That(() => RunFolder.Open(At("missing"), ExistingRun.Resume), Throws.TypeOf<InputException>().With.Message.Contains("good"));
    }

    [Test]
    public void The_record_gives_back_configuration_and_data()
    {
        RunFolder folder = RunFolder.Open(At("run"), ExistingRun.Refuse);
        TrainingConfig config = TrainingConfig.FromPreset("small") with { Seed = 9, Solver = SolverKind.Picard };
        File.WriteAllText(At("data.bin"), "abc");
        string hash = DatasetFolder.Hash(At("data.bin"));
        folder.WriteRecord(new RunRecord(config, new Dictionary<string, string> { ["data.bin"] = hash }, ["train", "--preset", "small"], "cpu (2 threads)"));
        Assert.That(hash, Is.EqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "SHA-256 of abc, FIPS 180-2");
        Assert.That(folder.ReadConfig(), Is.EqualTo(config));
        Assert.That(folder.ReadDataHashes()["data.bin"], Is.EqualTo(hash));
    }

    [Test]
    public void The_default_name_says_model_preset_and_time()
    {
        Assert.That(RunFolder.DefaultPath(new TrainingConfig(), new DateTime(2000, 1, 2, 3, 4, 5)), Is.EqualTo(Path.Combine("runs", "ifdeq-tiny-20000102-030405")));
    }
}
