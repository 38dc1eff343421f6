using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Recon;

namespace Stardeq.Tests;

[Category("comparing")]
public sealed class BartDelayTests
{
    private const double Agreement = 0.03; // samples

    [Test]
    public void Delays_of_both_methods_agree_with_BART_on_the_same_data()
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        double[] angles = RadialTrajectory.Angles(SpokeOrder.FullCircle, 64);
        Tensor points = DelayedPhantom.Nominal(angles, scope);
        Compare("-R", new GradientDelays(0.4, -0.25, 0.1), (kSpace) => RingDelays.Estimate(kSpace, points, DelayedPhantom.Matrix, DelayedPhantom.Matrix), angles, points, scope);
        Compare("", new GradientDelays(0.35, 0.35, 0), (kSpace) => AntiparallelDelays.Estimate(kSpace, points, DelayedPhantom.Matrix, DelayedPhantom.Matrix), angles, points, scope);
    }

    private static void Compare(string option, GradientDelays truth, Func<Tensor, DelayEstimate> estimate, double[] angles, Tensor points, TensorScope scope)
    {
        Tensor kSpace = new DelayedPhantom(7).KSpace(angles, truth, scope);
        GradientDelays ours = estimate(kSpace).Delays, bart = Bart(option, kSpace, points, scope);
        TestContext.Out.WriteLine($"estdelay {option}: BART {bart}, ours {ours}, truth {truth}");
        foreach ((double a, double b) in new[] { (ours.X, bart.X), (ours.Y, bart.Y), (ours.XY, bart.XY) })
        {
            Assert.That(a, Is.EqualTo(b).Within(Agreement), $"estdelay {option}: BART {bart}, ours {ours}");
        }
    }

    private static GradientDelays Bart(string option, Tensor kSpace, Tensor points, TensorScope scope)
    {
        string folder = Fixtures.TemporaryFolder();
        double[] planar = points.ToArray<double>();
        int samples = planar.Length / 2;
        Tensor trajectory = scope.From<Complex64>(
            [points.Shape[0], points.Shape[1], 3],
            [.. Enumerable.Range(0, 3 * samples).Select(i => new Complex64(i % 3 == 2 ? 0 : (float)planar[(2 * (i / 3)) + (i % 3)], 0))]);
        CflFile.Write(Path.Combine(folder, "t.cfl"), trajectory);
        CflFile.Write(Path.Combine(folder, "k.cfl"), kSpace.Reshape([.. kSpace.Shape, 1]));
        string[] arguments = ["estdelay", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries), Path.Combine(folder, "t"), Path.Combine(folder, "k")];
        var start = new ProcessStartInfo("bart", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process? tool = null;
        try
        {
            tool = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("needs the program bart (Debian package 'bart').");
        }

        using (tool)
        {
            string text = tool!.StandardOutput.ReadToEnd(), errors = tool.StandardError.ReadToEnd();
            tool.WaitForExit();
            Assert.That(tool.ExitCode, Is.Zero, errors);
            double[] numbers = [.. text.Trim().Split(':').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

            // BART measures angles from ky: its first number is our y.
            return new GradientDelays(numbers[1], numbers[0], numbers[2]);
        }
    }
}
