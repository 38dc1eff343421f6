using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>
/// Each kernel of kernels.cu against every place in the program that starts it: number, order and kinds of the arguments,
/// read from the compiled program, in which each argument has the overload that its type chose.
/// </summary>
public sealed class KernelSignatureTests
{
    private static readonly string[] Rooms = ["Stardeq.Engine", "Stardeq.Kernels", "Stardeq.Autodiff", "Stardeq.Recon", "stardeq"];

    private static readonly Lazy<List<KernelLauncher>> Launchers = new(() => [.. Rooms.SelectMany(room => KernelLauncher.In(Assembly.Load(room)))]);

    [Test]
    public void Every_launcher_gives_its_kernel_what_it_takes()
    {
        Assert.That(Launchers.Value, Is.Not.Empty);
        Assert.That(Rooms.SelectMany(room => KernelLauncher.Strays(Assembly.Load(room))), Is.Empty, "arguments are given elsewhere than between the kernel's name and its launch");
        Assert.That(Misfits(KernelSource.Text), Is.Empty);
    }

    [Test]
    public void Two_parameters_in_each_others_place_are_noticed_and_named()
    {
        Assert.That(Misfits(Change("scale(real alpha, const real* x,", "scale(const real* x, real alpha,")), Has.Exactly(1)
            .Contains("scale: parameter 0 (x) is a RealPointer").And.Contains("src/Kernels/Elementwise/CudaMaps.cs:"));
    }

    [Test]
    public void A_missing_or_additional_parameter_is_noticed_and_named()
    {
        Assert.That(Misfits(Change("multiply(const real* a, const real* b, real* y, index_t count)", "multiply(const real* a, const real* b, real* y)")),
            Has.Exactly(1).Contains("multiply has 3 parameters").And.Contains("gives 4"));
        Assert.That(Misfits(Change("multiply(const real* a, const real* b, real* y, index_t count)", "multiply(const real* a, const real* b, real* y, index_t count, int last)")),
            Has.Exactly(1).Contains("multiply has 5 parameters").And.Contains("last is missing"));
    }

    [Test]
    public void An_int_for_an_index_is_noticed()
    {
        Assert.That(Misfits(Change("multiply(const real* a, const real* b, real* y, index_t count)", "multiply(const real* a, const real* b, real* y, int count)")),
            Has.Exactly(1).Contains("parameter 3 (count) is a Int").And.Contains("With(Int64)"));
    }

    [Test]
    public void A_renamed_kernel_is_noticed_on_both_sides()
    {
        string[] misfits = [.. Misfits(Change(" reflect_pad_adjoint(", " reflect_pad_transposed("))];
        Assert.That(misfits, Has.Exactly(1).Contains("reflect_pad_transposed is started nowhere"));
        misfits = [.. Misfits(Change(" multiply(", " product("))];
        Assert.That(misfits, Has.Exactly(1).Contains("product is started nowhere"));
        Assert.That(misfits, Has.Exactly(1).Contains("src/Kernels/Elementwise/CudaMaps.cs").And.Contains("kernels.cu has no"));
    }

    [Test]
    public void A_wrong_parameter_of_kernels_whose_names_are_made_or_chosen_at_run_time_is_noticed()
    {
        Assert.That(Misfits(Change("narrow(const double* x, real* y, index_t count)", "narrow(const double* x, real* y, real count)")), Has.Exactly(1).Contains("narrow: parameter 2 (count)"));
        string name = KernelSource.Signatures.Keys.First(key => key.StartsWith("conv2d_3x3", StringComparison.Ordinal));
        string wrong = Regex.Replace(KernelSource.Text, $@"\b{name}\((\s*)", $"{name}($1real first, ");
        Assert.That(Misfits(wrong), Has.Exactly(1).Contains($"{name}: parameter 0 (first) is a Real"));
        wrong = Regex.Replace(KernelSource.Text, @"\blinear_combination\((\s*)", "linear_combination($1real first, ");
        Assert.That(Misfits(wrong), Has.Exactly(1).Contains("linear_combination: parameter 0 (first)"));
    }

    private static string Change(string text, string by)
    {
        Assert.That(KernelSource.Text, Does.Contain(text), "the line that this test changes");
        return KernelSource.Text.Replace(text, by, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Misfits(string source)
    {
        var kernels = KernelSignature.Parse(source);
        foreach (KernelLauncher launcher in Launchers.Value)
        {
            var started = kernels.Values.Where(kernel => launcher.Names.IsMatch(kernel.Name)).ToList();
            foreach (string misfit in started.Select(launcher.Misfit).OfType<string>())
            {
                yield return misfit;
            }

            if (started.Count == 0)
            {
                yield return $"{launcher.Place} starts a kernel, but kernels.cu has no {launcher.Names}";
            }
        }

        foreach (string kernel in kernels.Keys.Where(name => !Launchers.Value.Exists(launcher => launcher.Names.IsMatch(name))))
        {
            yield return $"kernels.cu: {kernel} is started nowhere";
        }
    }
}
