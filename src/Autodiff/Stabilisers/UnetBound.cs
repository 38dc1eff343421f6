using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>An upper bound of a Lipschitz constant and what it is made of.</summary>
/// <param name="Value">‖U(x) − U(y)‖ ≤ Value · ‖x − y‖ for all x and y.</param>
/// <param name="Parts">Name and norm of each convolution that enters.</param>
/// <param name="Padding">Norm of the padding by reflection; 1 where the size needs none.</param>
public sealed record LipschitzBound(double Value, IReadOnlyList<(string Name, double Norm)> Parts, double Padding)
{
    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        (string name, double norm) = Parts.MaxBy(part => part.Norm);
        return $"{Value:0.0000} (largest norm of a convolution {norm:0.0000}, {name}; padding {Padding:0.00})";
    }
}

/// <summary>
/// Lipschitz bounds of U-Nets from norms of their convolutions: products along a path, the root of the sum of squares where
/// two paths are concatenated. Derivation: docs/derivations/lipschitz.md.
/// </summary>
public static class UnetBound
{
    /// <summary>The bound for the weights in use: normalised ones if the network has a rule for weights that normalises.</summary>
    /// <param name="unet">The network.</param>
    /// <param name="rows">Rows of its images.</param>
    /// <param name="columns">Columns of its images.</param>
    public static LipschitzBound Of(Unet unet, int rows, int columns)
    {
        using var tape = Tape.Forgetful(unet.Convolutions[0].Weight.Value.Device);
        (string Name, double Norm)[] parts = [.. unet.Convolutions.Select(convolution =>
        {
            Engine.Tensor weight = (unet.WeightRule?.Use(tape, convolution.Weight) ?? tape.Use(convolution.Weight)).Value;
            return (convolution.Name, (convolution.IsTransposed ? CircularNorm.OfTransposed(weight) : CircularNorm.Bound(weight)).Value);
        })];
        Dictionary<string, double> norms = parts.ToDictionary();
        double padding = Padding(unet.Options, rows, columns);
        return new LipschitzBound(padding * Compose(unet.Options, name => norms[name]), parts, padding);
    }

    /// <summary>The norm c that, given to every convolution, makes the bound equal a value.</summary>
    /// <param name="options">The network.</param>
    /// <param name="bound">The value, positive.</param>
    /// <param name="rows">Rows of its images.</param>
    /// <param name="columns">Columns of its images.</param>
    public static double NormFor(UnetOptions options, double bound, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        double padding = Padding(options, rows, columns), low = 0, high = 1;
        while (padding * Compose(options, _ => high) < bound)
        {
            high *= 2;
        }

        for (int halving = 0; halving < 60; halving++) // the bound rises with c; 60 halvings exhaust a double
        {
            double middle = (low + high) / 2;
            (low, high) = padding * Compose(options, _ => middle) <= bound ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Norm of the reflect-padding: pixels near the bottom and the right are copied once, in each axis that is padded.</summary>
    public static double Padding(UnetOptions options, int rows, int columns)
    {
        int multiple = 1 << options.Poolings;
        return (rows % multiple == 0 ? 1 : Math.Sqrt(2)) * (columns % multiple == 0 ? 1 : Math.Sqrt(2));
    }

    /// <summary>The bound for norms by name, for a size that needs no padding.</summary>
    private static double Compose(UnetOptions options, Func<string, double> norm)
    {
        double rectifier = Math.Max(1, options.Slope);
        double pooling = options.Pooling == Pooling.Average ? 0.5 : 1;
        double Level(string name) => norm($"{name}.conv1") * norm($"{name}.conv2") * rectifier * rectifier;
        double[] skips = new double[options.Poolings];
        double path = 1;
        for (int level = 0; level < options.Poolings; level++)
        {
            skips[level] = path * Level($"enc{level}");
            path = skips[level] * pooling;
        }

        path *= Level($"enc{options.Poolings}");
        for (int level = options.Poolings - 1; level >= 0; level--)
        {
            path = Math.Sqrt((skips[level] * skips[level]) + Math.Pow(norm($"up{level}") * path, 2)) * Level($"dec{level}");
        }

        return path * norm("out");
    }
}
