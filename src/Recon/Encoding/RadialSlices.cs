using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Prepares frames of measured radial data for a solver: weights, coil maps, b, spectrum, scale. Owns all that
/// it makes; frames with one trajectory share weights and spectrum.</summary>
public sealed class RadialSlices : IDisposable
{
    private readonly TensorScope _scope;
    private readonly List<RadialEncoding> _encodings = [];

    /// <summary>Prepares all frames.</summary>
    /// <param name="data">k-space and trajectory, in host memory.</param>
    /// <param name="maps">[1 or frame, coil, y, x] complex64 in host memory, or null to estimate them from the data.</param>
    /// <param name="estimation">How maps that are not given are estimated.</param>
    /// <param name="rows">Image height in pixels.</param>
    /// <param name="columns">Image width in pixels.</param>
    /// <param name="settings">Weights and scale.</param>
    /// <param name="device">Where to compute; the slices wait in the memory of its host.</param>
    /// <param name="progress">Told after each frame.</param>
    /// <param name="stop">Stops between frames.</param>
    /// <exception cref="InputException">The trajectory does not suit the density rule, or a frame holds no signal.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public RadialSlices(RadialData data, Tensor? maps, CoilMapChoice estimation, int rows, int columns, EncodingSettings settings, Device device, IProgressReport progress, CancellationToken stop)
    {
        _scope = new TensorScope(device.Host, MemoryOwner.Data);
        try
        {
            Maps = maps ?? Estimate(data, estimation, rows, columns, device, progress);
            var slices = new List<SliceProblem>();
            progress.Begin("preparing images", data.Frames);
            for (int frame = 0; frame < data.Frames; frame++)
            {
                stop.ThrowIfCancellationRequested();
                Tensor kSpace = data.KSpace.Slice(frame).Reshape([data.Coils, data.KSpace.Shape[2] * data.KSpace.Shape[3]]);
                if (frame == 0 || data.Points.Shape[0] > 1)
                {
                    _encodings.Add(new RadialEncoding(data.PointsOf(frame), rows, columns, settings, device));
                }

                Tensor own = Maps.Slice(Maps.Shape[0] == 1 ? 0 : frame);
                slices.Add(EncodingBuilder.Build($"frame {frame}", kSpace, own, new SliceEncodings(_encodings[^1]), settings, _scope));
                progress.Step(frame + 1);
            }

            Slices = slices;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One per frame, without targets.</summary>
    public IReadOnlyList<SliceProblem> Slices { get; } = [];

    /// <summary>[1 or frame, coil, y, x]: those given, or the estimates.</summary>
    public Tensor Maps { get; }

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        _encodings.ForEach(encoding => encoding.Dispose());
        _scope.Dispose();
    }

    private Tensor Estimate(RadialData data, CoilMapChoice estimation, int rows, int columns, Device device, IProgressReport progress)
    {
        progress.Begin($"estimating {estimation.Method.ToString().ToLowerInvariant()} coil maps", 1);
        Tensor estimates = estimation.Estimate(data, rows, columns, device, _scope);
        progress.Step(1);
        return estimates;
    }
}
