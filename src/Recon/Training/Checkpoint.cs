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
/// <c>adam.mean.*</c> and <c>adam.mean_square.*</c>, and as metadata the configuration and the position. Written
/// atomically. Everything random is a function of the seed and the position, so nothing else is needed to continue with
/// the same bits.
/// </summary>
public static class Checkpoint
{
    private const string Format = "stardeq-checkpoint-1";
    private const string Mean = "adam.mean.";
    private const string MeanSquare = "adam.mean_square.";

    /// <summary>Writes the state.</summary>
    public static void Write(string path, TrainingConfig config, EquilibriumModel model, Adam adam, TrainingPosition position)
    {
        var tensors = model.Parameters.All.ToDictionary(p => p.Name, p => p.Value);
        foreach ((string name, Tensor mean, Tensor meanSquare) in adam.State)
        {
            tensors.Add(Mean + name, mean);
            tensors.Add(MeanSquare + name, meanSquare);
        }

        Safetensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["config"] = ConfigFile.ToJson(config),
            ["step"] = position.Step.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = position.SecondsTrained.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Reads a model for inference.</summary>
    /// <exception cref="InputException">The file is missing, damaged, or of another architecture.</exception>
    public static (EquilibriumModel Model, TrainingConfig Config) ReadModel(string path, Device device)
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        SafetensorsContent content = Safetensors.Read(path, scope);
        TrainingConfig config = ConfigOf(path, content);
        var model = new EquilibriumModel(device, ModelFactory.Options(config));
        try
        {
            LoadParameters(path, content, model);
            return (model, config);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Continues a run: fills model and optimiser.</summary>
    /// <returns>Where training stood.</returns>
    /// <exception cref="InputException">The file is missing, damaged, or of another architecture.</exception>
    public static TrainingPosition Resume(string path, EquilibriumModel model, Adam adam)
    {
        using var scope = new TensorScope(model.Parameters.Device, MemoryOwner.Data);
        SafetensorsContent content = Safetensors.Read(path, scope);
        RequireSameModel(path, ModelFactory.Options(ConfigOf(path, content)), model.Options);
        LoadParameters(path, content, model);
        foreach ((string name, Tensor mean, Tensor meanSquare) in adam.State)
        {
            Load(path, content, Mean + name, mean);
            Load(path, content, MeanSquare + name, meanSquare);
        }

        long step = long.Parse(Metadata(path, content, "step"), CultureInfo.InvariantCulture);
        adam.StepCount = step;
        return new TrainingPosition(step, double.Parse(Metadata(path, content, "seconds"), CultureInfo.InvariantCulture));
    }

    /// <summary>Shapes alone do not tell: a deeper network holds all arrays of a shallower one.</summary>
    private static void RequireSameModel(string path, ModelOptions stored, ModelOptions wanted)
    {
        if (stored != wanted)
        {
            throw new InputException($"checkpoint '{path}' is of another architecture: it was trained with\n  {stored}\nthe model is\n  {wanted}\nUse the configuration that it was trained with.");
        }
    }

    private static void LoadParameters(string path, SafetensorsContent content, EquilibriumModel model)
    {
        foreach (Parameter parameter in model.Parameters.All)
        {
            Load(path, content, parameter.Name, parameter.Value);
        }
    }

    private static TrainingConfig ConfigOf(string path, SafetensorsContent content)
    {
        string format = content.Metadata.GetValueOrDefault("format", "none");
        return format == Format
            ? ConfigFile.Compose(preset: null, Metadata(path, content, "config"), [])
            : throw new InputException($"'{path}' is no checkpoint of this program: its format is '{format}', expected '{Format}'.");
    }

    private static string Metadata(string path, SafetensorsContent content, string key) => content.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new InputException($"checkpoint '{path}' is damaged: its metadata has no '{key}'.");

    private static void Load(string path, SafetensorsContent content, string name, Tensor into)
    {
        if (!content.Tensors.TryGetValue(name, out Tensor? stored))
        {
            throw new InputException(
                $"checkpoint '{path}' has no '{name}', which its configuration asks for: the file is damaged.");
        }

        if (stored.Shape != into.Shape || stored.DType != into.DType)
        {
            throw new InputException(
                $"checkpoint '{path}': '{name}' is {stored.Describe()}, its configuration asks for {into.Describe()}: the file is damaged.");
        }

        into.CopyFrom(stored);
    }
}
