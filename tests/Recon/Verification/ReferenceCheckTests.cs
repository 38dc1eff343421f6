using NUnit.Framework;
using Stardeq.Cli;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class ReferenceCheckTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Fixtures.TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private static string CasePath(string name) => Fixtures.Path($"reference/{name}.safetensors");

    [Test]
    public void Every_case_passes(
        [ValueSource(typeof(TestDevices), nameof(TestDevices.All))] TestDevice on, [Values(DType.Float64, DType.Float32)] DType precision)
    {
        Device device = on.Device;
        device.Trim();
        long held = device.Ledger.CurrentBytes;
        foreach (string path in ReferenceCheck.Find([Fixtures.Path("reference")]))
        {
            IReadOnlyList<ReferenceLine> lines = ReferenceCheck.Run(path, device, precision);
            Assert.That(lines, Is.Not.Empty, path);
            Assert.That(lines.Where(line => line.Verdict != ReferenceVerdict.Passed), Is.Empty);
        }

        device.Trim();
        Assert.That(device.Ledger.CurrentBytes, Is.EqualTo(held), "bytes that the checks kept");
    }

    [TestCase("conv2d_3x3", "out.y")]
    [TestCase("conv2d_3x3", "grad.weight")]
    [TestCase("density_voronoi_golden", "out.w")]
    [TestCase("sense_normal", "out.toeplitz_normal")]
    [TestCase("ifdeq", "grad.eta")]
    [TestCase("cascaded", "out.warm.losses")]
    [TestCase("metrics", "out.ssim_map")]
    public void A_stored_number_that_is_off_by_twice_its_tolerance_fails_alone(string name, string tensor)
    {
        foreach (DType precision in new[] { DType.Float64, DType.Float32 })
        {
            using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
            double tolerance = ReferenceCase.Read(CasePath(name), scope).Tolerance(tensor, precision)!.Value;
            string altered = Alter(name, (tensors, metadata) => tensors[tensor].Span<double>()[0] += 2 * tolerance * Sample.Norm(tensors[tensor]));
            ReferenceLine failed = ReferenceCheck.Run(altered, Device.Cpu, precision).Single(line => line.Verdict == ReferenceVerdict.Failed);
            Assert.That(failed.Tensor, Is.EqualTo(tensor));
        }
    }

    [Test]
    public void A_result_that_we_do_not_compute_or_compute_in_another_shape_fails()
    {
        string renamed = Alter("relu", (tensors, metadata) =>
        {
            metadata["tolerance"] = metadata["tolerance"].Replace("\"out.y\"", "\"out.other\"", StringComparison.Ordinal);
            tensors["out.other"] = tensors["out.y"];
        });
        Assert.That(ReferenceCheck.Run(renamed, Device.Cpu, DType.Float64).Single(line => line.Tensor == "out.other").Remark, Is.EqualTo("not computed"));
        string shortened = Alter("relu", (tensors, metadata) => tensors["out.y"] = tensors["out.y"].Slice(0));
        ReferenceLine line = ReferenceCheck.Run(shortened, Device.Cpu, DType.Float64).Single(line => line.Tensor == "out.y");
        Assert.That(line.Verdict, Is.EqualTo(ReferenceVerdict.Failed));
        Assert.That(line.Remark, Does.Contain("stored is"));
    }

    [Test]
    public void A_property_that_does_not_hold_fails_alone()
    {
        string stricter = Alter("jsense", (tensors, metadata) =>
            metadata["config"] = metadata["config"].Replace("\"data_residual\": 0.04", "\"data_residual\": 0.004", StringComparison.Ordinal));
        Assert.That(
            ReferenceCheck.Run(stricter, Device.Cpu, DType.Float64).Select(line => (line.Tensor, line.Verdict)),
            Is.EqualTo(new[]
            {
                ("property.correlation_mean", ReferenceVerdict.Passed),
                ("property.correlation_p5", ReferenceVerdict.Passed),
                ("property.data_residual", ReferenceVerdict.Failed),
            }));
    }

    [Test]
    public void An_unknown_kind_fails_and_the_message_lists_the_known_ones()
    {
        string unknown = Alter("relu", (tensors, metadata) => metadata["case"] = "teleport");
        ReferenceLine line = ReferenceCheck.Run(unknown, Device.Cpu, DType.Float64).Single();
        Assert.That(line.Verdict, Is.EqualTo(ReferenceVerdict.Failed));
        Assert.That(line.Remark, Does.Contain("teleport").And.Contain("leaky_relu"));
    }

    [Test]
    public void A_file_that_is_no_case_and_a_path_that_holds_none_are_wrong_input()
    {
        string foreign = Alter("relu", (tensors, metadata) => metadata["format"] = "other");
        Assert.That(() => ReferenceCheck.Run(foreign, Device.Cpu, DType.Float64), Throws.TypeOf<InputException>().With.Message.Contains("deq-reference-1"));
        Assert.That(() => ReferenceCheck.Find([Path.Combine(_folder, "absent")]), Throws.TypeOf<InputException>().With.Message.Contains("absent"));
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        Assert.That(() => ReferenceCheck.Find([Path.Combine(_folder, "empty")]), Throws.TypeOf<InputException>());
    }

    [Test]
    public void The_verb_returns_0_if_all_agree_1_if_one_does_not_and_2_if_there_is_nothing_to_compare()
    {
        string altered = Alter("relu", (tensors, metadata) => tensors["out.y"].Span<double>()[0] += 1);
        Assert.That(Gradcheck(CasePath("relu")), Is.EqualTo((ExitCode.Done, true)));
        Assert.That(Gradcheck(CasePath("layer_mol")).Code, Is.EqualTo(ExitCode.Done)); // not supported yet is not wrong
        Assert.That(Gradcheck(CasePath("relu"), altered), Is.EqualTo((ExitCode.CheckFailed, false)));
        Assert.That(Gradcheck(Path.Combine(_folder, "absent")).Code, Is.EqualTo(ExitCode.WrongInput));
    }

    private static (ExitCode Code, bool NoneFailed) Gradcheck(params string[] paths)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLineHost.Run(["gradcheck", "--reference", .. paths], new Terminal(output, error, IsInteractive: false));
        return (code, output.ToString().Contains(" 0 failed", StringComparison.Ordinal));
    }

    /// <summary>A changed copy of a case.</summary>
    private string Alter(string name, Action<Dictionary<string, Tensor>, Dictionary<string, string>> change)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        SafetensorsContent content = Safetensors.Read(CasePath(name), scope);
        Dictionary<string, Tensor> tensors = content.Tensors.ToDictionary();
        Dictionary<string, string> metadata = content.Metadata.ToDictionary();
        change(tensors, metadata);
        string path = Path.Combine(_folder, $"{name}-altered.safetensors");
        Safetensors.Write(path, tensors, metadata);
        return path;
    }
}
