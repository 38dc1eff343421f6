using System.Reflection;
using NUnit.Framework;

namespace Stardeq.Tests;

public sealed class MutableStaticTests
{
    [TestCase("Stardeq.Engine")]
    [TestCase("Stardeq.Kernels")]
    [TestCase("Stardeq.Autodiff")]
    [TestCase("Stardeq.Recon")]
    [TestCase("stardeq")]
    public void No_state_is_shared_behind_the_callers_back(string assembly)
    {
        // Compiler-made fields have '<' in their name or in that of their type; a field of one thread is not shared.
        var mutable = Assembly.Load(assembly).GetTypes().Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsInitOnly && !field.IsLiteral && !field.Name.Contains('<', StringComparison.Ordinal))
            .Where(field => !field.IsDefined(typeof(ThreadStaticAttribute)))
            .Select(field => $"{field.DeclaringType}.{field.Name}");
        Assert.That(mutable, Is.Empty);
    }
}
