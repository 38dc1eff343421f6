using Stardeq.Benchmarks;
using Stardeq.Engine;

const string usage = "usage: stardeq-bench [NAME] [--device cpu|cuda|cuda:INDEX] [--json FILE] [--threads N]   runs the cases whose name contains NAME";
string filter = "", json = "", kind = "cpu";
int threads = 0;
for (int i = 0; i < args.Length; i++)
{
    bool hasValue = i + 1 < args.Length;
    if (args[i] == "--json" && hasValue)
    {
        json = args[++i];
    }
    else if (args[i] == "--device" && hasValue)
    {
        kind = args[++i];
    }
    else if (args[i] == "--threads" && hasValue && int.TryParse(args[i + 1], out threads) && threads >= 1)
    {
        i++;
    }
    else if (!args[i].StartsWith('-') && filter.Length == 0)
    {
        filter = args[i];
    }
    else
    {
        Console.Error.WriteLine(usage);
        return 2;
    }
}

string[] parts = kind.Split(':');
int ordinal = 0;
if (!(kind == "cpu" || (parts[0] == "cuda" && (parts.Length == 1 || (parts.Length == 2 && int.TryParse(parts[1], out ordinal))))))
{
    Console.Error.WriteLine(usage);
    return 2;
}

Device device;
try
{
    device = parts[0] == "cuda" ? Device.Cuda(ordinal) : threads == 0 ? Device.Cpu : new CpuDevice(threads);
}
catch (DeviceException e)
{
    Console.Error.WriteLine($"stardeq-bench: {e.Message}");
    return 3;
}

using var opened = device as IDisposable;
var table = new TimingTable(device, Console.Out);
foreach (BenchmarkCase one in BenchmarkCase.All(device).Where(c => c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
{
    using PreparedCase prepared = one.Prepare();
    table.Add(one, Repetitions.Thorough.Measure(prepared.Run, device));
}

if (json.Length > 0)
{
    table.WriteJson(json);
}

return 0;
