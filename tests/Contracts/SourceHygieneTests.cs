using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed partial class SourceHygieneTests
{
    private const int MaximumLines = 500;

    private static readonly string[] Everything = ["src", "tests"];

    [Test]
    public void No_source_file_is_longer_than_the_limit()
    {
        var tooLong = Repository.Sources(Everything).Select(file => (File: file, Lines: Repository.Read(file).Count(c => c == '\n')))
            .Where(file => file.Lines > MaximumLines);
        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void Code_is_unsafe_only_where_bytes_and_kernels_live()
    {
        // TensorBytes moves the bytes of arrays that may exceed a span between memory and files.
        string[] allowed = ["src/Engine/", "src/Kernels/", "src/ManagedCuda/", "src/Recon/Io/TensorBytes.cs"];
        var others = Repository.Sources("src").Where(file => !allowed.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)));
        Assert.That(Offenders(Unsafe(), others), Is.Empty);
    }

    [Test]
    public void Only_the_command_line_writes_to_the_console()
    {
        Assert.That(Offenders(ConsoleUse(), Repository.Sources("src").Except(Repository.Sources("src/Cli"))), Is.Empty);
    }

    [Test]
    public void No_source_hides_folds_or_postpones_work()
    {
        Assert.That(Offenders(RegionOrNote(), Repository.Sources(Everything).Where(file => !file.EndsWith($"{nameof(SourceHygieneTests)}.cs", StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public void Nothing_converts_implicitly_or_frees_in_a_destructor()
    {
        // The interop has the conversions of the package whose place it takes.
        Assert.That(Offenders(ImplicitOrDestructor(), Repository.Sources("src").Except(Repository.Sources("src/ManagedCuda"))), Is.Empty);
    }

    private static List<string> Offenders(Regex pattern, IEnumerable<string> files) => Repository.Lines(files, pattern.IsMatch);

    // Code only: what follows // is text.
    [GeneratedRegex(@"^(?:(?!//).)*\bunsafe\b")]
    private static partial Regex Unsafe();

    [GeneratedRegex(@"^(?:(?!//).)*\b(Ansi)?Console\s*\.")]
    private static partial Regex ConsoleUse();

    [GeneratedRegex(@"^\s*#(end)?region|\b(TODO|FIXME|HACK)\b")]
    private static partial Regex RegionOrNote();

    [GeneratedRegex(@"\bimplicit\s+operator\b|^\s*~[A-Za-z_]\w*\s*\(")]
    private static partial Regex ImplicitOrDestructor();
}
