using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>A place in the program that starts kernels, as the compiler has left it: its overloads tell the types of the arguments.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Names">Pattern of the names of the kernels that it starts: one name, or what an interpolated or chosen name can be.</param>
/// <param name="Arguments">Kinds of its arguments in order.</param>
/// <param name="Launched">Whether a launch follows.</param>
internal sealed record KernelLauncher(string Place, Regex Names, IReadOnlyList<LauncherArgument> Arguments, bool Launched)
{
    /// <summary>All of an assembly.</summary>
    public static IEnumerable<KernelLauncher> In(Assembly assembly) => MethodCode.Methods(assembly)
        .Where(method => method.DeclaringType != typeof(KernelCall)).SelectMany(Of);

    /// <summary>Places that give arguments outside a chain from a kernel's name to its launch, where nobody can count them.</summary>
    public static IEnumerable<string> Strays(Assembly assembly)
    {
        foreach (MethodBase method in MethodCode.Methods(assembly).Where(method => method.DeclaringType != typeof(KernelCall)))
        {
            List<Instruction> code = MethodCode.Read(method);
            int stray = code.FindIndex(IsArgument), first = code.FindIndex(IsKernel);
            if (stray >= 0 && (first < 0 || stray < first))
            {
                yield return MethodCode.Place(method, code[stray].Offset);
            }
        }
    }

    /// <summary>Why a kernel cannot be started with these arguments; null if it can.</summary>
    public string? Misfit(KernelSignature kernel)
    {
        List<KernelParameter> parameters = [.. kernel.Parameters];
        int repeated = Arguments.Count(argument => argument.InLoop), once = Arguments.Count - repeated;
        int rounds = repeated == 0 ? 0 : (parameters.Count - once) / repeated;
        var given = Arguments.TakeWhile(argument => !argument.InLoop)
            .Concat(Enumerable.Repeat(Arguments.Where(argument => argument.InLoop), Math.Max(1, rounds)).SelectMany(round => round))
            .Concat(Arguments.SkipWhile(argument => !argument.InLoop).Where(argument => !argument.InLoop)).ToList();
        int wrong = parameters.Zip(given).TakeWhile(pair => pair.Second.Fits(pair.First.Kind)).Count();
        return !Launched ? $"{kernel.Name} is prepared at {Place} and not launched"
            : wrong < Math.Min(parameters.Count, given.Count) ? $"{kernel.Name}: parameter {wrong} ({parameters[wrong].Name}) is a {parameters[wrong].Kind}, {Place} gives {given[wrong].Name}"
            : given.Count != parameters.Count ? $"{kernel.Name} has {parameters.Count} parameters, {Place} gives {given.Count}{(wrong < parameters.Count ? $": {parameters[wrong].Name} is missing" : "")}"
            : null;
    }

    private static IEnumerable<KernelLauncher> Of(MethodBase method)
    {
        List<Instruction> code = MethodCode.Read(method);
        for (int start = code.FindIndex(IsKernel), next; start >= 0; start = next)
        {
            next = code.FindIndex(start + 1, IsKernel);
            int end = code.FindIndex(start, instruction => instruction.Call is { Name: nameof(KernelCall.Launch) } call && call.DeclaringType == typeof(KernelCall));
            bool launched = end >= 0 && (next < 0 || end < next);
            List<Instruction> chain = launched ? code[start..end] : [];
            var loops = chain.Where(jump => jump.Operand is int target && target > code[start].Offset && target < jump.Offset).Select(jump => (From: (int)jump.Operand!, To: jump.Offset)).ToList();
            var arguments = chain.Where(IsArgument).Select(instruction =>
                new LauncherArgument((MethodInfo)instruction.Call!, loops.Any(loop => instruction.Offset >= loop.From && instruction.Offset < loop.To)));
            yield return new KernelLauncher(MethodCode.Place(method, code[start].Offset), Name(method, code, start), [.. arguments], launched);
        }
    }

    /// <summary>The names that can be on the stack when a kernel is asked for: a literal, a choice of two, or an interpolated text.</summary>
    private static Regex Name(MethodBase method, List<Instruction> code, int call)
    {
        int last = NameEnd(code, call);
        if (Literals(code, last) is { Count: > 0 } literals)
        {
            return Exactly(Any(literals));
        }

        // A name that comes from elsewhere, or the hole of an interpolated one, is one of the words that stand in the class.
        string words = Any(Words(method.DeclaringType!));
        return Exactly(code[last].Call switch
        {
            { } made when made.DeclaringType == typeof(DefaultInterpolatedStringHandler) => Interpolation(code, last, words),
            { Name: nameof(string.Concat) } made when made.DeclaringType == typeof(string) => Concatenation(code, last, made.GetParameters().Length, words),
            _ => words,
        });
    }

