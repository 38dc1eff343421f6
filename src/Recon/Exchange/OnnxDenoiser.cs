using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>
/// The denoiser R of a trained model as an ONNX file: input <c>image</c> and output <c>denoised</c>, float32
/// [batch, 2, rows, columns] with the channels (re, im), the batch free. Images have the scale of training: gridded images divided
/// by their norm.
/// </summary>
public static class OnnxDenoiser
{
    private const string Input = "image", Output = "denoised";

    private static readonly long[] s_two = [2, 2];

    /// <summary>Exports the denoiser of a checkpoint.</summary>
    /// <param name="checkpoint">The trained model.</param>
    /// <param name="rows">Rows of the images; null for those of the training's configuration.</param>
    /// <param name="columns">Columns, likewise.</param>
    /// <param name="path">The ONNX file.</param>
    /// <exception cref="InputException">The checkpoint cannot be read, or the images are too small for the poolings.</exception>
    public static void Export(string checkpoint, int? rows, int? columns, string path)
    {
        (EquilibriumModel model, TrainingConfig config) = Checkpoint.ReadModel(checkpoint, Device.Cpu);
        using (model)
        {
            Write(model, rows ?? config.Matrix, columns ?? config.Matrix, path);
        }
    }

    /// <summary>Writes the denoiser of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Rows of the images.</param>
    /// <param name="columns">Columns of the images.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="InputException">The images are too small for the poolings.</exception>
    public static void Write(EquilibriumModel model, int rows, int columns, string path)
    {
        (string version, _) = RunRecord.Program();
        var graph = new OnnxGraph();
        string network = Network(graph, model, rows, columns);
        switch (model.Options.Denoiser)
        {
            case DenoiserKind.Residual:
                graph.Last("Add", [Input, network], Output);
                break;
            case DenoiserKind.Direct:
                graph.Last("Identity", [network], Output);
                break;
            default:
                double share = model.Options.DenoiserShare;
                string kept = graph.Node("Mul", [Input, graph.Constant("share_of_input", [], [(float)(1 - share)])]);
                string taken = graph.Node("Mul", [network, graph.Constant("share_of_network", [], [(float)share])]);
                graph.Last("Add", [kept, taken], Output);
                break;
        }

        object[] shape = ["batch", 2, rows, columns];
        byte[] file = graph.ToModel((Input, shape), (Output, shape), ("stardeq", version), [("channels", "re, im"), ("denoiser", $"{model.Options.Denoiser}")]).ToArray();
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>U, as <see cref="Unet.Apply"/> computes it, with the weights as they are used: normalised where they are.</summary>
    private static string Network(OnnxGraph graph, EquilibriumModel model, int rows, int columns)
    {
        model.Normalisation?.Refresh();
        using var tape = Tape.Forgetful(model.Parameters.Device);
        UnetOptions options = model.Options.Unet;
        int multiple = 1 << options.Poolings, belowRows = -rows & (multiple - 1), rightColumns = -columns & (multiple - 1);
        if (belowRows >= rows || rightColumns >= columns)
        {
            throw new InputException($"export: images of {rows} x {columns} are too small for {options.Poolings} poolings; give --rows and --columns of at least {(multiple / 2) + 1}.");
        }

        bool isPadded = belowRows + rightColumns > 0;
        string h = isPadded
            ? graph.Node("Pad", [Input, graph.Constant([0, 0, 0, 0, 0, 0, belowRows, rightColumns])], ("mode", "reflect"))
            : Input;
        var skips = new Stack<string>();
        for (int level = 0; level < options.Poolings; level++)
        {
            h = Level($"enc{level}", h);
            skips.Push(h);
            h = graph.Node(options.Pooling == Pooling.Max ? "MaxPool" : "AveragePool", [h], ("kernel_shape", s_two), ("strides", s_two));
        }

        h = Level($"enc{options.Poolings}", h);
        for (int level = options.Poolings - 1; level >= 0; level--)
        {
            string up = graph.Node("ConvTranspose", [h, Weight($"up{level}.weight"), Weight($"up{level}.bias")], ("strides", s_two));
            h = Level($"dec{level}", graph.Node("Concat", [skips.Pop(), up], ("axis", 1L)));
        }

        h = graph.Node("Conv", [h, Weight("out.weight"), Weight("out.bias")]);
        return isPadded
            ? graph.Node("Slice", [h, graph.Constant([0, 0]), graph.Constant([rows, columns]), graph.Constant([2, 3])])
            : h;

        string Level(string name, string x)
        {
            foreach (string conv in new[] { "conv1", "conv2" })
            {
                x = graph.Node("Conv", [x, Weight($"{name}.{conv}.weight"), Weight($"{name}.{conv}.bias")], ("pads", (long[])[1, 1, 1, 1]));
                x = graph.Node("LeakyRelu", [x], ("alpha", (float)options.Slope));
            }

            return x;
        }

        string Weight(string name)
        {
            Parameter parameter = model.Parameters[$"unet.{name}"];
            bool isUsedAsItIs = model.Unet.WeightRule is null || parameter.Value.Shape.Rank == 1;
            Tensor value = isUsedAsItIs ? parameter.Value : model.Unet.WeightRule!.Use(tape, parameter).Value;
            return graph.Constant($"unet.{name}", value.Shape.Extents, value.ToArray<float>());
        }
    }
}
