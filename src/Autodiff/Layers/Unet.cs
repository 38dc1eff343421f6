using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>How a U-Net halves rows and columns.</summary>
public enum Pooling
{
    /// <summary>Mean of 2 × 2.</summary>
    Average,

    /// <summary>Maximum of 2 × 2.</summary>
    Max,
}

/// <summary>Size and kind of a <see cref="Unet"/>.</summary>
/// <param name="BaseChannels">Channels of the first level; level l has 2^l times as many.</param>
/// <param name="Poolings">Number of halvings.</param>
/// <param name="Pooling">Kind of halving.</param>
/// <param name="Slope">Slope of the leaky rectifier for negative values, zero or more; 0 is ReLU.</param>
public sealed record UnetOptions(int BaseChannels, int Poolings, Pooling Pooling = Pooling.Average, double Slope = 0.1);

/// <summary>One convolution of a <see cref="Unet"/>.</summary>
/// <param name="Name">Name without prefix, for example <c>enc0.conv1</c>.</param>
/// <param name="Weight">[out, in, k, k]; of a transposed one [in, out, 2, 2].</param>
/// <param name="Level">Halvings of its input's rows and columns.</param>
/// <param name="IsTransposed">True for those that double the map.</param>
public sealed record UnetConvolution(string Name, Parameter Weight, int Level, bool IsTransposed);

/// <summary>
/// A U-Net [RON15] without normalisation layers, of two input and two output channels. Each level is two 3 × 3
/// convolutions with bias, each followed by a leaky rectifier; 2 × 2 pooling down, 2 × 2 transposed convolution up,
/// concatenation [skip, up], and a final 1 × 1 convolution. Sizes that are not multiples of 2^poolings are
/// reflect-padded at the bottom and right and cropped back.
/// </summary>
/// <remarks>Parameter names are those of docs/conventions.md: <c>unet.enc0.conv1.weight</c>, ...</remarks>
public sealed class Unet
{
    private const int ImageChannels = 2;

    private readonly ParameterSet _parameters;
    private readonly string _prefix;
    private readonly List<UnetConvolution> _convolutions = [];

