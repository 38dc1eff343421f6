using System.Globalization;

namespace Stardeq.Engine;

/// <summary>Where the memory of this process is, as the system counts it.</summary>
/// <param name="ResidentBytes">All that is in memory.</param>
/// <param name="ProgramBytes">Mapped files: the program, its libraries, the runtime.</param>
/// <param name="PoolBytes">What a CPU device has from the system, held by tensors or idle.</param>
/// <param name="ManagedBytes">The garbage-collected heap.</param>
public readonly record struct ProcessMemory(long ResidentBytes, long ProgramBytes, long PoolBytes, long ManagedBytes)
{
    /// <summary>What is left: compiled code, stacks, the runtime's own. Negative if tensors have memory that was never touched.</summary>
    public long OtherBytes => ResidentBytes - ProgramBytes - PoolBytes - ManagedBytes;

    /// <summary>The present state. On systems other than Linux mapped files count as other.</summary>
    /// <param name="cpu">The device whose pool counts.</param>
    public static ProcessMemory Now(CpuDevice cpu)
    {
        (long resident, long files) = OperatingSystem.IsLinux() ? Read("/proc/self/status") : (Environment.WorkingSet, 0);
        return new ProcessMemory(resident, files, cpu.Pool.ReservedBytes, GC.GetGCMemoryInfo().TotalCommittedBytes);
    }

    private static (long Resident, long Files) Read(string status)
    {
        var values = File.ReadLines(status).Select(line => line.Split(':')).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        long Kilobytes(string key) => values.TryGetValue(key, out string? text) && text.Split(' ') is [var number, "kB"] ? 1024 * long.Parse(number, CultureInfo.InvariantCulture) : 0;
        return (Kilobytes("VmRSS"), Kilobytes("RssFile") + Kilobytes("RssShmem"));
    }
}
