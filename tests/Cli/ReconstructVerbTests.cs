using System.Numerics;
using System.Text.Json;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

[TestFixture]
public sealed class ReconstructVerbTests : CommandLineSession
{
    private const int Size = 24, Spokes = 40, Coils = 3;

    private Complex64[] _samples = [];
    private float[] _points = [];

    [SetUp]
    public void MakeAcquisition()
    {
        Succeed($"traj --spokes {Spokes} --size {Size},{Size} --out @t.npy");
        Succeed($"phantom --part kspace --matrix {Size} --coils {Coils} --spokes {Spokes} --out @all.npy");
        Succeed($"phantom --part maps --matrix {Size} --coils {Coils} --out @maps.npy");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        _samples = Read("all.npy", scope).ToArray<Complex64>();
        _points = Read("t.npy", scope).ToArray<float>();
        Write("k.npy", [Coils, Spokes, Size], _samples);
    }

    [Test]
    public void Cg_sense_solves_the_regularised_normal_equations_that_it_prints()
    {
        Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --coils @maps.npy --size {Size} --method cg-sense --iterations 200 --lambda 0.01 --out @out --device cpu");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor x = Read("out/image.npy", scope);
        using NufftPlan plan = NufftPlan.Create(Read("t.npy", scope), Size, Size, NufftAccuracy.Accurate);
        var encoding = new ModulatedNufft(plan, Read("maps.npy", scope).Reshape([Coils, Size, Size]));
        Tensor y = scope.From([Coils, Spokes * Size], _samples), ax = scope.Like(y), left = scope.Like(x), right = scope.Like(x);
        encoding.Forward(x, ax);
        encoding.Adjoint(ax, left);
        encoding.Adjoint(y, right);
        JsonElement image = Record("out").GetProperty("images")[0];
        Scale.Run(image.GetProperty("absolute_lambda").GetDouble(), x, left, WriteMode.Add);

        // The solve ends at a relative residual of 1e-6; the two forms of AᴴA differ by the gridding error, some 1e-5.
        Assert.That(Fixtures.RelativeError(left, right), Is.LessThan(1e-4));
        Assert.That(image.GetProperty("absolute_lambda").GetDouble(), Is.EqualTo(0.01 * image.GetProperty("largest_eigenvalue").GetDouble()).Within(1e-9));
    }

    [TestCase("l1-wavelet", "--wavelet haar --seed 3")]
    [TestCase("tv", "")]
    public void Sparse_methods_lower_the_function_that_they_record(string method, string options)
    {
        const string Data = "--kspace @k.npy --trajectory @t.npy --coils @maps.npy --size 24 --device cpu --acceleration 2";
        Succeed($"reconstruct {Data} --method {method} {options} --lambda 0.001 --tolerance 0 --iterations 300 --out @sparse");
        Succeed($"reconstruct {Data} --method {method} {options} --lambda 0.001 --tolerance 0 --iterations 300 --out @again");
        Succeed($"reconstruct {Data} --method cg-sense --lambda 0 --out @plain");
        Assert.That(File.ReadAllBytes(At("again/image.npy")), Is.EqualTo(File.ReadAllBytes(At("sparse/image.npy"))), "same seed, same bits");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        JsonElement record = Record("sparse"), image = record.GetProperty("images")[0];
        Assert.That(record.GetProperty("objective").GetString(), Does.Contain("lambda 0.001").And.Contain(method == "tv" ? "|D x|" : "haar wavelets with random shifts of seed 3"));
        Assert.That(image.GetProperty("iterations").GetInt32(), Is.EqualTo(300));
        int[] kept = SpokeSubset.Temporal([.. Enumerable.Range(0, Spokes).Select(i => (double)i)], 2);
        float[] points = [.. kept.SelectMany(spoke => _points.Skip(2 * spoke * Size).Take(2 * Size))];
        Complex64[] samples = [.. Enumerable.Range(0, Coils).SelectMany(c => kept.SelectMany(spoke => _samples.Skip(((c * Spokes) + spoke) * Size).Take(Size)))];
        using NufftPlan plan = NufftPlan.Create(scope.From([points.Length / 2, 2], points), Size, Size, NufftAccuracy.Accurate);
        var encoding = new ModulatedNufft(plan, Read("maps.npy", scope).Reshape([Coils, Size, Size]));
        double weight = image.GetProperty("absolute_lambda").GetDouble();
        double Value(Tensor x, double factor)
        {
            Tensor scaled = scope.Like(x), y = scope.From([Coils, points.Length / 2], samples), ax = scope.Like(y);
            Scale.Run(factor, x, scaled);
            encoding.Forward(scaled, ax);
            return (0.5 * Reduce.SquaredDistance(ax, y)) + (weight * (method == "tv" ? Variation(scaled) : Details(scaled)));
        }

        // Against other scales the minimum is tested to the square of their distance, 1e-4 of the data term; the shifts of the wavelets average over all of these functions.
        Tensor solution = Read("sparse/image.npy", scope), plain = Read("plain/image.npy", scope);
        double best = Value(solution, 1);
        Assert.That(best, Is.LessThan(Value(plain, 1)));
        Assert.That(best, Is.LessThan(Value(solution, 0.97)).And.LessThan(Value(solution, 1.03)));
    }

