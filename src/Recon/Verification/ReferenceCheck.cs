using System.Globalization;
using System.Text.Json;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>How one stored tensor compares with ours.</summary>
/// <param name="Case">Name of the case.</param>
/// <param name="Tensor">Name of the tensor, or empty for a verdict on the whole case.</param>
/// <param name="Error">‖a − b‖ / max(‖b‖, floor), or the value of a property; NaN if there is nothing to compare.</param>
/// <param name="Tolerance">What it may be, or the bound of a property; NaN if there is nothing to compare.</param>
/// <param name="Verdict">Passed, failed, or not supported.</param>
/// <param name="Remark">What is missing, or a property in words, or empty.</param>
public readonly record struct ReferenceLine(string Case, string Tensor, double Error, double Tolerance, ReferenceVerdict Verdict, string Remark);

/// <summary>Verdict on a tensor or a case.</summary>
public enum ReferenceVerdict
{
    /// <summary>Within tolerance.</summary>
    Passed,

    /// <summary>Outside tolerance, of another shape, or missing.</summary>
    Failed,

    /// <summary>The engine does not have this kind of computation yet.</summary>
    NotSupported,
}

/// <summary>Recomputes reference cases with our own code and compares every stored result.</summary>
public static class ReferenceCheck
{
    /// <summary>
    /// Floor of the comparison relative to the largest tensor of a family: gradients that vanish by theory are rounding
    /// noise of the others (rule of the reference).
    /// </summary>
    private const double FamilyFloor = 1e-3;

    /// <summary>All case files named by the paths: files, or folders with <c>.safetensors</c> files.</summary>
    /// <exception cref="InputException">A path does not exist or holds no case.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            string[] found = Directory.Exists(path) ? Directory.GetFiles(path, "*.safetensors") : File.Exists(path) ? [path] : [];
            if (found.Length == 0)
            {
                throw new InputException($"'{path}' is no .safetensors file and no folder that holds any.");
            }

            files.AddRange(found.Order(StringComparer.Ordinal));
        }

        return files;
    }

    /// <summary>Recomputes one case and compares it.</summary>
    /// <param name="path">A case file.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="precision">float32 or float64.</param>
    /// <exception cref="InputException">The file is not a readable case file.</exception>
    public static IReadOnlyList<ReferenceLine> Run(string path, Device device, DType precision)
    {
        using var scope = new TensorScope(device, MemoryOwner.Data);
        ReferenceCase source = ReferenceCase.Read(path, scope);
        if (!ReferenceKinds.All.TryGetValue(source.Kind, out Action<CaseRun>? evaluate))
        {
            return [new(source.Name, "", double.NaN, double.NaN, ReferenceVerdict.Failed,
                $"unknown kind '{source.Kind}'; known: {string.Join(", ", ReferenceKinds.All.Keys)}")];
        }

        using var run = new CaseRun(source, device, precision);
        try
        {
            evaluate(run);
        }
        catch (CaseNotSupportedException missing)
        {
            return [new(source.Name, "", double.NaN, double.NaN, ReferenceVerdict.NotSupported, missing.Message)];
        }

        return [.. source.ResultNames.Select(name => Compare(source, run, name)).OfType<ReferenceLine>(), .. Properties(source, run, "at_least"), .. Properties(source, run, "at_most")];
    }

    /// <summary>Bounds on our own results, for problems that have more than one good solution.</summary>
    private static IEnumerable<ReferenceLine> Properties(ReferenceCase source, CaseRun run, string direction)
    {
        if (!source.Config.TryGetProperty("properties", out JsonElement properties) || !properties.TryGetProperty(direction, out JsonElement bounds))
        {
            yield break;
        }

        foreach (JsonProperty bound in bounds.EnumerateObject())
        {
            double limit = bound.Value.GetDouble(), value = run.Results.TryGetValue("out." + bound.Name, out Tensor? ours) ? ours.Item() : double.NaN;
            bool holds = direction == "at_least" ? value >= limit : value <= limit;
            string words = string.Create(CultureInfo.InvariantCulture, $"{value:g6}, {direction.Replace('_', ' ')} {limit:g6}");
            yield return new(source.Name, "property." + bound.Name, value, limit, holds ? ReferenceVerdict.Passed : ReferenceVerdict.Failed, words);
        }
    }

    private static ReferenceLine? Compare(ReferenceCase source, CaseRun run, string name)
    {
        if (source.Tolerance(name, run.Real) is not { } tolerance)
        {
            return null;
        }

        ReferenceLine Line(double error, ReferenceVerdict verdict, string remark = "") => new(source.Name, name, error, tolerance, verdict, remark);
        if (!run.Results.TryGetValue(name, out Tensor? ours))
        {
            return Line(double.NaN, ReferenceVerdict.Failed, "not computed");
        }

        Tensor stored = source.Stored(name);
        if (ours.AsReal().Count != stored.AsReal().Count)
        {
            return Line(double.NaN, ReferenceVerdict.Failed, $"ours is {ours.Describe()}, stored is {stored.Describe()}");
        }

        using var scope = new TensorScope(run.Scope.Device, MemoryOwner.Workspace);
        Tensor wide = scope.New(DType.Float64, stored.AsReal().Shape);
        Tensor real = ours.AsReal().Reshape(stored.AsReal().Shape);
        if (real.DType == DType.Float64)
        {
            wide.CopyFrom(real);
        }
        else
        {
            Cast.Run(real, wide);
        }

        double distance = Math.Sqrt(Reduce.SquaredDistance(wide, stored.AsReal()));
        double floor = FamilyFloor * source.Family(name).Max(other => Norm(source.Stored(other)));
        double scale = Math.Max(Norm(stored), floor);
        double error = scale > 0 ? distance / scale : distance;
        return Line(error, error <= tolerance ? ReferenceVerdict.Passed : ReferenceVerdict.Failed);
    }

    private static double Norm(Tensor tensor) => Math.Sqrt(Reduce.SumOfSquares(tensor));
}

/// <summary>A case needs something that the engine does not have yet; the message names it.</summary>
internal sealed class CaseNotSupportedException(string message) : Exception(message);
