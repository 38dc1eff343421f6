using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Stardeq.Recon;

/// <summary>Reader of the XML header of ISMRMRD files (ismrmrd.xsd).</summary>
internal static class IsmrmrdHeaderReader
{
    /// <summary>The namespace of the format.</summary>
    public static readonly XNamespace Namespace = "http://www.ismrm.org/ISMRMRD";

    private static readonly (string Text, RawTrajectory Kind)[] s_trajectories =
    [
        ("cartesian", RawTrajectory.Cartesian), ("epi", RawTrajectory.Epi), ("radial", RawTrajectory.Radial),
        ("goldenangle", RawTrajectory.GoldenAngle), ("spiral", RawTrajectory.Spiral), ("other", RawTrajectory.Other),
    ];

    /// <summary>Text of a trajectory in the file.</summary>
    public static string TextOf(RawTrajectory kind) => s_trajectories.First(t => t.Kind == kind).Text;

    /// <summary>Reads a header strictly where the reconstruction depends on it, and leniently elsewhere.</summary>
    /// <param name="path">File it is from, for messages.</param>
    /// <param name="text">The XML.</param>
    /// <exception cref="InputException">Not XML, not this format, or a number that cannot be right.</exception>
    public static IsmrmrdHeader Parse(string path, string text)
    {
        XElement root;
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            root = XElement.Load(reader);
        }
        catch (XmlException failure)
        {
            throw new InputException($"'{path}': the ISMRMRD header is not XML ({failure.Message.TrimEnd('.')}). The file is damaged.", failure);
        }

        if (root.Name != Namespace + "ismrmrdHeader")
        {
            throw new InputException($"'{path}': the header is <{root.Name.LocalName}> of '{root.Name.NamespaceName}'; <ismrmrdHeader> of '{Namespace}' was expected.");
        }

        var node = new Node(path, root);
        Node[] encodings = node.All("encoding");
        if (encodings.Length == 0)
        {
            throw new InputException($"'{path}': the header has no <encoding>; at least one was expected. Without it neither matrix nor field of view are known.");
        }

