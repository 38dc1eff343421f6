using Stardeq.Engine;
using Stardeq.Tests;

const string usage = """
    usage: stardeq-acceptance [--record FILE] [--only NAME] [--software]
             runs the CUDA tests and the benchmarks with NVIDIA's libraries and leaves a record
               --record FILE   where the record goes; acceptance.txt if not given
               --only NAME     only tests and benchmarks whose name contains NAME
               --software      on the software CUDA driver, built here with g++
           stardeq-acceptance check
             compiles the kernels with an installed CUDA toolkit; needs no GPU
    exit codes: 0 accepted, 1 something failed, 2 wrong usage, 3 no device or no toolkit
    """;

if (args is ["check"])
{
    return new ToolkitCheck(Console.Out).Run(Toolkit.Find(), Environment.GetEnvironmentVariable(CudaLibraries.FolderVariable));
}

var options = new AcceptanceOptions();
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--record" when i + 1 < args.Length:
            options = options with { RecordPath = args[++i] };
            break;
        case "--only" when i + 1 < args.Length:
            options = options with { Only = args[++i] };
            break;
        case "--software":
            options = options with { Software = true };
            break;
        default:
            Console.Error.WriteLine(usage);
            return 2;
    }
}

using var record = new Record(options.RecordPath);
return new AcceptanceRun(options, record).Run();
