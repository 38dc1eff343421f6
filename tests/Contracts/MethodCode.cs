using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Stardeq.Tests;

/// <summary>One instruction of a compiled method.</summary>
/// <param name="Offset">Where it begins, bytes from the start of the method.</param>
/// <param name="Code">What it does.</param>
/// <param name="Operand">The method it calls, the text it loads, or the offset it jumps to; null for all else.</param>
internal readonly record struct Instruction(int Offset, OpCode Code, object? Operand)
{
    /// <summary>The method that it calls, if it is a call.</summary>
    public MethodBase? Call => Operand as MethodBase;

    /// <summary>The text that it loads, if it does.</summary>
    public string? Text => Operand as string;
}

/// <summary>Reads the code of compiled methods.</summary>
internal static class MethodCode
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>All methods of an assembly that have code, those that the compiler makes for lambdas included.</summary>
    public static IEnumerable<MethodBase> Methods(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .OfType<MethodBase>().Where(method => method.GetMethodBody() is not null);

    /// <summary>The instructions of a method in order.</summary>
    public static List<Instruction> Read(MethodBase method)
    {
        byte[] code = method.GetMethodBody()!.GetILAsByteArray()!;
        List<Instruction> instructions = [];
        for (int at = 0; at < code.Length;)
        {
            int start = at;
            short value = code[at++];
            OpCode op = Codes[value == 0xFE ? (short)((value << 8) | code[at++]) : value];
            int size = Size(op, code, at);
            instructions.Add(new Instruction(start, op, Operand(method, op, code, at, size)));
            at += size;
        }

        return instructions;
    }

    /// <summary>Source file and line of an instruction, from the symbols beside the assembly; the method's name without them.</summary>
    public static string Place(MethodBase method, int offset)
    {
        string symbols = Path.ChangeExtension(method.Module.FullyQualifiedName, ".pdb");
        if (File.Exists(symbols))
        {
            using var provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(symbols));
            MetadataReader reader = provider.GetMetadataReader();
            var points = reader.GetMethodDebugInformation(MetadataTokens.MethodDefinitionHandle(method.MetadataToken & 0xFFFFFF)).GetSequencePoints()
                .Where(point => !point.IsHidden && point.Offset <= offset).ToList();
            if (points.Count > 0)
            {
                string file = reader.GetString(reader.GetDocument(points[^1].Document).Name);
                return $"{Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')}:{points[^1].StartLine}";
            }
        }

        return $"{method.DeclaringType}.{method.Name}";
    }

    /// <summary>Values that an instruction takes from the stack.</summary>
    public static int Taken(Instruction instruction) => instruction.Code.StackBehaviourPop switch
    {
        StackBehaviour.Pop0 => 0,
        StackBehaviour.Pop1 or StackBehaviour.Popi or StackBehaviour.Popref => 1,
        StackBehaviour.Popref_popi_popi or StackBehaviour.Popref_popi_popi8 or StackBehaviour.Popref_popi_popr4 or StackBehaviour.Popref_popi_popr8
            or StackBehaviour.Popref_popi_popref or StackBehaviour.Popref_popi_pop1 or StackBehaviour.Popi_popi_popi => 3,
        StackBehaviour.Varpop => instruction.Call is { } call ? call.GetParameters().Length + (call.IsStatic || instruction.Code == OpCodes.Newobj ? 0 : 1) : 0,
        _ => 2,
    };

    /// <summary>Values that an instruction puts on the stack.</summary>
    public static int Given(Instruction instruction) => instruction.Code.StackBehaviourPush switch
    {
        StackBehaviour.Push0 => 0,
        StackBehaviour.Push1_push1 => 2,
        StackBehaviour.Varpush => instruction.Call is MethodInfo method && method.ReturnType == typeof(void) ? 0 : 1,
        _ => 1,
    };

    private static int Size(OpCode op, byte[] code, int at) => op.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static object? Operand(MethodBase method, OpCode op, byte[] code, int at, int size) => op.OperandType switch
    {
        OperandType.InlineString => method.Module.ResolveString(BitConverter.ToInt32(code, at)),
        OperandType.InlineMethod => method.Module.ResolveMethod(BitConverter.ToInt32(code, at), Generic(method.DeclaringType), method.IsGenericMethod ? method.GetGenericArguments() : null),
        OperandType.ShortInlineBrTarget => at + size + (sbyte)code[at],
        OperandType.InlineBrTarget => at + size + BitConverter.ToInt32(code, at),
        _ => null,
    };

    private static Type[]? Generic(Type? type) => type is { IsGenericType: true } ? type.GetGenericArguments() : null;
}
