using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>1 x 1 convolutions by cuBLAS against the CPU's convolution.</summary>
[TestFixture(DType.Float32)]
[TestFixture(DType.Float64)]
public sealed class PointwiseProductsTests(DType type)
{
    // Sums of up to 7 products of normal numbers, in another order.
    private double Tolerance => type.IsDouble() ? 1e-13 : 1e-5;

    [Test]
    public void Products_are_the_convolution_and_its_adjoint([Values] WriteMode mode, [Values] bool transpose)
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using TensorScope scope = new(cuda, MemoryOwner.Workspace), host = new(Device.Cpu, MemoryOwner.Workspace);
        Shape input = [3, 5, 4, 6], output = [3, 7, 4, 6];
        Tensor weight = Sample.Normal(host, type, [7, 5, 1, 1], 1), x = Sample.Normal(host, type, transpose ? output : input, 2);
        Tensor expected = Sample.Normal(host, type, transpose ? input : output, 3), y = scope.Clone(expected);
        if (transpose)
        {
            Conv2d.BackwardInput(x, weight, expected, mode);
        }
        else
        {
            Tensor product = host.Like(expected);
            Conv2d.Forward(x, weight, null, product);
            Scale.Run(1, product, expected, mode);
        }

        Conv2d.PointwiseCuda(cuda, scope.Bring(weight), scope.Bring(x), y, mode, transpose);
        Assert.That(Sample.Scalars(y), Is.EqualTo(Sample.Scalars(expected)).Within(Tolerance));
    }

    [Test]
    public void With_many_channels_the_convolution_takes_them_and_says_the_same()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using TensorScope scope = new(cuda, MemoryOwner.Workspace), host = new(Device.Cpu, MemoryOwner.Workspace);
        int many = Conv2d.ManyChannels;
        Tensor weight = Sample.Normal(host, type, [many + 3, many, 1, 1], 1), x = Sample.Normal(host, type, [2, many, 3, 5], 2), y = host.New(type, [2, many + 3, 3, 5]);
        Conv2d.Forward(x, weight, null, y);
        Tensor onDevice = scope.Like(y), back = scope.Like(x), expected = host.Like(x);
        using (KernelTrace trace = cuda.Trace())
        {
            Conv2d.Forward(scope.Bring(x), scope.Bring(weight), null, onDevice);
            Conv2d.BackwardInput(onDevice, scope.Bring(weight), back, WriteMode.Overwrite);
            Assert.That(trace.Read().Where(launch => launch.Kind != LaunchKind.Memory).Select(launch => launch.Kind), Is.EqualTo(new[] { LaunchKind.Library, LaunchKind.Library }), "no kernel of ours ran");
        }

        Conv2d.BackwardInput(y, weight, expected, WriteMode.Overwrite);
        double relative = type.IsDouble() ? 1e-14 : 1e-6; // sums of 64 products, twice: some ten roundings
        Assert.That(Sample.RelativeDistance(host.Clone(onDevice), y), Is.LessThan(relative));
        Assert.That(Sample.RelativeDistance(host.Clone(back), expected), Is.LessThan(2 * relative));
    }

    [Test]
    public void A_rectified_convolution_is_not_left_to_them()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using TensorScope scope = new(cuda, MemoryOwner.Workspace), host = new(Device.Cpu, MemoryOwner.Workspace);
        int many = Conv2d.ManyChannels;
        Tensor weight = Sample.Normal(host, type, [many, many, 1, 1], 1), x = Sample.Normal(host, type, [1, many, 3, 5], 2), y = host.Like(x), onDevice = scope.Like(x);
        Conv2d.Forward(x, weight, null, y, slope: 0.1);
        Conv2d.Forward(scope.Bring(x), scope.Bring(weight), null, onDevice, slope: 0.1);
        Assert.That(Sample.RelativeDistance(host.Clone(onDevice), y), Is.LessThan(type.IsDouble() ? 1e-14 : 1e-6)); // sums of 64 products: some ten roundings
    }

    [Test]
    public void Shapes_that_do_not_fit_are_refused()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor weight = scope.New(type, [7, 5, 1, 1]), x = scope.New(type, [1, 5, 2, 2]), y = scope.New(type, [1, 7, 2, 2]);
        Assert.That(() => Conv2d.PointwiseCuda(cuda, weight, y, x, WriteMode.Overwrite, transpose: false), Throws.TypeOf<ShapeException>());
        Assert.That(() => Conv2d.PointwiseCuda(cuda, weight, x, y, WriteMode.Overwrite, transpose: true), Throws.TypeOf<ShapeException>());
    }
}
