using NUnit.Framework;
using Stardeq.Cli;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

/// <summary>What is wrong is named in one message, the exit code is 2, and nothing is left behind.</summary>
[TestFixture]
public sealed class BadInputTests : CommandLineSession
{
    private const int Size = 16, Spokes = 8, Coils = 2;

    private const string Reconstruct = "reconstruct --device cpu --size 16,16 --out @out ";
    private const string Raw = "--kspace @k.npy --trajectory @t.npy ";

    [SetUp]
    public void MakeInputs()
    {
        Succeed($"traj --spokes {Spokes} --size {Size},{Size} --out @t.npy");
        Complex64[] samples = [.. Enumerable.Range(0, Coils * Spokes * Size).Select(i => new Complex64(1 + (i % 7), i % 5))];
        Write<Complex64>("k.npy", [Coils, Spokes, Size], samples);
        Write<Complex64>("k.cfl", [Coils, Spokes, Size, 1], samples);
        Write<Complex64>("flat.npy", [Coils, Spokes * Size], samples);
        samples[(Size * Spokes) + 3] = new Complex64(0, float.NaN);
        Write<Complex64>("nan.npy", [Coils, Spokes, Size], samples);
        Write<float>("real.npy", [Coils, Spokes, Size], new float[Coils * Spokes * Size]);
        Write<Complex64>("maps8.npy", [Coils, 8, 8], new Complex64[Coils * 64]);
        Write<Complex64>("x.npy", [Size, Size], new Complex64[Size * Size]);
        Trajectory("pixel.npy", 1.0 / Size);
        Trajectory("unit.npy", 2.0 / Size);
        Trajectory("radian.npy", 2 * Math.PI / Size);
        Trajectory("wide.npy", 2);
        Trajectory("kz.npy", 1, kz: 1);
        Truncate("k.npy", "cut.npy");
        Truncate("k.cfl", "cut.cfl");
        File.Copy(At("k.hdr"), At("cut.hdr"));
        File.Copy(At("k.cfl"), At("headless.cfl"));
        File.WriteAllText(At("text.npy"), "this is no array, nor is it a checkpoint, but it is long enough");
        File.WriteAllText(At("config.json"), "{ \"learning_rte\": 1 }");
        Safetensors.Write(At("weights.safetensors"), []);
        File.WriteAllBytes(At("empty.npy"), []);
        File.WriteAllBytes(At("empty.h5"), []);
        Directory.CreateDirectory(At("folder.npy"));
        Directory.CreateDirectory(At("full"));
        File.WriteAllText(At("full/note.txt"), "mine");
    }

