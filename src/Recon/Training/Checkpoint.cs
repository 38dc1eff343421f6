using System.Globalization;
using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Where training stands besides parameters and optimiser.</summary>
/// <param name="Step">Training steps done since the beginning of the run.</param>
/// <param name="SecondsTrained">Wall-clock seconds spent in training, over all sessions.</param>
public sealed record TrainingPosition(long Step, double SecondsTrained);

/// <summary>
/// The state of a run in one safetensors file: parameters under their own names in PyTorch's layout, Adam's state under
/// <c>adam.mean.*</c> and <c>adam.mean_square.*</c>, the state of further parts under names of theirs, and as metadata the
/// configuration and the position. Written atomically. Everything random is a function of the seed and the position, so
/// nothing else is needed to continue with the same bits.
/// </summary>
public static class Checkpoint
{
    private const string Format = "stardeq-checkpoint-1";
    private const string FormatKey = "format", ConfigKey = "config", StepKey = "step", SecondsKey = "seconds", AdamSteps = "adam_steps";

    /// <summary>Writes the whole state of a run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">All settings.</param>
    /// <param name="model">What is trained.</param>
    /// <param name="adam">Its optimiser.</param>
    /// <param name="position">Where training stands.</param>
    /// <param name="parts">What else has state.</param>
    public static void Write(
        string path, TrainingConfig config, EquilibriumModel model, Adam adam, TrainingPosition position, params IReadOnlyList<ICheckpointPart> parts)
    {
        CheckpointContent content = NewContent(path, config, position);
        content.SetWhole(AdamSteps, adam.StepCount);
        foreach ((string name, Tensor value) in TrainedState.Of(model.Parameters, adam))
        {
            content.Tensors.Add(name, value);
        }

        foreach (ICheckpointPart part in parts)
        {
            part.Save(content);
        }

        Safetensors.Write(path, content.Tensors, content.Metadata);
    }

    /// <summary>Writes a model for inference: parameters and configuration, no optimiser.</summary>
    public static void WriteModel(string path, TrainingConfig config, EquilibriumModel model, TrainingPosition position)
    {
        CheckpointContent content = NewContent(path, config, position);
        Safetensors.Write(path, TrainedState.Of(model.Parameters).ToDictionary(t => t.Name, t => t.Value), content.Metadata);
    }

    /// <summary>Reads a model for inference, from a file of <see cref="Write"/> or <see cref="WriteModel"/>.</summary>
    /// <exception cref="InputException">The file is missing, damaged, or of another architecture.</exception>
    public static (EquilibriumModel Model, TrainingConfig Config) ReadModel(string path, Device device)
    {
        using var scope = new TensorScope(device.Host, MemoryOwner.Data);
        TrainingConfig config = ConfigOf(Read(path, scope, _ => false));
        var model = new EquilibriumModel(device, ModelFactory.Options(config));
        try
        {
            Fill(TrainedState.Of(model.Parameters), path, scope);
            return (model, config);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Fills a model with the parameters of a file, whatever else is in it: a checkpoint, or weights that another
    /// program wrote under the same names.</summary>
    /// <exception cref="InputException">A parameter is missing or of another shape.</exception>
    public static void LoadWeights(string path, EquilibriumModel model)
    {
        using var scope = new TensorScope(model.Parameters.Device.Host, MemoryOwner.Data);
        Fill(model.Parameters.All.Select(p => (p.Name, p.Value)), path, scope);
    }

    /// <summary>Continues a run: fills model, optimiser and parts.</summary>
    /// <returns>Where training stood.</returns>
    /// <exception cref="InputException">The file is missing, damaged, or of another architecture.</exception>
    public static TrainingPosition Resume(string path, EquilibriumModel model, Adam adam, params IReadOnlyList<ICheckpointPart> parts)
    {
        using var scope = new TensorScope(model.Parameters.Device.Host, MemoryOwner.Data);
        CheckpointContent content = Read(path, scope, _ => true);
        RequireSameModel(path, ModelFactory.Options(ConfigOf(content)), model.Options);
        foreach ((string name, Tensor value) in TrainedState.Of(model.Parameters, adam))
        {
            content.Fill(name, value);
        }

        adam.StepCount = content.Whole(AdamSteps);
        foreach (ICheckpointPart part in parts)
        {
            part.Load(content);
        }

        return new TrainingPosition(content.Whole(StepKey), double.Parse(content.Text(SecondsKey), CultureInfo.InvariantCulture));
    }

    private static CheckpointContent NewContent(string path, TrainingConfig config, TrainingPosition position) => new(path)
    {
        Metadata =
        {
            [FormatKey] = Format,
            [ConfigKey] = ConfigFile.ToJson(config),
            [StepKey] = position.Step.ToString(CultureInfo.InvariantCulture),
            [SecondsKey] = position.SecondsTrained.ToString("R", CultureInfo.InvariantCulture),
        },
    };

    private static CheckpointContent Read(string path, TensorScope scope, Func<string, bool> isWanted)
    {
        SafetensorsContent file = Safetensors.Read(path, scope, isWanted);
        return new CheckpointContent(path) { Tensors = new(file.Tensors), Metadata = new(file.Metadata) };
    }

    private static void Fill(IEnumerable<(string Name, Tensor Value)> tensors, string path, TensorScope scope)
    {
        var wanted = tensors.ToDictionary(t => t.Name, t => t.Value);
        CheckpointContent content = Read(path, scope, wanted.ContainsKey);
        foreach ((string name, Tensor value) in wanted)
        {
            content.Fill(name, value);
        }
    }

    /// <summary>Shapes alone do not tell: a deeper network holds all arrays of a shallower one.</summary>
    private static void RequireSameModel(string path, ModelOptions stored, ModelOptions wanted)
    {
        if (stored != wanted)
        {
            throw new InputException($"checkpoint '{path}' is of another architecture: it was trained with\n  {stored}\nthe model is\n  {wanted}\nUse the configuration that it was trained with.");
        }
    }

    private static TrainingConfig ConfigOf(CheckpointContent content)
    {
        string format = content.Metadata.GetValueOrDefault(FormatKey, "none");
        return format == Format
            ? ConfigFile.Compose(preset: null, content.Text(ConfigKey), [])
            : throw new InputException($"'{content.Path}' is no checkpoint of this program: its format is '{format}', expected '{Format}'.");
    }
}
