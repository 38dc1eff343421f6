using System.Xml.Linq;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed class DependencyTests
{
    [TestCase("ManagedCuda", "")]
    [TestCase("Engine", "ManagedCuda")]
    [TestCase("Kernels", "Engine")]
    [TestCase("Autodiff", "Kernels")]
    [TestCase("Recon", "Autodiff")]
    [TestCase("Cli", "Recon")]
    public void A_room_refers_to_the_room_below_it_and_to_nothing_else(string room, string below)
    {
        var references = Project(room).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
        Assert.That(string.Join(", ", references), Is.EqualTo(below));
    }

    [TestCase("ManagedCuda", "")]
    [TestCase("Engine", "")]
    [TestCase("Kernels", "")]
    [TestCase("Autodiff", "")]
    [TestCase("Recon", "BigGustave, MathNet.Numerics, OxyPlot.Core, PureHDF")] // PNG files, eigenvectors, plots of the report, reading HDF5
    [TestCase("Cli", "CommandLineParser, Spectre.Console")]
    public void A_room_needs_these_packages_and_no_others(string room, string packages)
    {
        // The ManagedCuda packages may stand in for src/ManagedCuda when asked for by a build property.
        var found = Project(room).Descendants("PackageReference").Select(package => (string)package.Attribute("Include")!)
            .Where(package => !package.StartsWith("ManagedCuda", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.That(string.Join(", ", found), Is.EqualTo(packages));
    }

    [Test]
    public void Every_room_is_known_here()
    {
        var rooms = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension);
        Assert.That(rooms, Is.EquivalentTo(new[] { "ManagedCuda", "Engine", "Kernels", "Autodiff", "Recon", "Cli" }));
    }

    [Test]
    public void The_acceptance_program_runs_the_tests_in_the_version_of_their_framework()
    {
        string Version(string project) => (string)XDocument.Parse(Repository.Read(project)).Descendants("PackageReference")
            .Single(package => (string)package.Attribute("Include")! == "NUnit").Attribute("Version")!;
        Assert.That(Version("tests/Acceptance/Acceptance.csproj"), Is.EqualTo(Version("tests/Tests.csproj")));
    }

    private static XDocument Project(string room) => XDocument.Parse(Repository.Read($"src/{room}/{room}.csproj"));
}
