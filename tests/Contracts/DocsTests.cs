using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed partial class DocsTests
{
    private const string References = "docs/references.md";

    [TestCaseSource(typeof(Repository), nameof(Repository.Documents))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        foreach (Match link in Link().Matches(WithoutCode(Repository.Read(document))))
        {
            (string path, string heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
            if (path.Contains(':', StringComparison.Ordinal))
            {
                continue; // https: and the like
            }

            string target = path.Length == 0 ? Path.Combine(Repository.Root, document) : Path.GetFullPath(Path.Combine(folder, path));
            Assert.That(File.Exists(target) || Directory.Exists(target), Is.True, $"{document}: {link.Value}");
            if (heading.Length > 0)
            {
                Assert.That(Headings(File.ReadAllText(target)), Does.Contain(heading), $"{document}: {link.Value}");
            }
        }
    }

    [Test]
    public void Every_paper_tag_is_defined_once_in_the_references()
    {
        var defined = Definition().Matches(Repository.Read(References)).Select(match => match.Groups["tag"].Value).ToList();
        Assert.That(defined, Is.Unique);
        Assert.That(Cited().Except(defined), Is.Empty);
    }

    [Test]
    public void Every_reference_is_cited_or_listed_as_background()
    {
        string[] parts = Repository.Read(References).Split("## Background");
        Assert.That(parts, Has.Length.EqualTo(2));
        var needed = Definition().Matches(parts[0]).Select(match => match.Groups["tag"].Value);
        Assert.That(needed.Except(Cited()), Is.Empty);
    }

    private static HashSet<string> Cited() => [.. Repository.Sources("src", "tests")
        .Concat(Repository.Documents().Where(document => document != References))
        .Select(Repository.Read)
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.cu").Select(File.ReadAllText))
        .SelectMany(text => Tag().Matches(text)).Select(match => match.Value)];

    private static string WithoutCode(string markdown) => Code().Replace(markdown, "");

    private static HashSet<string> Headings(string markdown) => [.. Heading().Matches(WithoutCode(markdown))
        .Select(match => NotInAnchor().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\((?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\[[A-Z]{3}\d{2}\]")]
    private static partial Regex Tag();

    [GeneratedRegex(@"^- \*\*(?<tag>\[[A-Z]{3}\d{2}\])\*\*", RegexOptions.Multiline)]
    private static partial Regex Definition();

    [GeneratedRegex(@"^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^#{1,6} (?<text>.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
