using Stardeq.Autodiff;
using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Gradient cases of whole models: U-Nets of odd size, and the layer with a gridding-free normal operator.</summary>
internal static class ModelCases
{
    /// <summary>The cases one after the other; each is alive until the next is asked for.</summary>
    public static IEnumerable<GradientCase> All(TensorScope scope)
    {
        foreach ((Pooling pooling, string name) in new[] { (Pooling.Average, "average"), (Pooling.Max, "max") })
        {
            using var parameters = new ParameterSet(scope.Device, DType.Float64);
            var unet = new Unet(parameters, new UnetOptions(3, 2, pooling));
            Tensor x = scope.New(DType.Float64, [1, 2, 9, 11]);
            RandomFill.Normal(x, new CounterRandom(6));
            yield return Of($"unet {name}", parameters, [x], (tape, v) => unet.Apply(tape, v[0]));
        }

        (LayerKind, DenoiserKind)[] layers =
        [
            .. Enum.GetValues<DenoiserKind>().Select(denoiser => (LayerKind.Prox, denoiser)),
            .. Enum.GetValues<LayerKind>().Except([LayerKind.Prox]).Select(layer => (layer, DenoiserKind.Residual)),
        ];
        foreach ((LayerKind layer, DenoiserKind denoiser) in layers)
        {
            using var problem = new SmallProblem(scope, denoiser, layer: layer);
            Tensor z = scope.Like(problem.B);
            RandomFill.Normal(z, new CounterRandom(7), 0.3);
            yield return Of(
                $"{layer} layer {denoiser}".ToLowerInvariant(),
                problem.Model.Parameters,
                [z, problem.B],
                (tape, v) => problem.Model.Layer(tape, problem.Normal, v[1], v[0]));
        }
    }

    /// <summary>A case whose inputs are the given values and all parameters, drawn at random.</summary>
    private static GradientCase Of(
        string name, ParameterSet parameters, Tensor[] inputs, Func<Tape, IReadOnlyList<Variable>, Variable> function)
    {
        foreach (Parameter parameter in parameters.All.Where(p => p.Value.Shape.Rank > 0))
        {
            RandomFill.Normal(parameter.Value, new CounterRandom(5).Stream(parameter.Name), 0.3);
        }

        return new GradientCase(
            name,
            [.. inputs, .. parameters.All.Select(p => p.Value)],
            (tape, v) =>
            {
                for (int i = 0; i < parameters.All.Count; i++)
                {
                    tape.Bind(parameters.All[i], v[inputs.Length + i]);
                }

                return function(tape, v);
            });
    }
}