    [TestCase(Reconstruct + "--method gridding --kspace @none.npy --trajectory @t.npy", "there is no file")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @none.npy", "there is no file")]
    [TestCase(Reconstruct + "--method gridding --kspace @cut.npy --trajectory @t.npy", "truncated")]
    [TestCase(Reconstruct + "--method gridding --kspace @cut.cfl --trajectory @t.npy", "truncated")]
    [TestCase(Reconstruct + "--method gridding --kspace @headless.cfl --trajectory @t.npy", "Copy both files")]
    [TestCase(Reconstruct + "--method gridding --kspace @text.npy --trajectory @t.npy", "not a .npy file")]
    [TestCase(Reconstruct + "--method gridding --kspace @flat.npy --trajectory @t.npy", "[coil, spoke, sample]")]
    [TestCase(Reconstruct + "--method gridding --kspace @real.npy --trajectory @t.npy", "a complex array was expected")]
    [TestCase(Reconstruct + "--method gridding --kspace @nan.npy --trajectory @t.npy", "the first at [1, 0, 3]")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @k.npy", "imaginary part")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @real.npy", "(kx, ky)")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @pixel.npy", "cycles per pixel: multiply it by 16")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @unit.npy", "[-1, 1]: multiply it by 8")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @wide.npy", "larger matrix")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy --trajectory @kz.npy", "kz = 1")]
    [TestCase(Reconstruct + "--method gridding --coils @maps8.npy " + Raw, "coil maps [2, 16, 16]")]
    [TestCase(Reconstruct + "--method gridding --acceleration 99 " + Raw, "99")]
    [TestCase(Reconstruct + "--method gridding --lambda 1 " + Raw, "--lambda")]
    [TestCase(Reconstruct + "--method gridding --weights none " + Raw, "only blurs")]
    [TestCase(Reconstruct + "--method gridding --pattern temporal " + Raw, "--acceleration above 1")]
    [TestCase(Reconstruct + "--method gridding --split test " + Raw, "--split")]
    [TestCase(Reconstruct + "--method cg-sense --lambda -1 " + Raw, "--lambda")]
    [TestCase(Reconstruct + "--method cg-sense --iterations 0 " + Raw, "--iterations")]
    [TestCase(Reconstruct + "--method sense " + Raw, "Did you mean 'cg-sense'")]
    [TestCase(Reconstruct + Raw, "either --method")]
    [TestCase(Reconstruct + "--method gridding --kspace @k.npy", "give all three")]
    [TestCase(Reconstruct + "--method gridding", "either --kspace")]
    [TestCase(Reconstruct + "--checkpoint @none.safetensors " + Raw, "there is no file")]
    [TestCase(Reconstruct + "--checkpoint @weights.safetensors " + Raw, "no checkpoint of this program")]
    [TestCase(Reconstruct + "--checkpoint @text.npy " + Raw, "not a safetensors file")]
    [TestCase(Reconstruct + "--checkpoint @weights.safetensors --weights none " + Raw, "--weights")]
    [TestCase("reconstruct --out @out --data @full --method gridding", "dataset.json")]
    [TestCase("reconstruct --out @out --data @full --maps walsh --checkpoint @weights.safetensors", "--maps belongs to --method")]
    [TestCase("prepare --out @out", "no raw file")]
    [TestCase("prepare --test @k.npy --out @out", "give --size")]
    [TestCase("prepare --train @k.npy --test @k.npy --size 16 --order golden --out @out", "comes 2 times")]
    [TestCase("prepare --test @k.npy --size 16 --delays rign --out @out", "--delays")]
    [TestCase("prepare --test @k.npy --size 16 --compression svd --out @out", "--virtual-coils or --coil-energy")]
    [TestCase("prepare --test @k.npy --size 16 --order golden --trajectory @t.npy --out @out", "leave --order")]
    [TestCase("prepare --test @k.npy --size 16 --golden-number 7 --order uniform --out @out", "[coil, partition, spoke, readout]")]
    [TestCase("prepare --test @text.npy --size 16 --order golden --out @out", "not a .npy file")]
    [TestCase("prepare --test @none.h5 --out @out", "there is no file")]
    [TestCase("traj --size 16 --out @out.npy", "--spokes")]
    [TestCase("traj --size 16 --spokes 4 --order uniform --golden-number 7 --out @out.npy", "--order golden")]
    [TestCase("reconstruct --out @full --size 16,16 --method gridding " + Raw, "exists already")]
    [TestCase("reconstruct --out @out --size 0,16 --method gridding " + Raw, "--size")]
    [TestCase("reconstruct --out @out --size 16,16 --methd gridding " + Raw, "Did you mean '--method'")]
    [TestCase("density --trajectory @t.npy --size 0 --out @out", "--size")]
    [TestCase("density --trajectory @none.npy --size 16 --out @out.npy", "there is no file")]
    [TestCase("density --trajectory @radian.npy --size 32 --method ramp --out @out.npy", "radians per pixel")]
    [TestCase("density --trajectory @t.npy --size 16 --method ram --out @out.npy", "Did you mean 'ramp'")]
    [TestCase("density --trajectory @t.npy --size 16 --normalise max --out @out.npy", "maxeig")]
    [TestCase("density --trajectory @t.npy --size 16 --out @out.txt", ".npy")]
    [TestCase("density --trajectory @t.npy --size 16 --out @full", ".npy")]
    [TestCase(Reconstruct + "--method gridding --maps jsens " + Raw, "Did you mean 'jsense'")]
    [TestCase(Reconstruct + "--method gridding --maps jsense --coils @maps.npy " + Raw, "leave one of the two out")]
    [TestCase("coils --size 16 --calibration 24 --out @out.npy " + Raw, "calibration width of 24")]
    [TestCase("coils --size 16 --method walsh --kernel 4 --out @out.npy " + Raw, "belong to --method jsense or espirit")]
    [TestCase("coils --size 16 --method espirit --out @out.npy " + Raw, "calibration width of 24")]
    [TestCase("coils --size 16 --method espirit --crop 1 --out @out.npy " + Raw, "crop 1 came")]
    [TestCase("coils --size 16 --method espirit --lambda 1 --out @out.npy " + Raw, "belong to --method jsense")]
    [TestCase("coils --size 16 --method jsense --threshold 0.1 --out @out.npy " + Raw, "belong to --method espirit")]
    [TestCase(Reconstruct + "--method tv --lambda 0 " + Raw, "leaves no total variation")]
    [TestCase(Reconstruct + "--method tv --wavelet haar " + Raw, "belong to --method l1-wavelet")]
    [TestCase(Reconstruct + "--method l1-wavelet --wavelet db3 " + Raw, "Did you mean 'db2'")]
    [TestCase(Reconstruct + "--method l1-wavelet --tolerance -1 " + Raw, "--tolerance")]
    [TestCase(Reconstruct + "--method cg-sense --tolerance 1 " + Raw, "--tolerance belongs to")]
    [TestCase(Reconstruct + "--method cg-sense --seed 1 " + Raw, "belong to --method l1-wavelet")]
    [TestCase("coils --size 16 --degree 4 --out @out.npy " + Raw, "--basis polynomial")]
    [TestCase("coils --size 16 --basis polynomial --kernel 4 --out @out.npy " + Raw, "--basis fourier")]
    [TestCase("coils --size 16 --calibration 7 --out @out.npy " + Raw, "even number")]
    [TestCase("coils --size 16 --kspace @nan.npy --trajectory @t.npy --out @out.npy", "nan.npy")]
    [TestCase("nufft --trajectory @t.npy --image @cut.npy --out @out.npy", "truncated")]
    [TestCase("nufft --trajectory @pixel.npy --image @x.npy --out @out.npy", "cycles per pixel")]
    [TestCase("simulate --out @full", "exists already")]
    [TestCase("simulate --matrix 0 --out @out", "--matrix")]
    [TestCase("simulate --slices 4 --partitions 2 --out @out", "slices")]
    [TestCase("simulate --snr 0 --out @out", "positive ratio")]
    [TestCase("simulate --preset huge --out @out", "tiny, small, paper")]
    [TestCase("simulate --readout 9 --half-shift --matrix 8 --out @out", "half-shifted")]
    [TestCase("simulate --anatomy @none.nii.gz --out @out", "there is no file")]
    [TestCase("simulate --anatomy @x.npy --out @out", "[z, y, x]")]
    [TestCase("train --config @config.json --out @out", "learning_rate")]
    [TestCase("train --set learning_rte=1 --out @out", "learning_rate")]
    [TestCase("train --data @none --out @out", "there is no dataset folder")]
    [TestCase("train --out @full", "exists and is not empty")]
    [TestCase("reconstruct --out @out --size 16,16 --method gridding --certificates on " + Raw, "--certificates belongs to --checkpoint")]
    [TestCase("evaluate --data @none --checkpoint @weights.safetensors --out @out.json", "no checkpoint")]
    [TestCase("evaluate --data @full --checkpoint @none.safetensors --out @out.json", "there is no file")]
    [TestCase("phantom --matrix 2 --out @out.npy", "--matrix")]
    [TestCase("phantom --part kspace --out @out.nii.gz", "cannot hold k-space")]
    [TestCase("phantom --part maps --out @out.nii.gz", "cannot hold coil maps")]
    [TestCase("info @empty.npy", "is empty")]
    [TestCase("info @empty.h5", "is empty")]
    [TestCase("info @full", "a dataset folder was expected. Make one with")]
    [TestCase("convert @x.npy @folder.npy", "is a folder; the name of a file was expected")]
    [TestCase("convert @x.npy @out.npy @more.npy", "the form is 'stardeq convert IN OUT'")]
    [TestCase("reconstruct --out @text.npy/x --size 16,16 --method gridding " + Raw, "which is a file")]
    [TestCase("simulate --out @text.npy/x", "which is a file")]
    [TestCase("coils --kspace @k.npy --out @out.npy", "give all three")]
    [TestCase("coils --kspace @empty.h5 --out @out.npy", "is empty")]
    [TestCase("prepare --test @k.npy --size 16 --set learning_rate=1 --out @out", "decides nothing of what is prepared")]
    [TestCase("gradcheck --reference @none.safetensors", "none.safetensors")]
    public void It_is_named_and_nothing_is_left(string commandLine, string message)
    {
        string[] before = Content();
        (ExitCode code, _, string error) = Run(commandLine);
        Assert.That(error, Does.Contain(message).And.Not.Contain("   at "));
        Assert.That(code, Is.EqualTo(ExitCode.WrongInput));
        Assert.That(Content(), Is.EqualTo(before));
    }

    private void Trajectory(string name, double factor, double? kz = null)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        float[] points = [.. Read("t.npy", scope).ToArray<float>().Select(v => (float)(v * factor))];
        if (kz is { } z)
        {
            points = [.. Enumerable.Range(0, points.Length / 2).SelectMany(i => new[] { points[2 * i], points[(2 * i) + 1], (float)z })];
        }

        Write(name, [Spokes, Size, points.Length / (Spokes * Size)], points);
    }

    private void Truncate(string name, string cut)
    {
        byte[] bytes = File.ReadAllBytes(At(name));
        File.WriteAllBytes(At(cut), bytes[..^8]);
    }
}
