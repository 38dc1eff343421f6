using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>Out of memory: what to change, and that it helps.</summary>
public sealed partial class MemoryAdviceTests
{
    [Test]
    public void Whoever_follows_the_advice_gets_to_a_batch_that_fits_and_nothing_leaks_on_the_way()
    {
        Emulator.Require();
        TrainingConfig config = TinyTraining.Config with { Epochs = 1, Batch = 4 };
        long need = Need(config);
        string root = Fixtures.TemporaryFolder();
        try
        {
            using var cuda = new CudaDevice();
            long held = cuda.Ledger.CurrentBytes;
            (long free, long total) = cuda.Memory();
            using var limit = new EmulatorOptions(("memory", total - free + (need * 7 / 10)));
            List<int> batches = [config.Batch];
            while (Attempt(config with { Batch = batches[^1] }, cuda, Path.Combine(root, $"{batches[^1]}")) is { } failure)
            {
                Match advice = Batch().Match(failure.Message);
                Assert.That(advice.Success, Is.True, failure.Message);
                Assert.That(int.Parse(advice.Groups["now"].Value, CultureInfo.InvariantCulture), Is.EqualTo(batches[^1]));
                batches.Add(int.Parse(advice.Groups["batch"].Value, CultureInfo.InvariantCulture));
                Assert.That(batches[^1], Is.LessThan(batches[^2]), failure.Message);
                Assert.That(failure.Message, Does.Contain("Solver of 'forward solve'"));
                cuda.Trim();
                Assert.That(cuda.Ledger.CurrentBytes, Is.EqualTo(held), "everything was given back");
            }

            Assert.That(batches, Has.Count.GreaterThan(1), "four did not fit");
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // 100 requested, 40 free: 60 are missing. Held: solver 600 (six parts of 100), tape 300.
    [TestCase(1, 3, "anderson_memory=4 instead of 5")]
    [TestCase(1, 3, "base=")]
    [TestCase(4, 3, "batch=3 instead of 4")]
    public void The_setting_follows_from_who_holds_what(int batch, int terms, string advice)
    {
        OutOfDeviceMemoryException failure = Failure(100, 40, 10_000, (MemoryOwner.Solver, 600), (MemoryOwner.Tape, 300), (MemoryOwner.Parameters, 5000));
        var config = new TrainingConfig { AndersonMemory = 5, AdjointTerms = terms, Base = 8 };
        Assert.That(MemoryAdvice.For(failure, config, batch).Message, Does.Contain(advice));
    }

    [Test]
    public void Unrolled_terms_are_named_where_they_hold_the_memory()
    {
        OutOfDeviceMemoryException failure = Failure(100, 40, 10_000, (MemoryOwner.Tape, 1200));
        var config = new TrainingConfig { Adjoint = AdjointKind.Unrolled, AdjointTerms = 10, Base = 8 };
        Assert.That(MemoryAdvice.For(failure, config, 1).Message, Does.Contain("adjoint_terms=9 instead of 10").And.Not.Contain("anderson_memory"));
    }

    [Test]
    public void Where_the_device_does_not_tell_its_size_the_advice_has_no_numbers_of_it()
    {
        OutOfDeviceMemoryException failure = Failure(100, 0, 0, (MemoryOwner.Tape, 1200));
        Assert.That(MemoryAdvice.For(failure, new TrainingConfig(), 8).Message, Does.Contain("batch smaller than 8"));
        Assert.That(MemoryAdvice.For(failure, new TrainingConfig(), 1).Message, Does.Contain("anderson_memory").And.Contain("base"));
    }

    private static OutOfDeviceMemoryException? Attempt(TrainingConfig config, Device device, string folder)
    {
        try
        {
            using var tiny = new TinyTraining(config) { Device = device };
            tiny.Train(folder);
            return null;
        }
        catch (OutOfDeviceMemoryException failure)
        {
            return failure;
        }
    }

    /// <summary>Bytes that a training takes at most.</summary>
    private static long Need(TrainingConfig config)
    {
        using var cuda = new CudaDevice();
        string root = Fixtures.TemporaryFolder();
        try
        {
            Assert.That(Attempt(config, cuda, Path.Combine(root, "free")), Is.Null);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        return cuda.Ledger.PeakBytes;
    }

    /// <summary>An exception in which owners hold these thousands of bytes.</summary>
    private static OutOfDeviceMemoryException Failure(long requested, long free, long total, params (MemoryOwner Owner, long Bytes)[] held)
    {
        var device = new CpuDevice(1);
        foreach ((MemoryOwner owner, long bytes) in held)
        {
            // The pool rounds 1024 times a small number that is a multiple of a power of two not at all.
            new TensorScope(device, owner).New(DType.Float32, [checked((int)(bytes * 1024 / sizeof(float)))]);
        }

        return new OutOfDeviceMemoryException("a device", 1024 * requested, 1024 * free, 1024 * total, device.Ledger);
    }

    [GeneratedRegex(@"batch=(?<batch>\d+) instead of (?<now>\d+) fits")]
    private static partial Regex Batch();
}