    [Test]
    public void Gridding_has_the_amplitude_of_the_object()
    {
        Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --coils @maps.npy --size {Size} --method gridding --out @out --device cpu");
        Succeed($"phantom --matrix {Size} --out @x.npy");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);

        // Gibbs ringing of sharp ellipses on 24 pixels is some 10 to 20 %; a wrong scale would be a factor.
        Tensor maps = Read("maps.npy", scope), x = Read("x.npy", scope).Reshape([Size, Size]), weighted = scope.Like(x);
        double[] sensitivity = SumOfSquares(maps);
        Complex64[] values = x.ToArray<Complex64>();
        for (int i = 0; i < values.Length; i++)
        {
            weighted.Span<Complex64>()[i] = new Complex64((float)(values[i].Real * sensitivity[i]), (float)(values[i].Imaginary * sensitivity[i]));
        }

        Assert.That(Fixtures.RelativeError(Read("out/image.npy", scope), weighted), Is.LessThan(0.3));
    }

    [Test]
    public void Maps_of_the_coils_verb_are_those_that_reconstruct_estimates([Values("walsh", "jsense", "espirit")] string method)
    {
        Succeed($"coils --kspace @k.npy --trajectory @t.npy --size {Size} --method {method} --out @estimated.npy --device cpu");
        Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --maps {method} --size {Size} --method gridding --out @out --device cpu");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor maps = Read("estimated.npy", scope);
        Assert.That(maps.Shape, Is.EqualTo(Shape.Create([Coils, Size, Size])));
        Assert.That(File.ReadAllBytes(At("out/maps.npy")), Is.EqualTo(File.ReadAllBytes(At("estimated.npy"))));
    }

    [Test]
    public void Polynomial_maps_differ_from_fourier_maps_and_have_the_same_support()
    {
        Succeed($"coils --kspace @k.npy --trajectory @t.npy --size {Size} --out @fourier.npy --device cpu");
        Succeed($"coils --kspace @k.npy --trajectory @t.npy --size {Size} --basis polynomial --degree 3 --calibration 16 --outer 3 --inner 4 --lambda 0.01 --out @polynomial.npy --device cpu");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor fourier = Read("fourier.npy", scope), polynomial = Read("polynomial.npy", scope);
        Assert.That(SumOfSquares(polynomial).Zip(SumOfSquares(fourier), (a, b) => a > 0 == b > 0), Is.All.True);
        Assert.That(Fixtures.RelativeError(polynomial, fourier), Is.InRange(1e-3, 1));
    }

    [Test]
    public void Files_in_the_order_of_bart_give_the_same_image()
    {
        Write("k.cfl", [Coils, Spokes, Size, 1], _samples);
        Write("t.cfl", [Spokes, Size, 3], [.. Enumerable.Range(0, Spokes * Size).SelectMany(i => new[] { _points[2 * i], _points[(2 * i) + 1], 0f })]);
        Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --size {Size} --method gridding --out @numpy --device cpu");
        Succeed($"reconstruct --kspace @k.cfl --trajectory @t.cfl --size {Size} --method gridding --out @bart --device cpu");
        Assert.That(File.ReadAllBytes(At("bart/image.npy")), Is.EqualTo(File.ReadAllBytes(At("numpy/image.npy"))));
    }

    [Test]
    public void Frames_become_images_or_one_acquisition()
    {
        int half = Spokes / 2;
        Complex64[] Frame(int f) => [.. Enumerable.Range(0, Coils).SelectMany(c => _samples.Skip(((c * Spokes) + (f * half)) * Size).Take(half * Size))];
        Write("frames.npy", [2, Coils, half, Size], [.. Frame(0), .. Frame(1)]);
        Write("points.npy", [2, half, Size, 2], _points);
        Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --size {Size} --method gridding --out @whole --device cpu");
        Succeed($"reconstruct --kspace @frames.npy --trajectory @points.npy --size {Size} --method gridding --combine-frames --out @joined --device cpu");
        Succeed($"reconstruct --kspace @frames.npy --trajectory @points.npy --size {Size} --method gridding --out @apart --device cpu");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Assert.That(File.ReadAllBytes(At("joined/image.npy")), Is.EqualTo(File.ReadAllBytes(At("whole/image.npy"))));
        Assert.That(Read("apart/image.npy", scope).Shape, Is.EqualTo(Shape.Create([2, Size, Size])));
        Assert.That(Read("apart/maps.npy", scope).Shape, Is.EqualTo(Shape.Create([2, Coils, Size, Size])));
        Assert.That(File.Exists(At("apart/image-001.png")) && File.Exists(At("joined/image.png")));
    }

    [Test]
    public void A_trained_model_reconstructs_datasets_and_measured_data()
    {
        Succeed("simulate --matrix 16 --coils 2 --slices 1 --train-subjects 1 --validation-subjects 0 --test-subjects 1 --out @data");
        Succeed("train --data @data --epochs 1 --set base=2 poolings=1 max_iterations=3 --out @run --device cpu");
        Succeed("reconstruct --data @data --checkpoint @run/checkpoint.safetensors --out @simulated --device cpu");
        string text = Succeed($"reconstruct --kspace @k.npy --trajectory @t.npy --size {Size} --checkpoint @run/checkpoint.safetensors --out @measured --device cpu");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Assert.That(Read("simulated/image.npy", scope).Shape, Is.EqualTo(Shape.Create([1, 16, 16])));
        Assert.That(Read("measured/image.npy", scope).Shape, Is.EqualTo(Shape.Create([Size, Size])));
        Assert.That(Record("simulated").GetProperty("images")[0].GetProperty("status").GetString(), Is.AnyOf("converged", "stalled", "diverged"));
        Assert.That(text, Does.Contain("IFDEQ"));

        // The image is homogeneous of degree one in the data: the scale is taken out before the network and put back after it.
        Write("k2.npy", [Coils, Spokes, Size], Array.ConvertAll(_samples, v => new Complex64(4 * v.Real, 4 * v.Imaginary)));
        Succeed($"reconstruct --kspace @k2.npy --trajectory @t.npy --size {Size} --checkpoint @run/checkpoint.safetensors --out @fourfold --device cpu");
        double[] once = Fixtures.Reals(Read("measured/image.npy", scope)), fourfold = Fixtures.Reals(Read("fourfold/image.npy", scope));
        Assert.That(Fixtures.RelativeError(fourfold, once.Select(v => 4 * v)), Is.LessThan(1e-5)); // factors of 4 are exact up to the support threshold
    }

    [Test]
    public void Density_weights_of_a_file_add_up_to_the_area_of_k_space()
    {
        Succeed($"density --trajectory @t.npy --size {Size} --method voronoi --out @w.npy");
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        Tensor weights = Read("w.npy", scope);
        Assert.That(weights.Shape, Is.EqualTo(Shape.Create([Spokes, Size])));

        // A disc of radius N/2; the ends of the spokes make up for one part in N, at both ends.
        Assert.That(Fixtures.Reals(weights).Sum(), Is.EqualTo(Math.PI * Size * Size / 4).Within(3).Percent);
    }

    /// <summary>Σ of the moduli of the differences to the next pixels.</summary>
    private static double Variation(Tensor x)
    {
        Complex[] pixels = Array.ConvertAll(x.ToArray<Complex64>(), v => v.ToComplex());
        return Enumerable.Range(0, pixels.Length).Sum(i =>
        {
            double down = i / Size + 1 < Size ? (pixels[i + Size] - pixels[i]).Magnitude : 0, right = (i % Size) + 1 < Size ? (pixels[i + 1] - pixels[i]).Magnitude : 0;
            return Math.Sqrt((down * down) + (right * right));
        });
    }

    /// <summary>Mean over the four shifts of one level of Haar wavelets of Σ of the moduli of the details.</summary>
    private static double Details(Tensor x)
    {
        Complex[] pixels = Array.ConvertAll(x.ToArray<Complex64>(), v => v.ToComplex());
        return Enumerable.Range(0, pixels.Length).Sum(i =>
        {
            int right = (i % Size) + 1 < Size ? i + 1 : i + 1 - Size, down = (i + Size) % pixels.Length, both = (right + Size) % pixels.Length;
            (Complex a, Complex b, Complex c, Complex d) = (pixels[i], pixels[right], pixels[down], pixels[both]);
            return ((a + b - c - d).Magnitude + (a - b + c - d).Magnitude + (a - b - c + d).Magnitude) / 2 / 4;
        });
    }

    private static double[] SumOfSquares(Tensor maps)
    {
        Complex64[] values = maps.ToArray<Complex64>();
        int pixels = values.Length / Coils;
        return [.. Enumerable.Range(0, pixels).Select(i => Enumerable.Range(0, Coils).Sum(c => (double)((values[(c * pixels) + i].Real * values[(c * pixels) + i].Real) + (values[(c * pixels) + i].Imaginary * values[(c * pixels) + i].Imaginary))))];
    }

    private JsonElement Record(string folder) => JsonDocument.Parse(File.ReadAllText(At($"{folder}/record.json"))).RootElement;
}
