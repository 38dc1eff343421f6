using System.Globalization;
using System.Xml.Linq;

namespace Stardeq.Recon;

/// <summary>The XML header of ISMRMRD files, elements in the order that ismrmrd.xsd prescribes.</summary>
internal static class IsmrmrdHeaderWriter
{
    private const int FormatVersion = 2;
    private const string UsualPosition = "HFS"; // the schema demands one beside a protocol

    /// <summary>The header as text.</summary>
    public static string Format(IsmrmrdHeader header)
    {
        var root = new XElement(
            IsmrmrdHeaderReader.Namespace + "ismrmrdHeader",
            Element("version", FormatVersion),
            header.PatientPosition is null && header.Protocol is null
                ? null
                : Element("measurementInformation", Element("patientPosition", header.PatientPosition ?? UsualPosition), Optional("protocolName", header.Protocol)),
            Part(
                "acquisitionSystemInformation",
                Optional("systemVendor", header.Vendor),
                Optional("systemModel", header.Model),
                Optional("systemFieldStrength_T", header.FieldStrength),
                Optional("relativeReceiverNoiseBandwidth", header.RelativeReceiverNoiseBandwidth),
                Optional("receiverChannels", header.Channels),
                Optional("institutionName", header.Institution)),
            Element("experimentalConditions", Element("H1resonanceFrequency_Hz", header.ResonanceFrequency)),
            header.Encodings.Select(Encoding),
            Part(
                "sequenceParameters",
                header.RepetitionTimes.Select(t => Element("TR", t)),
                header.EchoTimes.Select(t => Element("TE", t)),
                header.FlipAngles.Select(a => Element("flipAngle_deg", a))),
            Part(
                "userParameters",
                Parameters("userParameterLong", header.UserIntegers),
                Parameters("userParameterDouble", header.UserNumbers),
                Parameters("userParameterString", header.UserTexts)));
        return Ascii($"<?xml version=\"1.0\"?>\n{root}\n");
    }

    // libismrmrd stores the header as ASCII text; other characters go in as references.
    private static string Ascii(string xml) => string.Concat(xml.EnumerateRunes().Select(rune =>
        rune.IsAscii ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"&#{rune.Value};")));

    private static XElement Encoding(RawEncoding encoding) => Element(
        "encoding",
        Space("encodedSpace", encoding.Encoded),
        Space("reconSpace", encoding.Recon),
        Element("encodingLimits", encoding.Limits.Select(limit => Element(
            limit.Key, Element("minimum", limit.Value.Minimum), Element("maximum", limit.Value.Maximum), Element("center", limit.Value.Centre)))),
        Element("trajectory", IsmrmrdHeaderReader.TextOf(encoding.Trajectory)),
        encoding.TrajectoryName is null
            ? null
            : Element("trajectoryDescription", Element("identifier", encoding.TrajectoryName), Parameters("userParameterString", encoding.TrajectoryParameters)),
        encoding.Acceleration == (1, 1) && encoding.CalibrationMode is null
            ? null
            : Element(
                "parallelImaging",
                Element(
                    "accelerationFactor",
                    Element("kspace_encoding_step_1", encoding.Acceleration.Step1),
                    Element("kspace_encoding_step_2", encoding.Acceleration.Step2)),
                Optional("calibrationMode", encoding.CalibrationMode)));

    private static XElement Space(string name, EncodingSpace space) => Element(
        name,
        Element("matrixSize", Element("x", space.Matrix.X), Element("y", space.Matrix.Y), Element("z", space.Matrix.Z)),
        Element("fieldOfView_mm", Element("x", space.FieldOfView.X), Element("y", space.FieldOfView.Y), Element("z", space.FieldOfView.Z)));

    private static IEnumerable<XElement> Parameters<T>(string kind, IReadOnlyDictionary<string, T> parameters)
        where T : notnull => parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => Element(kind, Element("name", p.Key), Element("value", p.Value)));

    private static XElement? Part(string name, params object?[] content)
    {
        XElement part = Element(name, content);
        return part.HasElements ? part : null;
    }

    private static XElement? Optional(string name, object? value) => value is null ? null : Element(name, value);

    private static XElement Element(string name, params object?[] content) => new(
        IsmrmrdHeaderReader.Namespace + name, [.. content.Select(c => c is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture) : c)]);
}