        Node? system = node.Optional("acquisitionSystemInformation"), sequence = node.Optional("sequenceParameters"), user = node.Optional("userParameters");
        Node? measurement = node.Optional("measurementInformation");
        return new IsmrmrdHeader
        {
            Encodings = [.. encodings.Select(ReadEncoding)],
            ResonanceFrequency = (long)(node.Optional("experimentalConditions")?.Optional("H1resonanceFrequency_Hz")?.Number() ?? 0),
            Channels = (int?)system?.Optional("receiverChannels")?.Whole(1),
            Vendor = system?.Optional("systemVendor")?.Text,
            Model = system?.Optional("systemModel")?.Text,
            FieldStrength = system?.Optional("systemFieldStrength_T")?.Number(),
            RelativeReceiverNoiseBandwidth = system?.Optional("relativeReceiverNoiseBandwidth")?.Number(),
            Institution = system?.Optional("institutionName")?.Text,
            PatientPosition = measurement?.Optional("patientPosition")?.Text,
            Protocol = measurement?.Optional("protocolName")?.Text,
            RepetitionTimes = sequence?.Numbers("TR") ?? [],
            EchoTimes = sequence?.Numbers("TE") ?? [],
            FlipAngles = sequence?.Numbers("flipAngle_deg") ?? [],
            UserIntegers = Parameters(user, "userParameterLong", value => (long)value.Number()),
            UserNumbers = Parameters(user, "userParameterDouble", value => value.Number()),
            UserTexts = Parameters(user, "userParameterString", value => value.Text),
        };
    }

    private static RawEncoding ReadEncoding(Node node)
    {
        string trajectory = node.Required("trajectory").Text;
        Node? parallel = node.Optional("parallelImaging"), acceleration = parallel?.Optional("accelerationFactor");
        Node? description = node.Optional("trajectoryDescription");
        var parameters = new Dictionary<string, string>();
        foreach (string kind in new[] { "userParameterLong", "userParameterDouble", "userParameterString" })
        {
            foreach ((string name, string value) in Parameters(description, kind, value => value.Text))
            {
                parameters[name] = value;
            }
        }

        int kindAt = Array.FindIndex(s_trajectories, t => t.Text == trajectory.ToLowerInvariant());
        return new RawEncoding
        {
            Encoded = ReadSpace(node.Required("encodedSpace")),
            Recon = ReadSpace(node.Required("reconSpace")),
            Trajectory = kindAt >= 0
                ? s_trajectories[kindAt].Kind
                : throw node.Wrong($"the trajectory '{trajectory}'", string.Join(", ", s_trajectories.Select(t => t.Text))),
            Limits = node.Required("encodingLimits").Children().ToDictionary(limit => limit.Name, ReadLimit),
            Acceleration = acceleration is null
                ? (1, 1)
                : (acceleration.Required("kspace_encoding_step_1").Whole(1), acceleration.Required("kspace_encoding_step_2").Whole(1)),
            CalibrationMode = parallel?.Optional("calibrationMode")?.Text,
            TrajectoryName = description?.Optional("identifier")?.Text,
            TrajectoryParameters = parameters,
        };
    }

    private static EncodingSpace ReadSpace(Node node)
    {
        Node matrix = node.Required("matrixSize"), view = node.Required("fieldOfView_mm");
        return new EncodingSpace(
            (matrix.Required("x").Whole(1), matrix.Required("y").Whole(1), matrix.Required("z").Whole(1)),
            (view.Required("x").Extent(), view.Required("y").Extent(), view.Required("z").Extent()));
    }

    private static EncodingLimit ReadLimit(Node node)
    {
        int minimum = node.Required("minimum").Whole(0), maximum = node.Required("maximum").Whole(0), centre = node.Required("center").Whole(0);
        return minimum <= maximum
            ? new EncodingLimit(minimum, maximum, centre)
            : throw node.Wrong($"a minimum of {minimum} and a maximum of {maximum}", "a minimum that is not above the maximum");
    }

    private static Dictionary<string, T> Parameters<T>(Node? node, string kind, Func<Node, T> value)
    {
        var parameters = new Dictionary<string, T>();
        foreach (Node parameter in node?.All(kind) ?? [])
        {
            parameters[parameter.Required("name").Text] = value(parameter.Required("value"));
        }

        return parameters;
    }

    /// <summary>An element of the header, with errors that name it.</summary>
    private sealed class Node(string path, XElement element)
    {
        public string Name => element.Name.LocalName;

        public string Text => element.Value.Trim();

        public Node[] All(string name) => [.. element.Elements(Namespace + name).Select(e => new Node(path, e))];

        public Node[] Children() => [.. element.Elements().GroupBy(e => e.Name).Select(e => new Node(path, e.First()))];

        public Node? Optional(string name) => element.Element(Namespace + name) is { } child ? new Node(path, child) : null;

        public Node Required(string name) => Optional(name)
            ?? throw new InputException($"'{path}': the header's <{Name}> has no <{name}>, which the format requires. The file is damaged or incomplete.");

        public double[] Numbers(string name) => [.. All(name).Select(n => n.Number())];

        public double Number() => double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Wrong($"'{Text}'", "a finite number");

        public double Extent() => Number() is var value && value >= 0 ? value : throw Wrong($"'{Text}'", "millimetres, not below 0");

        public int Whole(int minimum) => int.TryParse(Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= ushort.MaxValue
            ? value
            : throw Wrong($"'{Text}'", $"a whole number from {minimum} to {ushort.MaxValue}");

        public InputException Wrong(string found, string expected) =>
            new($"'{path}': the header's <{Name}> has {found}; {expected} was expected. Correct the header or convert the scan again.");
    }
}
