using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Says which configuration key would make a model fit into the memory that a device has.</summary>
/// <remarks>
/// The numbers are estimates from who held what when memory ended. What comes with a slice (tape, solver, workspace, data)
/// grows with the batch; a pair of Anderson's history is two images; an unrolled tape grows with its terms; features of
/// the network with its base. What the same step would have asked for later is not known then, so the advice is an upper
/// bound; who follows it and fails again gets the next one.
/// </remarks>
public static class MemoryAdvice
{
    /// <summary>The same exception with advice, for work that a configuration describes.</summary>
    /// <param name="failure">Who held what.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="batch">Slices that were worked on together.</param>
    public static OutOfDeviceMemoryException For(OutOfDeviceMemoryException failure, TrainingConfig config, int batch) =>
        failure.WithAdvice(failure.TotalBytes > 0 ? Measured(failure, config, batch) : General(config, batch));

    private static string Measured(OutOfDeviceMemoryException failure, TrainingConfig config, int batch)
    {
        long missing = failure.RequestedBytes - failure.FreeBytes;
        long growing = Held(failure, MemoryOwner.Tape, MemoryOwner.Solver, MemoryOwner.Workspace, MemoryOwner.Data) + failure.RequestedBytes;
        double share = Math.Max(0, 1 - ((double)missing / growing)); // of the growing part that has room
        if (batch > 1 && (int)(batch * share) is >= 1 and int fewer)
        {
            return $"By what is held now, at most batch={fewer} instead of {batch} fits.";
        }

        List<string> keys = [];
        if (Fewer(config.AdjointTerms, Held(failure, MemoryOwner.Tape) / config.AdjointTerms, missing) is { } terms && config.Adjoint == AdjointKind.Unrolled)
        {
            keys.Add($"adjoint_terms={terms} instead of {config.AdjointTerms}");
        }

        if (Fewer(config.AndersonMemory, Held(failure, MemoryOwner.Solver) / (config.AndersonMemory + 1), missing) is { } pairs && config.Solver == SolverKind.Anderson)
        {
            keys.Add($"anderson_memory={pairs} instead of {config.AndersonMemory}");
        }

        int features = (int)(config.Base * share);
        keys.Add(features >= 1 ? $"a new model of base={features} instead of {config.Base}" : "a smaller matrix");
        return $"By what is held now, at most {string.Join(", or ", keys)} fits.";
    }

    private static string General(TrainingConfig config, int batch) => batch > 1
        ? $"Try a batch smaller than {batch}."
        : $"Try an anderson_memory smaller than {config.AndersonMemory}, or a new model of a base smaller than {config.Base}.";

    /// <summary>How many of some equal parts remain when enough of them are left out, or null if two would not remain.</summary>
    private static int? Fewer(int parts, long bytesOfOne, long missing)
    {
        long left = bytesOfOne > 0 ? parts - ((missing + bytesOfOne - 1) / bytesOfOne) : 0;
        return left >= 2 ? (int)left : null;
    }

    private static long Held(OutOfDeviceMemoryException failure, params MemoryOwner[] owners) =>
        failure.Holders.Where(entry => owners.Contains(entry.Owner)).Sum(entry => entry.CurrentBytes);
}
