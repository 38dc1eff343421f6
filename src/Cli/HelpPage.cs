using System.Text;

namespace Stardeq.Cli;

/// <summary>The page that <c>stardeq --help</c> shows.</summary>
internal static class HelpPage
{
    /// <summary>Purpose, verbs, exit codes.</summary>
    public static string Overview()
    {
        var page = new StringBuilder("""
            stardeq trains and runs deep-equilibrium reconstructions of stack-of-stars MRI.

              stardeq <verb> [options]
              stardeq <verb> --help      options and examples of a verb
              stardeq --version

            Verbs

            """);
        foreach (Verb verb in Verbs.All)
        {
            page.AppendLine($"  {verb.Name,-12} {verb.Summary}");
        }

        return page.Append("""

            Arrays are read and written as NumPy .npy or BART .cfl/.hdr, by extension; 'convert' knows more formats.
            Exit codes: 0 done; 1 a check failed; 2 wrong usage or input; 3 no such device or out of memory;
            4 diverged; 130 stopped by the user. STARDEQ_TRACE=1 adds a stack trace to an error.

            """).ToString();
    }
}
