using System.Globalization;
using System.Reflection;
using CommandLine;
using CommandLine.Text;
using Stardeq.Recon;

namespace Stardeq.Cli;

/// <summary>Options of one verb from its arguments, with errors that name what is known.</summary>
internal static class OptionParser
{
    private const int HelpWidth = 110;

    /// <summary>The options, or null if only help was asked for and has been written.</summary>
    /// <exception cref="InputException">An option is unknown, missing, without value or of the wrong form.</exception>
    public static TOptions? Parse<TOptions>(string verb, string summary, IReadOnlyList<string> arguments, Terminal terminal)
        where TOptions : VerbOptions, IHasExamples, new()
    {
        RequireOnce(arguments, typeof(TOptions));
        using var parser = new Parser(settings =>
        {
            settings.HelpWriter = null;
            settings.AutoVersion = false;
            settings.AllowMultiInstance = true;
            settings.ParsingCulture = CultureInfo.InvariantCulture;
        });
        ParserResult<TOptions> result = parser.ParseArguments<TOptions>(arguments);
        if (result.Errors.Any(error => error is HelpRequestedError))
        {
            terminal.Out.WriteLine(Help(verb, summary, result));
            return null;
        }

        if (result.Errors.FirstOrDefault() is { } error)
        {
            throw new InputException($"{Message(error, typeof(TOptions), arguments)} 'stardeq {verb} --help' explains all options.");
        }

        string[] files = [.. result.Value.Files];
        IReadOnlyList<string> expected = result.Value.FileNames;
        if (files.Length < expected.Count)
        {
            throw new InputException($"{expected[files.Length]} is missing; the form is 'stardeq {verb} {string.Join(' ', expected)}'.");
        }

        return files.Length == expected.Count
            ? result.Value
            : throw new InputException($"unexpected argument '{files[expected.Count]}'; {(expected.Count > 0 ? $"the form is 'stardeq {verb} {string.Join(' ', expected)}', and other values" : "values")} follow an option. {OptionList(typeof(TOptions))}");
    }

    private static string Help<TOptions>(string verb, string summary, ParserResult<TOptions> result)
        where TOptions : IHasExamples
    {
        HelpText help = HelpText.AutoBuild(
            result,
            text =>
            {
                text.Heading = "";
                text.Copyright = "";
                text.AdditionalNewLineAfterOption = false;
                text.AutoVersion = false;
                text.MaximumDisplayWidth = HelpWidth;
                return text;
            },
            example => example,
            verbsIndex: false,
            HelpWidth);
        IEnumerable<string> examples = TOptions.Examples.Select(example => $"  stardeq {verb} {example}".TrimEnd());
        return string.Join('\n', [$"stardeq {verb}: {summary}", "", .. examples, "", help.ToString().TrimStart('\r', '\n').TrimEnd()]);
    }

    /// <summary>Only lists may be given more than once; of a single value the parser would drop one in silence.</summary>
    private static void RequireOnce(IReadOnlyList<string> arguments, Type options)
    {
        HashSet<string> seen = [];
        foreach (string argument in arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal)))
        {
            string name = argument[2..].Split('=')[0];
            if (!seen.Add(name) && !IsList(name, options))
            {
                throw new InputException($"option '--{name}' is given more than once; give it once.");
            }
        }
    }

    private static bool IsList(string name, Type options) => options.GetProperties()
        .Any(p => p.GetCustomAttribute<OptionAttribute>()?.LongName == name && p.PropertyType == typeof(IEnumerable<string>));

    private static string Message(Error error, Type options, IReadOnlyList<string> arguments) => error switch
    {
        UnknownOptionError unknown => $"unknown option '{Dashed(unknown.Token)}'. {Suggestion.For(Dashed(unknown.Token), Names(options))}",
        MissingRequiredOptionError missing when arguments.Contains(Dashed(missing.NameInfo.LongName)) =>
            $"option '{Dashed(missing.NameInfo.LongName)}' needs a value.",
        MissingRequiredOptionError missing => $"option '{Dashed(missing.NameInfo.LongName)}' is required.",
        MissingValueOptionError missing => $"option '{Dashed(missing.NameInfo.LongName)}' needs a value.",
        BadFormatConversionError bad => $"option '{Dashed(bad.NameInfo.LongName)}': the value is not of the expected form ({Meaning(bad.NameInfo.LongName, options)}).",
        RepeatedOptionError repeated => $"option '{Dashed(repeated.NameInfo.LongName)}' is given twice.",
        NamedError named => $"option '{Dashed(named.NameInfo.LongName)}': {named.Tag}.",
        TokenError token => $"'{token.Token}': {token.Tag}.",
        _ => $"the arguments cannot be read: {error.Tag}.",
    };

    private static string OptionList(Type options) => $"Known: {string.Join(", ", Names(options))}.";

    private static string Dashed(string name) => name.StartsWith('-') ? name : name.Length == 1 ? $"-{name}" : $"--{name}";

    private static string[] Names(Type options) =>
        [.. Attributes(options).Select(option => Dashed(option.LongName)), "--help"];

    private static string Meaning(string name, Type options) =>
        Attributes(options).First(option => option.LongName == name).HelpText.TrimEnd('.');

    private static IEnumerable<OptionAttribute> Attributes(Type options) =>
        options.GetProperties().Select(property => property.GetCustomAttribute<OptionAttribute>()).OfType<OptionAttribute>();
}
