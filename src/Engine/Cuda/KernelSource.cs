using System.Reflection;
using System.Text;

namespace Stardeq.Engine;

/// <summary>The text of kernels.cu, which travels inside this assembly, and what it declares.</summary>
public static class KernelSource
{
    private static readonly Lazy<string> LazyText = new(Read);
    private static readonly Lazy<IReadOnlyDictionary<string, KernelSignature>> LazySignatures = new(() => KernelSignature.Parse(Text));

    /// <summary>The text.</summary>
    public static string Text => LazyText.Value;

    /// <summary>Every kernel by name.</summary>
    public static IReadOnlyDictionary<string, KernelSignature> Signatures => LazySignatures.Value;

    private static string Read()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("kernels.cu")
            ?? throw new InvalidOperationException("kernels.cu is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>A source text with the kernels that it declares.</summary>
/// <param name="Text">The text.</param>
/// <param name="Signatures">Every kernel by name.</param>
internal sealed record KernelProgram(string Text, IReadOnlyDictionary<string, KernelSignature> Signatures)
{
    /// <summary>kernels.cu.</summary>
    public static KernelProgram Kernels => new(KernelSource.Text, KernelSource.Signatures);

    /// <summary>Any other text.</summary>
    public static KernelProgram Of(string text) => new(text, KernelSignature.Parse(text));
}
