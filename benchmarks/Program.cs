using Stardeq.Benchmarks;
using Stardeq.Engine;

const string usage = "usage: stardeq-bench [NAME] [--json FILE] [--threads N]   runs the cases whose name contains NAME";
string filter = "", json = "";
int threads = 0;
for (int i = 0; i < args.Length; i++)
{
    bool hasValue = i + 1 < args.Length;
    if (args[i] == "--json" && hasValue)
    {
        json = args[++i];
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

CpuDevice device = threads == 0 ? Device.Cpu : new CpuDevice(threads);
var table = new TimingTable(device);
foreach (BenchmarkCase one in KernelCases.All(device).Concat(ModelCases.All(device)).Where(c => c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)))
{
    using PreparedCase prepared = one.Prepare();
    table.Add(one, Stopwatches.Measure(prepared.Run));
}

if (json.Length > 0)
{
    table.WriteJson(json);
}

return 0;
