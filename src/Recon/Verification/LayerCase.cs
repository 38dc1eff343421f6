using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Recon;

/// <summary>Model and normal operator of a reference case, with the parameters of its file.</summary>
internal sealed class LayerCase : IDisposable
{
    private readonly CaseRun _run;
    private readonly Lazy<ToeplitzNormal> _normal;

    private LayerCase(CaseRun run, EquilibriumModel model)
    {
        _run = run;
        Model = model;
        _normal = new(() => EncodingKinds.NormalOperator(run, run.Input("maps")));
    }

    public EquilibriumModel Model { get; }

    /// <summary>H = Aᴴ W A on a batch of one slice, for cases of a single slice.</summary>
    public ILinearOperator Normal => _normal.Value;

    /// <exception cref="CaseNotSupportedException">The case has a layer, denoiser or stabiliser that we lack.</exception>
    public static LayerCase Create(CaseRun run)
    {
        var options = new ModelOptions
        {
            Layer = run.Text("layer") switch
            {
                "prox" => LayerKind.Prox,
                "grad" => LayerKind.Grad,
                "modl" => LayerKind.Modl,
                "mol" => LayerKind.Mol,
                string other => throw new CaseNotSupportedException($"layer '{other}'"),
            },
            Alpha = run.Case.Config.TryGetProperty("alpha", out var alpha) ? alpha.GetDouble() : 1,
            Unet = ModelKinds.UnetOptions(run),
            Denoiser = run.Text("denoiser") switch
            {
                "residual" => DenoiserKind.Residual,
                "direct" => DenoiserKind.Direct,
                "averaged" => DenoiserKind.Averaged,
                string other => throw new CaseNotSupportedException($"denoiser '{other}'"),
            },
            DenoiserShare = run.Case.Config.TryGetProperty("t", out var share) ? share.GetDouble() : 1,
            Spectral = StabiliserKinds.Options(run),
        };
        var model = new EquilibriumModel(run.Scope.Device, options, run.Real);
        ModelKinds.Load(run, model.Parameters);
        StabiliserKinds.Advance(run, model);
        return new LayerCase(run, model);
    }

    /// <summary>An input image [rows, columns] as a batch of one.</summary>
    public Tensor Batch(string name)
    {
        Tensor image = _run.Input(name);
        return image.Reshape([1, .. image.Shape]);
    }

    public void Dispose()
    {
        Model.Dispose();
        if (_normal.IsValueCreated)
        {
            _normal.Value.Dispose();
        }
    }
}
