using System.Management.Automation.Language;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed class BuildScriptTests
{
    private static readonly string[] Verbs = ["build", "test", "verify", "bench", "publish", "format", "cuda-check", "gpu-acceptance"];

    private ScriptBlockAst _script = null!;

    [OneTimeSetUp]
    public void Parse()
    {
        _script = Parser.ParseFile(Path.Combine(Repository.Root, "build.ps1"), out _, out ParseError[] errors);
        Assert.That(errors.Select(error => error.ToString()), Is.Empty);
    }

    [Test]
    public void The_first_parameter_accepts_exactly_the_verbs()
    {
        var accepted = _script.ParamBlock.Parameters[0].Attributes.OfType<AttributeAst>()
            .Single(attribute => attribute.TypeName.Name == "ValidateSet").PositionalArguments.Select(argument => argument.SafeGetValue());
        Assert.That(accepted, Is.EquivalentTo(Verbs));
    }

    [Test]
    public void Every_verb_has_a_branch()
    {
        var branches = _script.FindAll(node => node is SwitchStatementAst, searchNestedScriptBlocks: true).Cast<SwitchStatementAst>()
            .Single().Clauses.Select(clause => clause.Item1.SafeGetValue());
        Assert.That(branches, Is.EquivalentTo(Verbs));
    }

    [Test]
    public void Every_function_that_is_called_exists()
    {
        var defined = _script.FindAll(node => node is FunctionDefinitionAst, true).Cast<FunctionDefinitionAst>().Select(function => function.Name).ToList();
        var called = _script.FindAll(node => node is CommandAst, true).Cast<CommandAst>().Select(command => command.GetCommandName()).OfType<string>().Distinct();
        string[] known = ["dotnet", "Write-Host", "Join-Path", "Push-Location", "Pop-Location", "Get-ChildItem", "ForEach-Object", "Measure-Object"];
        Assert.That(called.Except(defined).Except(known, StringComparer.OrdinalIgnoreCase), Is.Empty);
    }

    [Test]
    public void Every_project_and_folder_named_exists()
    {
        var paths = _script.FindAll(node => node is StringConstantExpressionAst, true).Cast<StringConstantExpressionAst>()
            .Select(text => text.Value).Where(text => text.StartsWith("src/", StringComparison.Ordinal) || text.StartsWith("tests", StringComparison.Ordinal)
                || text.StartsWith("benchmarks", StringComparison.Ordinal));
        Assert.That(paths.Where(path => !Directory.Exists(Path.Combine(Repository.Root, path))), Is.Empty);
    }
}
