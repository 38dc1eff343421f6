using System.Text.Json;
using NUnit.Framework;
using Stardeq.Cli;

namespace Stardeq.Tests;

[TestFixture]
public sealed class CertificateVerbTests : CommandLineSession
{
    [SetUp]
    public void MakeData() => Succeed("simulate --matrix 16 --coils 2 --slices 2 --train-subjects 1 --validation-subjects 0 --test-subjects 1 --out @data");

    [Test]
    public void Reconstruct_writes_a_certificate_per_slice_and_a_short_table()
    {
        Train("max_iterations=20");
        string text = Succeed("reconstruct --data @data --checkpoint @run/checkpoint.safetensors --iterations 60 --out @out --device cpu");
        Assert.That(text, Does.Contain("2 certificates of IFDEQ").And.Contain("spectral radius"));
        string[] rows = File.ReadAllLines(At("out/certificates.csv"));
        Assert.That(rows, Has.Length.EqualTo(3));
        Assert.That(rows[0], Does.StartWith("image,subject,flag,iterations,residual,spectral_radius,jacobian_norm,distance"));
        foreach (JsonElement image in Json("out/record.json").GetProperty("images").EnumerateArray())
        {
            JsonElement certificate = image.GetProperty("certificate");
            Assert.That(certificate.GetProperty("flag").GetString(), Is.AnyOf("converged", "not_contractive", "stalled", "diverged"));
            Assert.That(certificate.GetProperty("iterations").GetInt32(), Is.EqualTo(image.GetProperty("iterations").GetInt32()).And.InRange(1, 60));
            Assert.That(certificate.GetProperty("jacobian_norm").GetDouble(), Is.GreaterThanOrEqualTo(certificate.GetProperty("spectral_radius").GetDouble()));
        }

        Assert.That(Json("run/table.json")[0].GetProperty("certificates").GetArrayLength(), Is.EqualTo(2));
        Assert.That(File.ReadAllText(At("run/report.html")), Does.Contain("2 certificates of IFDEQ"));
        Succeed("reconstruct --data @data --checkpoint @run/checkpoint.safetensors --iterations 60 --certificates off --out @plain --device cpu");
        Assert.That(File.Exists(At("plain/certificates.csv")), Is.False);
        Assert.That(File.ReadAllBytes(At("plain/image.npy")), Is.EqualTo(File.ReadAllBytes(At("out/image.npy"))));
    }

    [Test]
    public void Evaluate_writes_certificates_and_the_curve_beside_its_table()
    {
        Train("max_iterations=4");
        string text = Succeed("evaluate --data @data --checkpoint @run/checkpoint.safetensors --curve --iterations 9 --out @table.json --device cpu");
        Assert.That(text, Does.Contain("2 certificates of IFDEQ").And.Contain("iterations  PSNR dB"));
        JsonElement table = Json("table.json")[0];
        Assert.That(table.GetProperty("certificates").GetArrayLength(), Is.EqualTo(2));
        Assert.That(table.GetProperty("curve").EnumerateArray().Select(point => point.GetProperty("iterations").GetInt32()), Is.EqualTo(new[] { 1, 2, 3, 5, 8, 9 }));
        Assert.That(File.ReadAllLines(At("table.curve.csv")), Has.Length.EqualTo(7));
        Assert.That(File.ReadAllText(At("table.curve.svg")), Does.Contain("<svg"));
        Succeed("evaluate --data @data --checkpoint @run/checkpoint.safetensors --certificates off --out @short.json --device cpu");
        Assert.That(Json("short.json")[0].TryGetProperty("certificates", out _) || Json("short.json")[0].TryGetProperty("curve", out _), Is.False);
    }

    [Test]
    public void An_unrolled_model_may_be_applied_more_often_and_a_unet_may_not()
    {
        Train("model=modl unrolls=2");
        string text = Succeed("evaluate --data @data --checkpoint @run/checkpoint.safetensors --iterations 3 --out @table.json --device cpu");
        Assert.That(text, Does.Contain("MoDL-2, 3 applications").And.Contain("no certificates"));
        Train("model=unet", "unet");
        foreach (string option in new[] { "--iterations 3", "--curve" })
        {
            (ExitCode code, _, string error) = Run($"evaluate --data @data --checkpoint @unet/checkpoint.safetensors {option} --out @none.json --device cpu");
            Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
            Assert.That(error, Does.Contain(option.Split(' ')[0]).And.Contain("U-Net"));
            Assert.That(File.Exists(At("none.json")), Is.False);
        }
    }

    private void Train(string settings, string run = "run") =>
        Succeed($"train --data @data --epochs 1 --set base=2 poolings=1 {settings} --out @{run} --device cpu");

    private JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllText(At(file))).RootElement;
}