    private static string Interpolation(List<Instruction> code, int last, string words)
    {
        int first = code.FindLastIndex(last, instruction => instruction.Call is { IsConstructor: true } made && made.DeclaringType == typeof(DefaultInterpolatedStringHandler));
        return string.Concat(Enumerable.Range(first, last - first).Select(i => code[i].Call switch
        {
            { Name: nameof(DefaultInterpolatedStringHandler.AppendLiteral) } => Regex.Escape(code[i - 1].Text!),
            { Name: nameof(DefaultInterpolatedStringHandler.AppendFormatted), IsGenericMethod: true } hole when hole.GetGenericArguments()[0] == typeof(int) => "[0-9]+",
            { Name: nameof(DefaultInterpolatedStringHandler.AppendFormatted) } => words,
            _ => "",
        }));
    }

    private static string Concatenation(List<Instruction> code, int last, int pieces, string words)
    {
        List<string> pattern = [];
        for (int end = last - 1; pieces > 0; pieces--)
        {
            pattern.Insert(0, code[end].Text is { } literal ? Regex.Escape(literal) : words);
            end = Before(code, end + 1, values: 1);
        }

        return string.Concat(pattern);
    }

    /// <summary>The literal that ends at an instruction, or both of a choice of two literals.</summary>
    private static List<string> Literals(List<Instruction> code, int last)
    {
        if (code[last].Text is not { } literal)
        {
            return [];
        }

        bool isChoice = last >= 2 && code[last - 1].Operand is int target && target == code[last + 1].Offset && code[last - 2].Text is not null;
        return isChoice ? [code[last - 2].Text!, literal] : [literal];
    }

    /// <summary>Texts of a class and the classes within it that could be names or parts of names, the names of its other calls left out.</summary>
    private static IEnumerable<string> Words(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return MethodCode.Methods(type.Assembly).Where(method => Within(method.DeclaringType, type)).SelectMany(method =>
        {
            List<Instruction> code = MethodCode.Read(method);
            var names = Enumerable.Range(0, code.Count).Where(i => IsKernel(code[i])).Select(i => NameEnd(code, i)).ToHashSet();
            return Enumerable.Range(0, code.Count).Where(i => !names.Contains(i)).Select(i => code[i].Text).OfType<string>();
        }).Where(text => text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')).Append("").Distinct().ToList();
    }

    private static bool Within(Type? inner, Type type) => inner is not null && (inner == type || Within(inner.DeclaringType, type));

    private static bool IsKernel(Instruction instruction) => instruction.Call is { Name: nameof(CudaDevice.Kernel) } call && call.DeclaringType == typeof(CudaDevice);

    private static bool IsArgument(Instruction instruction) =>
        instruction.Call is { } call && call.DeclaringType == typeof(KernelCall) && call.Name.StartsWith(nameof(KernelCall.With), StringComparison.Ordinal);

    /// <summary>The instruction that ends the name, below the type, which ends before the call.</summary>
    private static int NameEnd(List<Instruction> code, int call) => Before(code, call, values: 1);

    /// <summary>The instruction before those that put the given number of values on the stack, themselves before another one.</summary>
    private static int Before(List<Instruction> code, int end, int values)
    {
        int at = end - 1;
        for (int wanted = values; at > 0; at--)
        {
            wanted += MethodCode.Taken(code[at]) - MethodCode.Given(code[at]);
            if (wanted == 0)
            {
                break;
            }
        }

        return at - 1;
    }

    private static string Any(IEnumerable<string> texts) => $"(?:{string.Join('|', texts.Select(Regex.Escape))})";

    private static Regex Exactly(string pattern) => new($"^{pattern}$");
}

/// <summary>One argument of a launcher.</summary>
/// <param name="Method">The method of <see cref="KernelCall"/> that takes it.</param>
/// <param name="InLoop">Whether it is given in a loop, as often as the kernel has parameters for it.</param>
internal readonly record struct LauncherArgument(MethodInfo Method, bool InLoop)
{
    /// <summary>Name for messages, such as With(Tensor).</summary>
    public string Name => $"{Method.Name}({Method.GetParameters()[0].ParameterType.Name})";

    /// <summary>Whether a parameter of this kind takes it.</summary>
    public bool Fits(ParameterKind kind) => Name switch
    {
        "With(Tensor)" or "WithOptional(Tensor)" => kind <= ParameterKind.IntPointer,
        "With(Int32)" => kind == ParameterKind.Int,
        "With(Int64)" => kind == ParameterKind.Index,
        "With(UInt64)" => kind == ParameterKind.Unsigned,
        "WithReal(Double)" => kind == ParameterKind.Real,
        "WithDouble(Double)" => kind == ParameterKind.Double,
        _ => false,
    };
}
