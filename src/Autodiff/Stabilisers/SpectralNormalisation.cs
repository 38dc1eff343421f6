using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Autodiff;

/// <summary>Which norm of a convolution is normalised.</summary>
public enum SpectralNorm
{
    /// <summary>That of the kernel reshaped to a matrix [out, in · k · k], as in the reference codes [MIY18]. The true norm of
    /// a 3 × 3 convolution may be up to three times as large.</summary>
    Reshape,

    /// <summary>That of the zero-padded convolution of a map of given size, by power iteration with its exact adjoint.</summary>
    Power,

    /// <summary>A bound at every size, at most 1 % too large, from the matrices of all frequencies [SED19].</summary>
    Fft,
}

/// <summary>What spectral normalisation does.</summary>
/// <param name="Norm">Which norm.</param>
/// <param name="Target">What it is brought to, and how.</param>
/// <param name="Size">Side of the first level's maps for <see cref="SpectralNorm.Power"/>; level l has 2^−l of it.</param>
public sealed record SpectralOptions(SpectralNorm Norm, NormTarget Target, int Size = 64);

/// <summary>
/// Every convolution weight of a U-Net is used as target · w/σ(w). The norm is estimated once per training step: between
/// two calls of <see cref="Advance"/> or <see cref="Refresh"/> the factor does not change, so that a solve sees one map.
/// On a recording tape the division is an operation, and gradients are those of the parameter itself. The quotient is there while a
/// convolution runs; nobody keeps a second set of weights.
/// </summary>
/// <remarks>Derivation: docs/derivations/spectral-normalisation.md.</remarks>
public sealed class SpectralNormalisation : IWeightRule, IDisposable
{
    /// <summary>First part of the names that persistent vectors have among <see cref="ParameterSet.States"/>.</summary>
    public const string StatePrefix = "spectral.u.";

    private readonly TensorScope _scope;
    private readonly Dictionary<string, Entry> _entries;

    /// <summary>Estimates for all convolutions of a network; call <see cref="Refresh"/> when its weights are there.</summary>
    /// <param name="parameters">Owner of the network's parameters; its states get the persistent vectors, so that checkpoints hold
    /// all that the next step depends on.</param>
    /// <param name="unet">The network.</param>
    /// <param name="options">What to do.</param>
    public SpectralNormalisation(ParameterSet parameters, Unet unet, SpectralOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Target.Target);
        Options = options;
        _scope = new TensorScope(parameters.Device, MemoryOwner.Parameters);
        _entries = unet.Convolutions.ToDictionary(
            convolution => convolution.Weight.Name,
            convolution => new Entry(convolution.Weight, Estimate(convolution)));
        foreach (Entry entry in _entries.Values.Where(entry => entry.Estimate.State is not null))
        {
            parameters.AddState(StatePrefix + entry.Weight.Name, entry.Estimate.State!);
        }
    }

    /// <summary>What is done.</summary>
    public SpectralOptions Options { get; }

    /// <summary>σ of each weight, by its name, as last estimated.</summary>
    public IReadOnlyList<(string Name, double Sigma)> Norms => [.. _entries.Values.Select(e => (e.Weight.Name, e.Estimate.Sigma))];

    /// <summary>Once per training step, before the solve: one power iteration for each weight, and σ.</summary>
    /// <param name="iterations">Number of power iterations.</param>
    public void Advance(int iterations = 1) => Renew(iterations);

    /// <summary>After the parameters or the state were replaced: σ from the present state, which stays.</summary>
    public void Refresh() => Renew(0);

    /// <inheritdoc/>
    public Variable Use(Tape tape, Parameter weight)
    {
        Entry entry = _entries[weight.Name];
        Variable raw = tape.Use(weight);
        return raw.Value == weight.Value
            ? tape.Normalise(raw, entry.Estimate.Derivative, Options.Target, entry.Estimate.Sigma)
            : tape.Normalise(raw, entry.Estimate.Derivative, Options.Target); // another value is bound to the parameter
    }

    /// <summary>Gives the bytes back.</summary>
    public void Dispose() => _scope.Dispose();

    private void Renew(int iterations)
    {
        foreach (Entry entry in _entries.Values)
        {
            entry.Estimate.Renew(entry.Weight.Value, iterations);
        }
    }

    private INormEstimate Estimate(UnetConvolution convolution)
    {
        Tensor weight = convolution.Weight.Value;
        Shape shape = weight.Shape;
        if (Options.Norm == SpectralNorm.Fft)
        {
            return new CircularEstimate(weight, _scope, convolution.IsTransposed);
        }

        // Windows of a transposed convolution do not overlap: at any size its norm is that of the matrix [in, out · 4].
        int size = Math.Max(1, Options.Size >> convolution.Level);
        IWeightedMap map = (Options.Norm, convolution.IsTransposed) switch
        {
            (SpectralNorm.Reshape, true) => new TransposedKernelMap(shape),
            (SpectralNorm.Power, false) => new ConvolutionMap(shape, size, size),
            _ => ConvolutionMap.Reshaped(shape),
        };
        return new PowerEstimate(map, weight, _scope, new CounterRandom(1).Stream(convolution.Weight.Name));
    }

    private sealed record Entry(Parameter Weight, INormEstimate Estimate);
}
