using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class BenchmarkTests
{
    [Test]
    public void The_names_of_the_cases_are_unique()
    {
        Assert.That(BenchmarkRun.Cases, Is.Unique);
    }

    [Test]
    public void A_ratio_needs_cases_that_exist()
    {
        // One second each: every ratio that refers to existing names comes out, as the quotient of its runs.
        List<BenchmarkResult> all = [.. BenchmarkRun.Cases.Select(name => new BenchmarkResult(name, new Timing(1, 1, 1, 1)))];
        List<BenchmarkRatio> ratios = [.. BenchmarkRatios.Of(all)];
        Assert.That(ratios.Select(ratio => ratio.Value), Is.EqualTo(new[] { 1.0 / TrainingCases.Full.MaxIterations, 1, 1, 1 }));
    }

    [Test]
    public void A_run_writes_a_line_and_a_record_for_each_case()
    {
        string path = Path.Combine(Fixtures.TemporaryFolder(), "bench.json");
        using var output = new StringWriter();
        BenchmarkReport report = BenchmarkRun.Run(new BenchmarkRequest { Case = "u-net 64x64", JsonPath = path, Once = true }, Device.Cpu, output);
        Assert.That(report.Results.Select(result => result.Name), Is.EqualTo(BenchmarkRun.Cases.Where(name => name.StartsWith("U-Net 64x64", StringComparison.Ordinal))));
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        foreach ((BenchmarkResult result, JsonElement one) in report.Results.Zip(json.RootElement.GetProperty("cases").EnumerateArray()))
        {
            Assert.That(output.ToString(), Does.Contain($"\n{result.Name} "));
            Assert.That(one.GetProperty("name").GetString(), Is.EqualTo(result.Name));
            Assert.That(one.GetProperty("median").GetDouble(), Is.EqualTo(result.Timing.Median).And.GreaterThan(0));
            Assert.That(one.GetProperty("flops_per_second").GetDouble(), Is.EqualTo(result.FlopRate));
        }
    }

    [Test]
    public void An_unknown_case_is_an_error_that_lists_them()
    {
        var request = new BenchmarkRequest { Case = "no such case" };
        Assert.That(
            () => BenchmarkRun.Run(request, Device.Cpu, TextWriter.Null),
            Throws.TypeOf<InputException>().With.Message.Contains("no such case").And.Message.Contains(BenchmarkRun.Cases[0]));
    }

    [Test]
    public void The_work_of_a_convolution_is_that_of_its_loops()
    {
        // 2 operations for each of 3 x 3 taps, 2 inputs, 5 outputs, 7 pixels; floats of x, y and w.
        Assert.That(Work.Convolution(2, 5, 3, 7), Is.EqualTo(new WorkCount(2 * 9 * 2 * 5 * 7, 4 * ((2 * 7) + (5 * 7) + (9 * 2 * 5)))));
    }

    [Test]
    public void The_work_of_a_unet_is_that_of_its_convolutions()
    {
        using EquilibriumModel model = ModelFactory.Create(new TrainingConfig { Base = 3, Poolings = 1 }, Device.Cpu);

        // Level 0 of 16 pixels: 2 to 3, 3 to 3, then 6 to 3, 3 to 3, and 3 to 2 of one tap; level 1 of 4 pixels: 3 to 6, 6 to 6;
        // up: each of 16 outputs is one product for each of 6 inputs.
        double products = (9 * 16 * ((2 * 3) + (3 * 3) + (6 * 3) + (3 * 3))) + (16 * 3 * 2) + (9 * 4 * ((3 * 6) + (6 * 6))) + (16 * 6 * 3);
        Assert.That(ModelWork.Unet(model.Unet, 4).Flops, Is.EqualTo(2 * products));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void The_direct_sum_is_that_of_the_double_transform(bool adjoint)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Workspace);
        const int side = 9, count = 40;
        double[] points = FourierTruth.Points(count, side, side, 3);
        using NufftPlan plan = NufftPlan.Create(Device.Cpu, points, side, side, NufftAccuracy.Accurate);
        Shape from = adjoint ? plan.Range : plan.Domain, to = adjoint ? plan.Domain : plan.Range;
        Tensor input = BenchmarkInputs.Random(scope, DType.Complex64, from), exact = scope.New(DType.Complex128, to), rounded = scope.New(DType.Complex64, to);
        Tensor precise = scope.New(DType.Complex128, from);
        Cast.Run(input, precise);
        if (adjoint)
        {
            plan.Adjoint(precise, exact);
        }
        else
        {
            plan.Forward(precise, exact);
        }

        Cast.Run(exact, rounded);

        // What is left is the rounding of the result to float32, at most 2^-24 of each part.
        Assert.That(new DirectSum(points, side).RelativeError(input, rounded, adjoint), Is.LessThan(Math.Pow(2, -24)));
    }

    [Test]
    public void The_peak_is_measured_for_each_width_of_the_machine_and_no_other()
    {
        var device = new CpuDevice(1);
        double[] flops = [.. PeakArithmetic.Widths.Select(width => PeakArithmetic.Measure(device, width))];
        Assert.That(flops, Is.All.GreaterThan(0));
        Assert.That(() => PeakArithmetic.Measure(device, 64), Throws.ArgumentException.With.Message.Contains("128"));
    }
}
