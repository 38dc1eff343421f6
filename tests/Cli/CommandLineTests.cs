using System.Diagnostics;
using NUnit.Framework;
using Stardeq.Cli;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed class CommandLineTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("stardeq-cli-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static (ExitCode Code, string Out, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        ExitCode code = CommandLineHost.Run(arguments, new Terminal(output, error, IsInteractive: false));
        return (code, output.ToString(), error.ToString());
    }

    [Test]
    public void Help_lists_every_verb_and_every_exit_code()
    {
        (ExitCode code, string text, string error) = Run("--help");
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(error, Is.Empty);
        foreach (Verb verb in Verbs.All)
        {
            Assert.That(text, Does.Contain($"  {verb.Name} ").And.Contain(verb.Summary));
        }

        foreach (ExitCode any in Enum.GetValues<ExitCode>())
        {
            Assert.That(text, Does.Contain($"{(int)any} "));
        }
    }

    [Test]
    public void No_arguments_show_the_help_and_are_wrong_usage()
    {
        (ExitCode code, string text, _) = Run();
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(text, Does.Contain("Verbs"));
    }

    [Test]
    public void The_version_is_one_line()
    {
        (ExitCode code, string text, _) = Run("--version");
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(text, Does.Match(@"^stardeq \d+\.\d+\.\d+[^\n]*\r?\n$"));
    }

    [Test]
    public void Every_verb_explains_itself_with_examples()
    {
        foreach (Verb verb in Verbs.All)
        {
            (ExitCode code, string text, string error) = Run(verb.Name, "--help");
            Assert.That(code, Is.EqualTo(ExitCode.Done), verb.Name);
            Assert.That(error, Is.Empty, verb.Name);
            Assert.That(text, Does.StartWith($"stardeq {verb.Name}: ").And.Contain($"\n  stardeq {verb.Name}"), verb.Name);
        }
    }

    [Test]
    public void An_unknown_verb_names_the_nearest()
    {
        (ExitCode code, _, string error) = Run("trajj");
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(error, Does.StartWith("stardeq: ").And.Contain("Did you mean 'traj'?"));
    }

    [Test]
    public void An_unknown_option_is_an_error_that_lists_the_known_ones()
    {
        (ExitCode code, _, string error) = Run("traj", "--spoke", "3");
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(error, Does.StartWith("stardeq traj: unknown option '--spoke'. Did you mean '--spokes'?").And.Contain("--acceleration"));
    }

    [TestCase("--spokes", "x", "--size", "8,8", "--out", "t.npy", "--spokes")]
    [TestCase("--spokes", "0", "--size", "8,8", "--out", "t.npy", "at least 1")]
    [TestCase("--spokes", "3", "--size", "0,8", "--out", "t.npy", "ROWS,COLUMNS")]
    [TestCase("--spokes", "3", "--size", "8,8,8", "--out", "t.npy", "ROWS,COLUMNS")]
    [TestCase("--spokes", "3", "--size", "8,8", "--out", "t.txt", ".npy")]
    [TestCase("--spokes", "3", "--size", "8,8", "--spokes", "4", "more than once")]
    [TestCase("--spokes", "3", "--size", "8,8", "--out", "t.npy", "extra", "unexpected argument 'extra'")]
    [TestCase("--spokes", "3", "--size", "8,8", "--out", "t.npy", "--pattern", "temporary", "Did you mean 'temporal'?")]
    [TestCase("--spokes", "3", "--size", "8,8", "--out", "t.npy", "--acceleration", "9", "9")]
    [TestCase("--spokes", "3", "--size", "8,8", "'--out' is required")]
    [TestCase("--spokes", "3", "--out", "t.npy", "--size", "needs a value")]
    public void Wrong_options_are_one_clear_line_and_write_nothing(params string[] argumentsAndExpectation)
    {
        string[] arguments = [.. argumentsAndExpectation[..^1].Select(a => a.StartsWith("t.", StringComparison.Ordinal) ? At(a) : a)];
        (ExitCode code, _, string error) = Run(["traj", .. arguments]);
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(error, Does.StartWith("stardeq traj: ").And.Contain(argumentsAndExpectation[^1]).And.Not.Contain("   at "));
        Assert.That(Directory.EnumerateFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void A_trajectory_is_written_in_cycles_per_field_of_view()
    {
        (ExitCode code, string text, _) = Run("traj", "--spokes", "12", "--acceleration", "4", "--size", "16,32", "--out", At("t.npy"));
        Assert.That(code, Is.EqualTo(ExitCode.Done));
        Assert.That(text, Does.Contain("[3, 32, 2]"));
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor points = ArrayFile.Read(At("t.npy"), scope);
        Assert.That(points.Shape, Is.EqualTo(Shape.Create([3, 32, 2])));
        Assert.That(points.Span<float>()[0], Is.EqualTo(-16f), "the first spoke runs along x from -columns/2");
    }

    [Test]
    public void A_failure_becomes_the_exit_code_of_its_kind()
    {
        (Exception Failure, ExitCode Code)[] kinds =
        [
            (new InputException("m"), ExitCode.WrongInput),
            (new ShapeException("m"), ExitCode.WrongInput),
            (new IOException("m"), ExitCode.WrongInput),
            (new DeviceException("m"), ExitCode.NoDevice),
            (new OutOfDeviceMemoryException("cpu", 1, 0, 0, new Ledger()), ExitCode.NoDevice),
            (new OutOfMemoryException("m"), ExitCode.NoDevice),
            (new DivergedException(DivergenceCause.LossNotFinite, "m"), ExitCode.Diverged),
            (new OperationCanceledException("m"), ExitCode.Interrupted),
            (new InvalidOperationException("m"), ExitCode.CheckFailed),
        ];
        foreach ((Exception failure, ExitCode expected) in kinds)
        {
            using var error = new StringWriter();
            ExitCode code = CommandLineHost.Report(failure, "stardeq x", new Terminal(TextWriter.Null, error, IsInteractive: false));
            Assert.That(code, Is.EqualTo(expected), failure.GetType().Name);
            Assert.That(error.ToString(), Does.StartWith("stardeq x: ").And.Not.Contain("   at "), failure.GetType().Name);
        }
    }

    [TestCase("cuda", ExitCode.NoDevice)]
    [TestCase("cuda:1", ExitCode.NoDevice)]
    [TestCase("gpu", ExitCode.WrongInput)]
    [TestCase("cuda:x", ExitCode.WrongInput)]
    [TestCase("cpu", ExitCode.Done)]
    [TestCase("auto", ExitCode.Done)]
    public void A_device_that_is_not_there_is_never_replaced_in_silence(string device, ExitCode expected)
    {
        // In a process of its own: a driver that another test has loaded stays loaded in this one.
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "stardeq.dll"), "gradcheck", "--op", "scale-by", "--device", device])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(CudaLibraries.FolderVariable);
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assume.That(error, Does.Not.Contain("device: cuda"), "this machine has a GPU");
        Assert.That((ExitCode)process.ExitCode, Is.EqualTo(expected), error);
        Assert.That(error, device == "cpu" ? Is.Empty : Does.Contain(expected switch
        {
            ExitCode.WrongInput => "--device",
            ExitCode.Done => "the CUDA driver library was not found", // one line says that auto took the CPU and why; paths are the doctor's
            _ => "libcuda.so.1",
        }));
        Assert.That(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.LessThanOrEqualTo(1), "one line");
    }

    [TestCase("auto", ExitCode.Done, "device: cuda:0")]
    [TestCase("cuda:0", ExitCode.Done, "device: cuda:0")]
    [TestCase("cuda:1", ExitCode.NoDevice, "there is no device 1")]
    public void A_GPU_is_taken_and_named(string device, ExitCode expected, string words)
    {
        SoftwareDriver.Open();
        (ExitCode code, _, string error) = Run("gradcheck", "--op", "scale-by", "--device", device);
        Assert.That(code, Is.EqualTo(expected));
        Assert.That(error, Does.Contain(words));
    }

    [Test]
    public void Results_are_an_aligned_table_where_nobody_watches()
    {
        using var output = new StringWriter();
        var table = new ResultTable("6 slices", [new("gridding", 24.1, 0.7, 0.03), new("IFDEQ", 36.25, 0.95, 0.002)]);
        ResultView.Write(new Terminal(output, TextWriter.Null, IsInteractive: false), table);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.That(lines[0], Is.EqualTo("6 slices"));
        Assert.That(lines[2], Does.Match(@"^gridding +24\.10 +0\.7000 +0\.03000 +\+12\.15$"));
        Assert.That(lines[3], Does.Match(@"^IFDEQ +36\.25 +0\.9500 +0\.00200$"));
    }

    [Test]
    public void The_nufft_of_a_file_and_its_adjoint_agree_in_their_inner_product()
    {
        Assert.That(Run("traj", "--spokes", "7", "--size", "16,16", "--out", At("t.npy")).Code, Is.EqualTo(ExitCode.Done));
        Assert.That(Run("phantom", "--matrix", "16", "--out", At("x.npy")).Code, Is.EqualTo(ExitCode.Done));
        (ExitCode code, string text, string error) = Run(
            "nufft", "--trajectory", At("t.npy"), "--image", At("x.npy"), "--out", At("y.npy"), "--precision", "double", "--device", "cpu");
        Assert.That(code, Is.EqualTo(ExitCode.Done), error);
        Assert.That(text, Does.Contain("complex128 [1, 112]"));
        Assert.That(Run("nufft", "--trajectory", At("t.npy"), "--kspace", At("y.npy"), "--adjoint", "--size", "16,16",
            "--out", At("z.npy"), "--precision", "double", "--device", "cpu").Code, Is.EqualTo(ExitCode.Done));

        // <A x, A x> = <A^H A x, x>; x is stored in float32 and is exact in float64, so only rounding of some 1e4 terms differs.
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var y = ArrayFile.Read(At("y.npy"), scope).ToArray<System.Numerics.Complex>();
        var z = ArrayFile.Read(At("z.npy"), scope).ToArray<System.Numerics.Complex>();
        Complex64[] x = ArrayFile.Read(At("x.npy"), scope).ToArray<Complex64>();
        double norm = y.Sum(v => v.Magnitude * v.Magnitude);
        double inner = z.Zip(x, (a, b) => (System.Numerics.Complex.Conjugate(a) * b.ToComplex()).Real).Sum();
        Assert.That(inner, Is.EqualTo(norm).Within(1e-12 * norm).And.GreaterThan(0));
    }

    [TestCase("--image", "x.npy", "--adjoint", "either --image")]
    [TestCase("--kspace", "x.npy", "--adjoint", "either --image")]
    [TestCase("--image", "x.npy", "--size", "8,8", "either --image")]
    [TestCase("--image", "none.npy", "no file")]
    [TestCase("--image", "t.npy", "a complex array was expected")]
    [TestCase("--image", "x.npy", "--preset", "slow", "accurate, fast")]
    [TestCase("--kspace", "x.npy", "--adjoint", "--size", "16,16", "[..., 112]")]
    [TestCase("--kspace", "x.npy", "--adjoint", "--size", "8,8", "cycles per field of view")]
    public void Input_that_does_not_fit_a_nufft_is_named(params string[] argumentsAndExpectation)
    {
        Run("traj", "--spokes", "7", "--size", "16,16", "--out", At("t.npy"));
        Run("phantom", "--matrix", "16", "--out", At("x.npy"));
        string[] arguments = [.. argumentsAndExpectation[..^1].Select(a => a.EndsWith(".npy", StringComparison.Ordinal) ? At(a) : a)];
        (ExitCode code, _, string error) = Run(["nufft", "--trajectory", At("t.npy"), "--out", At("y.npy"), "--device", "cpu", .. arguments]);
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(error, Does.StartWith("stardeq nufft: ").And.Contain(argumentsAndExpectation[^1]));
        Assert.That(File.Exists(At("y.npy")), Is.False);
    }

    [Test]
    public void Every_example_of_the_help_pages_parses()
    {
        RequireExamplesParse<DoctorOptions>("doctor");
        RequireExamplesParse<TrajOptions>("traj");
        RequireExamplesParse<NufftOptions>("nufft");
        RequireExamplesParse<PhantomOptions>("phantom");
        RequireExamplesParse<SimulateOptions>("simulate");
        RequireExamplesParse<DensityOptions>("density");
        RequireExamplesParse<CoilsOptions>("coils");
        RequireExamplesParse<ConvertOptions>("convert");
        RequireExamplesParse<InfoOptions>("info");
        RequireExamplesParse<ReconstructOptions>("reconstruct");
        RequireExamplesParse<TrainOptions>("train");
        RequireExamplesParse<EvaluateOptions>("evaluate");
        RequireExamplesParse<GradcheckOptions>("gradcheck");
    }

    private static void RequireExamplesParse<TOptions>(string verb)
        where TOptions : VerbOptions, IHasExamples, new()
    {
        Assert.That(TOptions.Examples, Is.Not.Empty);
        foreach (string example in TOptions.Examples)
        {
            var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false);
            string[] arguments = example.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(OptionParser.Parse<TOptions>(verb, "", arguments, terminal), Is.Not.Null, $"{verb} {example}");
        }
    }
}
