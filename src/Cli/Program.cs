using Stardeq.Cli;

return (int)CommandLineHost.Run(args, Terminal.OfProcess());
