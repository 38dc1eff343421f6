using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed partial class VocabularyTests
{
    [TestCase("Engine")]
    [TestCase("Kernels")]
    [TestCase("Autodiff")]
    public void A_general_room_knows_no_word_of_imaging(string room)
    {
        Assert.That(Repository.Lines(Repository.Sources($"src/{room}"), ContainsDomainWord), Is.Empty);
        Assert.That(Repository.Sources($"src/{room}").Where(ContainsDomainWord), Is.Empty, "file names");
    }

    [TestCase("the k-space of", true)]
    [TestCase("Tensor kSpace = x;", true)]
    [TestCase("KSpaceLoader", true)]
    [TestCase("coil_maps", true)]
    [TestCase("MultiCoil", true)]
    [TestCase("spokes", true)]
    [TestCase("ECHO", true)]
    [TestCase("MemoryOwner.Workspace", false)]
    [TestCase("it has spoken", false)]
    [TestCase("recoil", false)]
    public void Words_are_found_inside_identifiers_but_not_inside_words(string text, bool found)
    {
        Assert.That(ContainsDomainWord(text), Is.EqualTo(found));
    }

    private static bool ContainsDomainWord(string text) =>
        DomainWord().IsMatch(HumpBoundary().Replace(text, " ").Replace('_', ' '));

    [GeneratedRegex(@"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex HumpBoundary();

    [GeneratedRegex(@"\b(k[- ]?space|spokes?|coils?|scanners?|echo(es)?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex DomainWord();
}
