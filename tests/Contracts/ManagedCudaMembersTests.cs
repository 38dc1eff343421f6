using System.Reflection;
using ManagedCuda;
using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>
/// The interop is a subset of the ManagedCuda API: its public members stand in a committed list, which is compared with
/// src/ManagedCuda and, in a build with -p:ManagedCudaPackages=true, with the packages.
/// </summary>
public sealed class ManagedCudaMembersTests
{
    private const string List = "tests/Contracts/managed-cuda-members.txt";

    [Test]
    public void The_interop_has_the_members_of_the_list_and_no_others()
    {
        if (!InteropMembers.IsOwn)
        {
            Assert.Ignore("built against the packages, which have many more members");
        }

        var actual = InteropMembers.Types(typeof(DriverAPINativeMethods).Assembly).SelectMany(Lines).ToList();
        Assert.That(Differences(Listed(), actual), Is.Empty, $"not as in {List}; if the packages have the change too, replace it by:\n{string.Join('\n', actual)}\n");
    }

    [Test]
    public void Every_listed_member_is_in_the_interop_that_the_engine_was_built_against()
    {
        var listed = Listed();
        var actual = InteropMembers.UsedByEngine.Select(member => member.DeclaringType!.Assembly).Distinct()
            .SelectMany(InteropMembers.Types).Where(type => listed.Any(line => line.Contains($" {type.FullName}", StringComparison.Ordinal))).SelectMany(Lines).ToHashSet(StringComparer.Ordinal);
        Assert.That(listed, Is.Not.Empty);
        Assert.That(listed.Where(line => !actual.Contains(line)), Is.Empty);
    }

    [Test]
    public void The_engine_uses_every_type_and_function_of_the_interop()
    {
        if (!InteropMembers.IsOwn)
        {
            Assert.Ignore("built against the packages, which have many more members");
        }

        // Not asked of values of enumerations, constants of which compiled code keeps no name, nor of the one field of a
        // handle, which is its size. A type counts as used with any member of it, as a parameter, or as a field.
        var used = InteropMembers.UsedByEngine.ToHashSet();
        var types = InteropMembers.Types(typeof(DriverAPINativeMethods).Assembly).ToList();
        Assert.That(types.SelectMany(InteropMembers.Members).Where(member => member is not FieldInfo && !used.Contains(member)).Select(InteropMembers.Describe), Is.Empty);
        var mentioned = used.SelectMany(member => member switch
        {
            MethodInfo method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType),
            FieldInfo field => [field.FieldType],
            _ => [],
        }).Select(type => type.HasElementType ? type.GetElementType()! : type).Concat(used.Select(member => member.DeclaringType!)).ToHashSet();
        Assert.That(types.Where(type => !mentioned.Contains(type) && !types.Exists(nested => nested.DeclaringType == type)), Is.Empty);
    }

    [Test]
    public void A_member_that_is_added_or_missing_is_named()
    {
        Assert.That(Differences(["a", "b"], ["b", "c"]), Is.EqualTo(new[] { "- a", "+ c" }));
        Assert.That(Differences(["a"], ["a"]), Is.Empty);
    }

    private static IEnumerable<string> Lines(Type type) =>
        InteropMembers.Members(type).Select(InteropMembers.Describe).Order(StringComparer.Ordinal).Prepend(InteropMembers.Describe(type));

    private static string[] Listed() => Repository.Read(List).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')).ToArray();

    private static IEnumerable<string> Differences(IReadOnlyCollection<string> listed, IReadOnlyCollection<string> actual) =>
        listed.Except(actual).Select(line => $"- {line}").Concat(actual.Except(listed).Select(line => $"+ {line}"));
}
