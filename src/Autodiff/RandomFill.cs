using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>Fills real or complex tensors with counter-based random numbers; element i takes draw i.</summary>
public static class RandomFill
{
    /// <summary>Independent normals of mean 0; each real part has the given standard deviation.</summary>
    public static void Normal(Tensor tensor, CounterRandom random, double standardDeviation = 1)
    {
        Tensor real = tensor.AsReal();
        if (tensor.Device is CudaDevice cuda)
        {
            cuda.Kernel("random_normal", tensor.DType).Over(real.Count)
                .With(random.Seed).With(random.StreamNumber).WithDouble(standardDeviation).With(real).With(real.Count).Launch();
        }
        else if (real.DType == DType.Float64)
        {
            Span<double> values = real.Span<double>();
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = standardDeviation * random.Normal(i);
            }
        }
        else
        {
            Span<float> values = real.Span<float>();
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)(standardDeviation * random.Normal(i));
            }
        }
    }
}
