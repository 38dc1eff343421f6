using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ManagedCuda;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>What the interop offers and what the engine takes of it; works on src/ManagedCuda and on the packages in its place.</summary>
internal static class InteropMembers
{
    private const int MemberReferences = 0x0A000000; // table of the metadata format
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Whether the engine was built against our own interop.</summary>
    public static bool IsOwn => typeof(DriverAPINativeMethods).Assembly.GetName().Name == "ManagedCuda";

    /// <summary>Every member of the interop that the engine's code refers to. Constants leave no trace there.</summary>
    public static IReadOnlySet<MemberInfo> UsedByEngine { get; } = References(typeof(CudaDevice).Module).Where(member => IsInterop(member.DeclaringType!)).ToHashSet();

    /// <summary>All public types of an assembly.</summary>
    public static IEnumerable<Type> Types(Assembly assembly) => assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal);

    /// <summary>Public members of a type that a program can refer to: fields, constructors, methods and operators.</summary>
    public static IEnumerable<MemberInfo> Members(Type type) => type.GetMembers(Declared)
        .Where(member => type.IsEnum ? member is FieldInfo { IsStatic: true } : member is FieldInfo or MethodBase);

    /// <summary>One line for a type.</summary>
    public static string Describe(Type type) => type.IsEnum
        ? $"enum {type.FullName} : {type.GetEnumUnderlyingType().Name}"
        : type.IsValueType ? $"struct {type.FullName}, {Marshal.SizeOf(type)} bytes" : $"class {type.FullName}";

    /// <summary>One line for a member: signature, and for imported functions the library and its exported name.</summary>
    public static string Describe(MemberInfo member)
    {
        string where = $"{member.DeclaringType!.FullName}.{member.Name}";
        return member switch
        {
            FieldInfo { IsLiteral: true } constant => string.Create(CultureInfo.InvariantCulture, $"  {where} = {Convert.ToInt64(constant.GetRawConstantValue(), CultureInfo.InvariantCulture)}"),
            FieldInfo field => $"  {where} : {field.FieldType.FullName}",
            MethodInfo method => $"  {where}({Parameters(method)}) : {method.ReturnType.FullName}{Import(method)}",
            _ => $"  {where}({Parameters((ConstructorInfo)member)})",
        };
    }

    /// <summary>Library and exported name of an imported function; null for anything else.</summary>
    public static (string Library, string Symbol)? ImportOf(MemberInfo member) =>
        member.GetCustomAttribute<DllImportAttribute>() is { } import ? (import.Value, import.EntryPoint ?? member.Name) : null;

    private static string Import(MethodInfo method) => ImportOf(method) is { } import ? $" <- {import.Library}!{import.Symbol}" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(parameter => $"{parameter.ParameterType.FullName} {parameter.Name}"));

    private static bool IsInterop(Type type) => type.Namespace is { } name && (name == nameof(ManagedCuda) || name.StartsWith(nameof(ManagedCuda) + ".", StringComparison.Ordinal));

    private static IEnumerable<MemberInfo> References(Module module)
    {
        for (int token = MemberReferences + 1; TryResolve(module, token, out MemberInfo? member); token++)
        {
            if (member?.DeclaringType is not null)
            {
                yield return member;
            }
        }
    }

    // Members of generic types need their arguments; none of the interop's are.
    private static bool TryResolve(Module module, int token, out MemberInfo? member)
    {
        try
        {
            member = module.ResolveMember(token);
            return true;
        }
        catch (ArgumentException e)
        {
            member = null;
            return e is not ArgumentOutOfRangeException; // the end of the table
        }
    }
}
