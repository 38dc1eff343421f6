using System.Text.RegularExpressions;
using NUnit.Framework;
using Stardeq.Cli;

namespace Stardeq.Tests;

public sealed partial class ReadmeTests
{
    private Dictionary<string, HashSet<string>> _optionsOfVerb = [];

    [OneTimeSetUp]
    public void ReadTheCommandLine()
    {
        _optionsOfVerb = Verbs.All.ToDictionary(verb => verb.Name, verb => OptionsOf(verb.Name));
    }

    [TestCaseSource(nameof(Commands))]
    public void A_command_shown_to_users_has_a_real_verb_and_real_options(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(_optionsOfVerb.Keys, Does.Contain(words[0]));
        var options = words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word[2..].Split('=')[0]);
        Assert.That(options.Except(_optionsOfVerb[words[0]]), Is.Empty);
    }

    [Test]
    public void The_build_script_calls_real_verbs()
    {
        var called = BuildScriptCall().Matches(Repository.Read("build.ps1")).Select(match => match.Groups["verb"].Value).ToList();
        Assert.That(called, Is.Not.Empty.And.SubsetOf(_optionsOfVerb.Keys));
    }

    /// <summary>Long names on the help page of a verb, which is what users see.</summary>
    private static HashSet<string> OptionsOf(string verb)
    {
        using var page = new StringWriter();
        CommandLineHost.Run([verb, "--help"], new Terminal(page, TextWriter.Null, IsInteractive: false));
        return [.. OptionOnHelpPage().Matches(page.ToString()).Select(match => match.Groups["name"].Value)];
    }

    private static IEnumerable<string> Commands() => Repository.Documents().SelectMany(document =>
        CommandLineInCode().Matches(Repository.Read(document)).Select(match => match.Groups["command"].Value.Split('#')[0].Trim())).Distinct();

    [GeneratedRegex(@"^  --(?<name>[a-z-]+)(=|  )", RegexOptions.Multiline)]
    private static partial Regex OptionOnHelpPage();

    [GeneratedRegex(@"^(stardeq|dotnet run .* --) (?<command>[a-z].*)$", RegexOptions.Multiline)]
    private static partial Regex CommandLineInCode();

    [GeneratedRegex(@"Invoke-Stardeq '\w+' @\('(?<verb>[\w-]+)'")]
    private static partial Regex BuildScriptCall();
}
