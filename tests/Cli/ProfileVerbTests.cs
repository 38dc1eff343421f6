using System.Text.Json;
using NUnit.Framework;
using Stardeq.Cli;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The verb <c>profile</c> from the command line to its files.</summary>
public sealed class ProfileVerbTests : CommandLineSession
{
    [Test]
    public void A_nufft_is_profiled_from_file_to_file_and_its_result_is_not_kept()
    {
        Write<float>("t.npy", [3, 2], 0, 0, 1, 0.5f, -2, 1);
        Write<Complex64>("x.npy", [8, 8], new Complex64[64]);
        string text = Succeed("profile nufft --trajectory @t.npy --image @x.npy --device cpu --threads 1 --steps 2 --warm-ups 0 --out @p");
        Assert.That(text, Does.StartWith("2 x nufft on cpu (1 threads): ").And.Contain("nufft plan ").And.Contain("nufft type 2 "));
        Assert.That(Content(), Is.EqualTo(new[] { "p", "p/profile.html", "p/profile.json", "p/trace.json", "t.npy", "x.npy" }));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(At("p/profile.json")));
        JsonElement transform = json.RootElement.GetProperty("kernels").EnumerateArray().Single(kernel => kernel.GetProperty("name").GetString() == "nufft type 2");
        Assert.That(transform.GetProperty("calls").GetInt32(), Is.EqualTo(2));
    }

    [Test]
    public void A_reconstruction_is_profiled_as_a_whole()
    {
        Succeed("phantom --part kspace --matrix 16 --coils 2 --spokes 12 --out @k.npy");
        Succeed("traj --size 16,16 --spokes 12 --out @t.npy");
        string text = Succeed("profile reconstruct --kspace @k.npy --trajectory @t.npy --size 16,16 --method cg-sense --iterations 4 --device cpu --steps 1 --warm-ups 0 --out @p");
        Assert.That(text, Does.Contain("normal operator ").And.Contain("outside all kernels "));
        Assert.That(Content(), Does.Contain("p/profile.json").And.Not.Contain("p/images"));
    }

    [TestCase("profile", "say what to profile: train, reconstruct, nufft")]
    [TestCase("profile trian", "Did you mean 'train'?")]
    [TestCase("profile nufft --trajectory t.npy --image x.npy", "'--out' is required")]
    [TestCase("profile train --steps 0 --out p", "--steps: got 0, expected at least 1")]
    [TestCase("profile train --epochs 3 --out p", "unknown option '--epochs'")]
    [TestCase("profile train --set no_such_key=1 --out p", "no_such_key")]
    public void Wrong_usage_is_one_clear_line(string commandLine, string expected)
    {
        (ExitCode code, _, string error) = Run(commandLine);
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(error, Does.StartWith("stardeq profile: ").And.Contain(expected).And.Not.Contain("   at "));
    }
}
