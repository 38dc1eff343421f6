namespace Stardeq.Engine;

/// <summary>What an operation has to do, counted on paper from sizes alone: the yardstick of a time. Derivations: docs/results/performance.md.</summary>
/// <param name="Flops">Additions and multiplications of real numbers, in the textbook form of the operation: a faster
/// algorithm with fewer of them may exceed the roof of the machine.</param>
/// <param name="Bytes">Bytes read and written if every stage of the algorithm goes through memory once and every array of it
/// is read or written once: caches may do better.</param>
public readonly record struct WorkCount(double Flops, double Bytes)
{
    /// <summary>Not counted.</summary>
    public static WorkCount None => default;

    /// <summary>The work of both.</summary>
    public static WorkCount operator +(WorkCount a, WorkCount b) => new(a.Flops + b.Flops, a.Bytes + b.Bytes);

    /// <summary>The work of <paramref name="factor"/> such operations.</summary>
    public static WorkCount operator *(double factor, WorkCount a) => new(factor * a.Flops, factor * a.Bytes);
}
