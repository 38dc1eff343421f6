using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>What was found out about the remembered solution of a slice.</summary>
/// <param name="IsWarm">Whether the solve starts from it; otherwise it was dropped.</param>
/// <param name="WarmResidual">‖f(z) − z‖ / ‖f(z)‖ at the remembered solution, under the present weights.</param>
/// <param name="ColdResidual">The same at the cold start.</param>
public sealed record SliceStart(bool IsWarm, double WarmResidual, double ColdResidual);

/// <summary>Where the solves of a batch start.</summary>
/// <param name="Value">[slices, rows, columns].</param>
/// <param name="Slices">One entry per slice; null where nothing was remembered.</param>
public sealed record CascadedStart(Tensor Value, IReadOnlyList<SliceStart?> Slices)
{
    /// <summary>Slices that start from a remembered solution.</summary>
    public int Warm => Slices.Count(slice => slice is { IsWarm: true });

    /// <summary>Slices whose remembered solution was dropped.</summary>
    public int Dropped => Slices.Count(slice => slice is { IsWarm: false });

    /// <summary>Evaluations on the way to the solution that the solver does not count: a warm start is one application on.</summary>
    public int Evaluations(int slice) => Slices[slice] is { IsWarm: true } ? 1 : 0;

    /// <summary>A start without any memory.</summary>
    public static CascadedStart Cold(Tensor start) => new(start, [.. Enumerable.Repeat<SliceStart?>(null, start.Shape[0])]);
}
