using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>kernels.cu as clang compiles it, against the rules and the budgets.</summary>
public sealed class PtxGateTests
{
    private static IEnumerable<string> Kernels => KernelSource.Signatures.Keys;

    [Test]
    public void The_source_compiles_for_every_architecture_and_type_without_a_warning()
    {
        Assert.That(CompiledKernels.Open().Codes.Where(code => code.Value.Messages.Length > 0).Select(code => $"{code.Key}\n{code.Value.Messages}"), Is.Empty);
    }

    [Test]
    public void The_source_keeps_the_rules_that_no_compiler_enforces()
    {
        Assert.That(DeviceRules.Violations(KernelSource.Text), Is.Empty);
        Assert.That(CompiledKernels.Open().Codes.Values.SelectMany(code => DeviceRules.Violations(code.Ptx!)).Distinct(), Is.Empty);
    }

    [OneTimeSetUp]
    public void RewriteTheBudgetsOnRequest()
    {
        if (Environment.GetEnvironmentVariable(KernelBudget.WriteVariable) == "1")
        {
            var old = KernelBudget.Read();
            KernelBudget.Write([.. Kernels.Select(kernel => Needed(kernel, old.GetValueOrDefault(kernel)?.ReasonForDouble ?? ""))]);
        }
    }

    [TestCaseSource(nameof(Kernels))]
    public void A_kernel_stays_within_its_budget(string kernel)
    {
        KernelBudget? budget = KernelBudget.Read().GetValueOrDefault(kernel);
        KernelBudget needed = Needed(kernel, budget?.ReasonForDouble is { Length: > 0 } reason ? reason : "REASON");
        string advice = $"If that is meant, the line of tests/PtxGate/budgets.txt is\n{needed}";
        Assert.That(budget, Is.Not.Null, $"no budget. {advice}");
        Assert.That(budget!.Excess(needed), Is.Empty, advice);
    }

    [Test]
    public void Every_budget_is_that_of_a_kernel()
    {
        Assert.That(KernelBudget.Read().Keys.Except(Kernels), Is.Empty);
    }

    [Test]
    public void The_table_of_the_documentation_lists_every_kernel()
    {
        string path = Path.Combine(Repository.Root, StaticTable.File);
        if (Environment.GetEnvironmentVariable(StaticTable.WriteVariable) == "1")
        {
            File.WriteAllText(path, StaticTable.Write(CompiledKernels.Open()));
        }

        Assert.That(StaticTable.Kernels(File.ReadAllText(path)), Is.EquivalentTo(Kernels), $"run the tests with {StaticTable.WriteVariable}=1 to rewrite {StaticTable.File}");
    }

    private static KernelBudget Needed(string kernel, string reasonForDouble)
    {
        CompiledKernels compiled = CompiledKernels.Open();
        return KernelBudget.Of(compiled.Variants(kernel, DType.Float32), compiled.Variants(kernel, DType.Float64), reasonForDouble);
    }
}
