namespace Stardeq.Recon;

/// <summary>One raw file and the subject that it shows.</summary>
/// <param name="Name">Name of the subject, a folder name.</param>
/// <param name="Split">Group of the subject.</param>
/// <param name="Path">Raw file.</param>
public sealed record RawInput(string Name, Split Split, string Path)
{
    /// <summary>A raw file as it is typed: <c>FILE</c>, with the file's name for the subject's, or <c>NAME=FILE</c>.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="split">Group.</param>
    /// <exception cref="InputException">The name cannot be that of a folder.</exception>
    public static RawInput Parse(string text, Split split)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        (string name, string path) = equals < 0 ? (System.IO.Path.GetFileNameWithoutExtension(text), text) : (text[..equals], text[(equals + 1)..]);
        return name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name.Trim('.').Length > 0
            ? new RawInput(name, split, path)
            : throw new InputException($"'{name}' cannot name a subject; letters, digits, '-', '_' and '.' were expected. Give the file as NAME={path}.");
    }
}

/// <summary>Raw files to be made into a dataset.</summary>
public sealed record PreparationRequest
{
    /// <summary>Raw files; one subject each.</summary>
    public required IReadOnlyList<RawInput> Inputs { get; init; }

    /// <summary>What the files do not say.</summary>
    public RawSource Source { get; init; } = new();

    /// <summary>What to do with them.</summary>
    public PreparationSettings Settings { get; init; } = new();

    /// <summary>Throws unless every subject is in one group only and the settings make sense.</summary>
    /// <exception cref="InputException">Names what does not fit, and what to do.</exception>
    public void Validate()
    {
        Settings.Validate();
        if (Inputs.Count == 0)
        {
            throw new InputException("there is no raw file to prepare; give some with --train, --validation or --test.");
        }

        if (Inputs.GroupBy(input => input.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new InputException($"the subject '{twice.Key}' comes {twice.Count()} times; every subject belongs to one group, with one raw file. Give each another name with NAME=FILE if they are different people.");
        }

        if (Source.Trajectory is not null && Source.Angles is not null)
        {
            throw new InputException("--trajectory gives the points themselves; leave --order, --golden-number, --angles and --angle-unit out.");
        }

        if (Source.HalfShift && Source.Angles is null)
        {
            throw new InputException("--half-shift belongs to --order or --angles; a trajectory says itself where its samples are. Leave it out.");
        }
    }
}
