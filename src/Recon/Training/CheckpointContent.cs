using System.Globalization;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>A part of a training that has state beside the model and the optimiser.</summary>
public interface ICheckpointPart
{
    /// <summary>Adds the state, under names that no other part takes.</summary>
    void Save(CheckpointContent content);

    /// <summary>Takes the state back.</summary>
    /// <exception cref="InputException">The state is not there, or of another kind.</exception>
    void Load(CheckpointContent content);
}

/// <summary>What a checkpoint holds, while it is put together or read.</summary>
/// <param name="path">The file, for messages.</param>
public sealed class CheckpointContent(string path)
{
    /// <summary>The file, for messages.</summary>
    public string Path { get; } = path;

    /// <summary>Real tensors by name, on any device.</summary>
    public Dictionary<string, Tensor> Tensors { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Texts by name.</summary>
    public Dictionary<string, string> Metadata { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The text of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public string Text(string name) => Metadata.TryGetValue(name, out string? value)
        ? value
        : throw new InputException($"checkpoint '{Path}' is damaged: its metadata has no '{name}'.");

    /// <summary>The numbers of a name.</summary>
    /// <exception cref="InputException">There are none.</exception>
    public double[] Numbers(string name) =>
        [.. Text(name).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    /// <summary>Writes numbers as text that reads back to the same bits.</summary>
    public void Set(string name, params IEnumerable<double> numbers) =>
        Metadata[name] = string.Join(' ', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>The whole number of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public long Whole(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);

    /// <summary>Writes a whole number.</summary>
    public void SetWhole(string name, long number) => Metadata[name] = number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Copies the tensor of a name.</summary>
    /// <exception cref="InputException">There is none of this type and shape.</exception>
    public void Fill(string name, Tensor into)
    {
        if (!Tensors.TryGetValue(name, out Tensor? stored))
        {
            throw new InputException(
                $"checkpoint '{Path}' has no '{name}', which its configuration asks for: the file is damaged.");
        }

        if (stored.Shape != into.Shape || stored.DType != into.DType)
        {
            throw new InputException(
                $"checkpoint '{Path}': '{name}' is {stored.Describe()}, its configuration asks for {into.Describe()}: the file is damaged.");
        }

        into.CopyFrom(stored);
    }
}
