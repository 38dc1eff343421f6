using Stardeq.Engine;

namespace Stardeq.Recon;

/// <summary>Receiver noise: independent complex Gaussian numbers, the same for any number of threads.</summary>
public static class KSpaceNoise
{
    private const int Grain = 4096;

    /// <summary>Adds noise n with E|n|² = deviation² to every sample.</summary>
    /// <param name="kSpace">Any shape, complex64.</param>
    /// <param name="deviation">Standard deviation of the complex noise, in the unit of the data. Under an orthonormal
    /// transform of fully sampled Cartesian data, an image pixel has the same deviation.</param>
    /// <param name="random">Sequence to draw from; sample i uses draw i.</param>
    public static unsafe void Add(Tensor kSpace, double deviation, CounterRandom random)
    {
        Complex64* samples = kSpace.Pointer<Complex64>();
        double component = deviation / Math.Sqrt(2);
        ((CpuDevice)kSpace.Device).For(kSpace.Count, Grain, (start, end) =>
        {
            for (long i = start; i < end; i++)
            {
                (double re, double im) = random.NormalPair(i);
                samples[i] = new Complex64((float)(samples[i].Real + (component * re)), (float)(samples[i].Imaginary + (component * im)));
            }
        });
    }
}
