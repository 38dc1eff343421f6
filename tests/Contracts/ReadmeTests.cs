using System.Reflection;
using System.Text.RegularExpressions;
using CommandLine;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed partial class ReadmeTests
{
    private Dictionary<string, HashSet<string>> _optionsOfVerb = [];

    [OneTimeSetUp]
    public void ReadTheCommandLine()
    {
        _optionsOfVerb = Assembly.Load("stardeq").GetTypes().Where(type => type.IsDefined(typeof(VerbAttribute))).ToDictionary(
            type => type.GetCustomAttribute<VerbAttribute>()!.Name,
            type => type.GetProperties().Select(property => property.GetCustomAttribute<OptionAttribute>()?.LongName)
                .OfType<string>().Append("help").ToHashSet());
        if (_optionsOfVerb.Count == 0)
        {
            Assert.Ignore("the command line has no verbs yet");
        }
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

    private static IEnumerable<string> Commands() => Repository.Documents().SelectMany(document =>
        CommandLineInCode().Matches(Repository.Read(document)).Select(match => match.Groups["command"].Value.Split('#')[0].Trim())).Distinct();

    [GeneratedRegex(@"^(stardeq|dotnet run .* --) (?<command>[a-z].*)$", RegexOptions.Multiline)]
    private static partial Regex CommandLineInCode();

    [GeneratedRegex(@"Invoke-Stardeq '\w+' @\('(?<verb>[\w-]+)'")]
    private static partial Regex BuildScriptCall();
}
