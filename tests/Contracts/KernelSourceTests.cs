using System.Text.RegularExpressions;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The rules that stand at the top of kernels.cu.</summary>
public sealed partial class KernelSourceTests
{
    [Test]
    public void Every_kernel_has_a_plain_name_and_launch_bounds()
    {
        Assert.That(Faults(KernelSource.Text), Is.Empty);
    }

    [TestCase("__global__ void f(int n)")]
    [TestCase("extern \"C\" __global__ void f(int n)")]
    [TestCase("__global__ void __launch_bounds__(256) f(int n)")]
    [TestCase("template <class T> __global__ void __launch_bounds__(256) f(T n)")]
    [TestCase("#include <math.h>")]
    [TestCase("  # include \"x.h\"")]
    [TestCase("atomicAdd(&sum, 1.0f);")]
    [TestCase("atomicCAS(p, assumed, __float_as_int(x));")]
    [TestCase("asm volatile(\"red.global.add.f32 [%0], %1;\" :: \"l\"(p), \"f\"(x));")]
    public void A_broken_rule_is_noticed(string line)
    {
        Assert.That(Faults(line), Is.Not.Empty);
    }

    [TestCase("extern \"C\" __global__ void __launch_bounds__(256) f(int n)")]
    [TestCase("extern \"C\" __global__ void __launch_bounds__(128)\nf(int n)")]
    [TestCase("// never __global__ void f(), never atomicAdd, never #include")]
    [TestCase("#define INCLUDED")]
    public void What_the_rules_allow_is_no_fault(string line)
    {
        Assert.That(Faults(line), Is.Empty);
    }

    [Test]
    public void The_contents_are_the_sections()
    {
        string text = KernelSource.Text;
        string contents = text[text.IndexOf("// Contents", StringComparison.Ordinal)..text.IndexOf("// Rules", StringComparison.Ordinal)];
        var listed = Entry().Matches(contents).Select(Title).ToList();
        var sections = Banner().Matches(text).Select(Title).ToList();
        Assert.That(listed, Is.Not.Empty);
        Assert.That(sections, Is.EqualTo(listed));
        Assert.That(listed.Select(title => title.Split(' ')[0]), Is.EqualTo(Enumerable.Range(1, listed.Count).Select(n => $"{n}")));
    }

    private static string Title(Match match) => $"{match.Groups["number"]} {match.Groups["name"]}";

    private static List<string> Faults(string source)
    {
        string code = Comment().Replace(source, " ");
        int kernels = Kernel().Count(code);
        return
        [
            .. Forbidden().Matches(code).Select(match => $"kernels.cu must not have: {match.Value}"),
            .. Enumerable.Repeat("a kernel is not declared as: extern \"C\" __global__ void __launch_bounds__(threads) name(parameters)", Math.Abs(kernels - ProperKernel().Count(code))),
        ];
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b__global__\b")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"extern ""C"" __global__ void __launch_bounds__\(\d+(?:, \w+)?\)\s+\w+\(")]
    private static partial Regex ProperKernel();

    // An atomic operation makes the order of a sum, and so its last bits, differ from run to run.
    [GeneratedRegex(@"^[ \t]*#[ \t]*include[^\n]*|\batomic\w+|\b(?:red|atom)\.[a-z.]*", RegexOptions.Multiline)]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"^//\s+(?<number>\d+)  (?<name>\w+)  ", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"^// =+\n// (?<number>\d+)  (?<name>\w+)\n// =+$", RegexOptions.Multiline)]
    private static partial Regex Banner();
}