    /// <summary>Adds the parameters, all zero, to a set.</summary>
    /// <param name="parameters">Set that owns them.</param>
    /// <param name="options">Size and kind.</param>
    /// <param name="prefix">First part of all names.</param>
    public Unet(ParameterSet parameters, UnetOptions options, string prefix = "unet")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BaseChannels, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Poolings);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Slope);
        _parameters = parameters;
        _prefix = prefix;
        Options = options;
        int Channels(int level) => options.BaseChannels << level;
        for (int level = 0; level <= options.Poolings; level++)
        {
            AddConv($"enc{level}.conv1", level, level == 0 ? ImageChannels : Channels(level - 1), Channels(level), 3);
            AddConv($"enc{level}.conv2", level, Channels(level), Channels(level), 3);
        }

        for (int level = options.Poolings - 1; level >= 0; level--)
        {
            Add($"up{level}", level + 1, [Channels(level + 1), Channels(level), 2, 2], Channels(level), isTransposed: true);
            AddConv($"dec{level}.conv1", level, 2 * Channels(level), Channels(level), 3);
            AddConv($"dec{level}.conv2", level, Channels(level), Channels(level), 3);
        }

        AddConv("out", 0, options.BaseChannels, ImageChannels, 1);
    }

    /// <summary>Size and kind.</summary>
    public UnetOptions Options { get; }

    /// <summary>All convolutions, in the order of their parameters.</summary>
    public IReadOnlyList<UnetConvolution> Convolutions => _convolutions;

    /// <summary>What is used in place of the weights of <see cref="Convolutions"/>; null for the parameters themselves.</summary>
    public IWeightRule? WeightRule { get; set; }

    /// <summary>How activations that a sweep reads wait for it.</summary>
    public SavedAs Saved { get; set; }

    /// <summary>
    /// True if a sweep computes the maps inside a level once more, from those between the levels, instead of finding them on the tape: the same bits, for one
    /// more application per sweep and less than half of the memory.
    /// </summary>
    public bool Recomputes { get; set; }

    /// <summary>
    /// Draws the weights: normal with variance 2 / ((1 + slope²) fan-in), which keeps the mean square of activations
    /// level over a leaky rectifier [HE15]; biases zero; the final convolution zero, so that U(x) = 0.
    /// </summary>
    public void Initialise(CounterRandom random)
    {
        double gain = 2 / (1 + (Options.Slope * Options.Slope));
        foreach (Parameter parameter in _parameters.All.Where(p => p.Name.StartsWith(_prefix + ".", StringComparison.Ordinal)))
        {
            Shape shape = parameter.Value.Shape;
            bool isFinal = parameter.Name == $"{_prefix}.out.weight";
            if (shape.Rank != 4 || isFinal)
            {
                parameter.Value.Clear();
                continue;
            }

            // A transposed 2 × 2 convolution of stride 2 adds one product per input channel to each output.
            bool isTransposed = parameter.Name.StartsWith($"{_prefix}.up", StringComparison.Ordinal);
            int fanIn = isTransposed ? shape[0] : shape[1] * shape[2] * shape[3];
            RandomFill.Normal(parameter.Value, random.Stream(parameter.Name), Math.Sqrt((isTransposed ? 1 : gain) / fanIn));
        }
    }

    /// <summary>U(x).</summary>
    /// <param name="tape">Tape of <paramref name="x"/>.</param>
    /// <param name="x">[batch, 2, rows, columns].</param>
    /// <returns>[batch, 2, rows, columns].</returns>
    public Variable Apply(Tape tape, Variable x)
    {
        Shape shape = x.Value.Shape;
        int rows = shape[2], columns = shape[3], multiple = 1 << Options.Poolings;
        bool padded = rows % multiple != 0 || columns % multiple != 0;
        Variable h = padded ? tape.Apply(new ReflectPad(shape, multiple), x) : x;
        var skips = new Stack<Variable>();
        for (int level = 0; level < Options.Poolings; level++)
        {
            Variable skip = Replace(h, Encode(tape, h, $"enc{level}"));
            skips.Push(skip);
            h = Options.Pooling == Pooling.Max ? tape.MaxPool2d(skip) : tape.AveragePool2d(skip);
        }

        h = Replace(h, Encode(tape, h, $"enc{Options.Poolings}"));
        for (int level = Options.Poolings - 1; level >= 0; level--)
        {
            Variable skip = skips.Pop();
            h = Replace(h, Decode(tape, h, skip, level));
            tape.Release(skip, Saved);
        }

        h = Options.Poolings == 0 ? Replace(h, Last(tape, h)) : h;
        return padded ? Replace(h, tape.Apply(new Crop(h.Value.Shape, rows, columns), h)) : h;

        // What the caller gave is not ours to release.
        Variable Replace(Variable used, Variable next)
        {
            if (used != x)
            {
                tape.Release(used, Saved);
            }

            return next;
        }
    }

    private void AddConv(string name, int level, int input, int output, int size) =>
        Add(name, level, [output, input, size, size], output, isTransposed: false);

    private void Add(string name, int level, Shape weight, int output, bool isTransposed)
    {
        _convolutions.Add(new UnetConvolution(name, _parameters.Add($"{_prefix}.{name}.weight", weight), level, isTransposed));
        _parameters.Add($"{_prefix}.{name}.bias", [output]);
    }

    private Variable Encode(Tape tape, Variable h, string name) =>
        Recomputable(tape, (t, values) => Level(t, values[0], name), [h], LevelNames(name));

    // The last level goes down to the two channels of the image, so that a level that is computed again leaves nothing large behind.
    private Variable Decode(Tape tape, Variable h, Variable skip, int level)
    {
        string[] names = [$"up{level}", .. LevelNames($"dec{level}")];
        return Recomputable(
            tape,
            (t, values) =>
            {
                Variable up = Used(t, t.ConvTranspose2d, values[0], names[0]);
                t.Release(values[0], Saved);
                Variable joined = t.ConcatAndRelease(values[1], up, Saved), result = Level(t, joined, $"dec{level}");
                t.Release(joined, Saved);
                return level == 0 ? Last(t, result) : result;
            },
            [h, skip],
            level == 0 ? [.. names, "out"] : names);
    }

    private Variable Level(Tape tape, Variable h, string name)
    {
        Variable first = Conv(tape, h, $"{name}.conv1", Options.Slope), second = Conv(tape, first, $"{name}.conv2", Options.Slope);
        tape.Release(first, Saved);
        return second;
    }

    private Variable Last(Tape tape, Variable h)
    {
        Variable image = Conv(tape, h, "out", slope: 1);
        tape.Release(h, Saved);
        return image;
    }

    private Variable Recomputable(Tape tape, CheckpointedMap map, Variable[] values, IEnumerable<string> convolutions) => Recomputes
        ? tape.Checkpoint(map, values, [.. convolutions.SelectMany(name => new[] { _parameters[$"{_prefix}.{name}.weight"], _parameters[$"{_prefix}.{name}.bias"] })])
        : map(tape, values);

    private static string[] LevelNames(string name) => [$"{name}.conv1", $"{name}.conv2"];

    private Variable Conv(Tape tape, Variable h, string name, double slope) =>
        Used(tape, (x, weight, bias) => tape.Conv2d(x, weight, bias, slope), h, name);

    /// <summary>A convolution with the weight in use, which is not needed any more after it.</summary>
    private Variable Used(Tape tape, Func<Variable, Variable, Variable, Variable> convolution, Variable h, string name)
    {
        Parameter parameter = _parameters[$"{_prefix}.{name}.weight"];
        Variable weight = WeightRule is { } rule ? rule.Use(tape, parameter) : tape.Use(parameter);
        Variable result = convolution(h, weight, tape.Use(_parameters[$"{_prefix}.{name}.bias"]));
        tape.Release(weight);
        return result;
    }
}
