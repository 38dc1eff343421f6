using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>How values that the rules of a tape read wait for a sweep, once the forward pass is done with them.</summary>
public enum SavedAs
{
    /// <summary>As they are.</summary>
    Whole,

    /// <summary>In 16 bits, <see cref="ShortFormat.BFloat16"/>.</summary>
    BFloat16,

    /// <summary>In 16 bits, <see cref="ShortFormat.Half"/>.</summary>
    Half,
}

/// <summary>What stands for a value of a tape that is not there.</summary>
/// <param name="Words">Its packed numbers; null if the value is computed again.</param>
/// <param name="Restore">Writes the value into memory of its size.</param>
internal sealed record SavedValue(Tensor? Words, Action<Tensor> Restore)
{
    /// <summary>A value in 16 bits each.</summary>
    /// <param name="value">Float32.</param>
    /// <param name="form">Not whole.</param>
    /// <param name="into">Owner of the packed numbers.</param>
    /// <param name="origin">Source file of the operation that made the value.</param>
    public static SavedValue Pack(Tensor value, SavedAs form, TensorScope into, string origin)
    {
        ShortFormat format = form == SavedAs.Half ? ShortFormat.Half : ShortFormat.BFloat16;
        Tensor words = into.New(DType.Int32, [checked((int)ShortFloats.Words(value.Count))], origin);
        ShortFloats.Pack(value, format, words);
        return new SavedValue(words, whole => ShortFloats.Unpack(words, format, whole));
    }
}

/// <summary>Values of a tape that are not there, brought back for the rules of one operation.</summary>
/// <param name="device">Device of the tape.</param>
internal sealed class RestoredValues(Device device) : IDisposable
{
    private readonly TensorScope _scope = new(device, MemoryOwner.Workspace);
    private readonly List<Variable> _restored = [];

    /// <summary>Makes a value readable until this is disposed of.</summary>
    public void Bring(Variable variable) => Bring(variable, _scope, _restored);

    /// <summary>Writes a value that is not there, and finds a part in its whole.</summary>
    /// <param name="variable">The value; what waits in its place stays.</param>
    /// <param name="into">Owner of what is written.</param>
    /// <param name="restored">Variables whose values have been written; gets those that are.</param>
    public static void Bring(Variable variable, TensorScope into, List<Variable> restored)
    {
        if (variable.Within is { } whole)
        {
            Bring(whole, into, restored);
            variable.Value = variable.Part!(whole.Value);
        }
        else if (variable.Saved is { } saved && !restored.Contains(variable))
        {
            variable.Value = into.Like(variable.Value);
            saved.Restore(variable.Value);
            restored.Add(variable);
        }
    }

    /// <summary>Gives the values back.</summary>
    public void Dispose() => _scope.Dispose();
}
