using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>One law that was checked.</summary>
/// <param name="Name">Operation or model.</param>
/// <param name="Law">What must hold.</param>
/// <param name="Error">Relative error found.</param>
/// <param name="Tolerance">Largest error that passes.</param>
public readonly record struct CheckLine(string Name, string Law, double Error, double Tolerance)
{
    /// <summary>True if the law holds.</summary>
    public bool Passed => Error <= Tolerance;
}

/// <summary>
/// Gradients of every operation and of the models against finite differences in float64, duality of forward and reverse
/// sweeps, adjoints of every linear operator, and oracles with known answers. Runs on any machine in seconds.
/// </summary>
public static class SelfCheck
{
    private const ulong Seed = 20;

    /// <summary>Runs all checks whose name contains a text.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="filter">Part of a name, any case; empty for all.</param>
    /// <exception cref="InputException">No name contains the filter; the message lists them.</exception>
    public static IReadOnlyList<CheckLine> Run(Device device, string filter = "")
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        var lines = new List<CheckLine>();
        var names = new List<string>();
        bool Wanted(string name)
        {
            names.Add(name);
            return name.Contains(filter, StringComparison.OrdinalIgnoreCase);
        }

        foreach (GradientCase check in OpCases.All(scope, new CounterRandom(Seed)).Concat(ModelCases.All(scope)))
        {
            if (Wanted(check.Name))
            {
                GradientCheckResult result = GradientCheck.Run(check, new CounterRandom(Seed).Stream(check.Name));
                lines.Add(new(check.Name, "forward sweep = finite differences", result.FiniteDifference, GradientCheckResult.FiniteDifferenceTolerance));
                lines.Add(new(check.Name, "reverse sweep = transpose of forward sweep", result.Duality, GradientCheckResult.DualityTolerance));
                if (check.CanLinearise)
                {
                    lines.Add(new(check.Name, "linearised tape = forward sweep", result.Linearisation, GradientCheckResult.DualityTolerance));
                    lines.Add(new(check.Name, "its reverse sweep = differences of forward sweeps", result.SecondDifference, GradientCheckResult.FiniteDifferenceTolerance));
                }
            }
        }

        foreach (AdjointCase check in AdjointCases.All(scope))
        {
            if (Wanted(check.Name))
            {
                lines.Add(check.Run(scope));
            }
        }

        foreach ((string name, Func<TensorScope, IEnumerable<CheckLine>> run) in Oracles.All)
        {
            if (Wanted(name))
            {
                lines.AddRange(run(scope));
            }
        }

        return lines.Count > 0
            ? lines
            : throw new InputException($"no check is named like '{filter}'. There are: {string.Join(", ", names)}.");
    }
}
