using System.Globalization;
using System.Text;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// BART's pair of files: <c>name.hdr</c> with the dimensions, fastest first, and <c>name.cfl</c> with complex64 samples.
/// Here the shape is that list reversed (slowest first); dimensions of 1 at BART's slow end are dropped.
/// </summary>
public static class CflFile
{
    private const int BartDimensions = 16;

    /// <summary>Reads a whole array as complex64.</summary>
    /// <param name="path">Name of either file of the pair.</param>
    /// <param name="scope">Owner of the result.</param>
    /// <exception cref="InputException">A file of the pair is missing, damaged or of the wrong length.</exception>
    public static Tensor Read(string path, TensorScope scope)
    {
        string data = Path.ChangeExtension(path, ".cfl"), header = Path.ChangeExtension(path, ".hdr");
        if (File.Exists(data) && !File.Exists(header))
        {
            throw new InputException($"'{data}' has no '{header}' beside it, which holds its dimensions. Copy both files of the pair.");
        }

        Shape shape = ReadHeader(header);
        using FileStream stream = InputFile.Open(data);
        InputFile.RequireBytes(data, stream.Length, shape.Count * 8, $"a complex64 array {shape} (slowest axis first)");
        Tensor array = scope.New(DType.Complex64, shape);
        TensorBytes.Read(stream, array);
        return array;
    }

    /// <summary>Writes the pair; float32 values become complex with imaginary part 0.</summary>
    /// <exception cref="InputException">The type is neither complex64 nor float32, or writing failed.</exception>
    public static void Write(string path, Tensor array)
    {
        if (array.DType is not (DType.Complex64 or DType.Float32) || array.Shape.Rank > BartDimensions)
        {
            throw new InputException($"'{path}' cannot hold {array.Describe()}: .cfl files hold complex64 with at most {BartDimensions} axes. Write .npy instead, or work in single precision.");
        }

        IEnumerable<int> dimensions = array.Shape.Reverse().Concat(Enumerable.Repeat(1, BartDimensions - array.Shape.Rank));
        AtomicFile.Write(Path.ChangeExtension(path, ".cfl"), stream =>
        {
            if (array.DType == DType.Complex64)
            {
                TensorBytes.Write(array, stream);
                return;
            }

            using var writer = new BinaryWriter(stream, Encoding.ASCII, leaveOpen: true);
            foreach (float value in array.Span<float>())
            {
                writer.Write(value);
                writer.Write(0f);
            }
        });
        AtomicFile.WriteText(Path.ChangeExtension(path, ".hdr"), $"# Dimensions\n{string.Join(' ', dimensions)}\n");
    }

    private static Shape ReadHeader(string path)
    {
        using var reader = new StreamReader(InputFile.Open(path));
        string? line = reader.ReadLine();
        while (line is not null && line.Trim() != "# Dimensions")
        {
            line = reader.ReadLine();
        }

        string text = reader.ReadLine() ?? "";
        var extents = new List<int>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            extents.Add(int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int extent) && extent > 0 ? extent : -1);
        }

        if (extents.Count == 0 || extents.Contains(-1))
        {
            throw new InputException($"'{path}' is not a BART header: after the line '# Dimensions', positive whole numbers were expected, found '{text}'. Write it again with BART.");
        }

        while (extents.Count > 1 && extents[^1] == 1)
        {
            extents.RemoveAt(extents.Count - 1);
        }

        extents.Reverse();
        return Shape.Create([.. extents]);
    }
}
