using Stardeq.Engine;

namespace Stardeq.Autodiff;

/// <summary>Fills real or complex tensors with counter-based random numbers; element i takes draw i.</summary>
public static class RandomFill
{
    /// <summary>Independent normals of mean 0; each real part has the given standard deviation.</summary>
    public static void Normal(Tensor tensor, CounterRandom random, double standardDeviation = 1)
    {
        Tensor real = tensor.AsReal();
        using OpenSpan? span = tensor.Device.Spans?.Begin("random numbers", new WorkCount(0, tensor.ByteCount));
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

    /// <summary>Independent signs, +1 or −1 with equal chance, in each real part.</summary>
    public static void Sign(Tensor tensor, CounterRandom random)
    {
        Tensor real = tensor.AsReal();
        using OpenSpan? span = tensor.Device.Spans?.Begin("random signs", new WorkCount(0, tensor.ByteCount));
        double[] signs = [.. Enumerable.Range(0, checked((int)real.Count)).Select(i => random.Uniform(i) < 0.5 ? -1.0 : 1.0)];
        if (real.DType == DType.Float64)
        {
            real.CopyFromHost<double>(signs);
        }
        else
        {
            real.CopyFromHost<float>(Array.ConvertAll(signs, sign => (float)sign));
        }
    }
}
