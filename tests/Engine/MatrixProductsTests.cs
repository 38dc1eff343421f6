using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>C = α op(A) op(B) + β C on a CUDA device against the sum that defines it.</summary>
[TestFixture(DType.Float32)]
[TestFixture(DType.Float64)]
public sealed class MatrixProductsTests(DType type)
{
    private const int Rows = 5, Inner = 7, Columns = 6, Batch = 3;

    // Sums of seven products of normal numbers.
    private double Tolerance => type.IsDouble() ? 1e-13 : 1e-5;

    [Test]
    public void A_batch_is_multiplied([Values] bool transposeA, [Values] bool transposeB, [Values] bool shared, [Values(0.0, 0.5)] double beta)
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        const double Alpha = -1.5;
        long strideA = shared ? 0 : (Rows * Inner) + 2, strideC = (Rows * Columns) + 3; // gaps between matrices
        Tensor a = Sample.Normal(scope, type, [shared ? Rows * Inner : (int)(Batch * strideA)], 1), b = Sample.Normal(scope, type, [Batch, Inner * Columns], 2);
        Tensor c = Sample.Normal(scope, type, [(int)(Batch * strideC)], 3);
        double[] av = Sample.Scalars(a), bv = Sample.Scalars(b), expected = Sample.Scalars(c);
        for (int s = 0; s < Batch; s++)
        {
            for (int i = 0; i < Rows; i++)
            {
                for (int j = 0; j < Columns; j++)
                {
                    double sum = 0;
                    for (int k = 0; k < Inner; k++)
                    {
                        sum += av[(s * strideA) + (transposeA ? (k * Rows) + i : (i * Inner) + k)]
                            * bv[(s * Inner * Columns) + (transposeB ? (j * Inner) + k : (k * Columns) + j)];
                    }

                    long at = (s * strideC) + (i * Columns) + j;
                    expected[at] = (Alpha * sum) + (beta == 0 ? 0 : beta * expected[at]);
                }
            }
        }

        cuda.Products.Multiply(
            transposeA ? new(a, Inner, Rows, strideA, Transposed: true) : new(a, Rows, Inner, strideA),
            transposeB ? new(b, Columns, Inner, Inner * Columns, Transposed: true) : new(b, Inner, Columns, Inner * Columns),
            new(c, Rows, Columns, strideC), Batch, Alpha, beta);
        Assert.That(Sample.Scalars(c), Is.EqualTo(expected).Within(Tolerance));
    }

    [Test]
    public void Sizes_that_do_not_fit_are_refused()
    {
        CudaDevice cuda = SoftwareDriver.Open();
        using TensorScope scope = new(cuda, MemoryOwner.Workspace), host = new(Device.Cpu, MemoryOwner.Workspace);
        Tensor x = scope.New(type, [12]), other = scope.New(type.IsDouble() ? DType.Float32 : DType.Float64, [12]), far = host.New(type, [12]);
        MatrixBatch a = new(x, 3, 4), b = new(x, 4, 3), c = new(x, 3, 3);
        foreach (Action call in new Action[]
        {
            () => cuda.Products.Multiply(a, a, c),
            () => cuda.Products.Multiply(a, b, new(x, 3, 4)),
            () => cuda.Products.Multiply(a, b, c, batch: 2),
            () => cuda.Products.Multiply(a, b, c with { Transposed = true }),
            () => cuda.Products.Multiply(a, new(other, 4, 3), c),
            () => cuda.Products.Multiply(new(x, 5, 4), b, new(x, 5, 3)),
        })
        {
            Assert.That(call, Throws.TypeOf<ShapeException>().With.Message.Contains("matrix product"));
        }

        Assert.That(() => cuda.Products.Multiply(a, new(far, 4, 3), c), Throws.TypeOf<DeviceException>().With.Message.Contains("is on cpu"));
        Assert.That(() => cuda.Products.Multiply(a, b, c, batch: 0), Throws.Nothing);
    }

    [Test]
    public void A_product_can_be_captured()
    {
        CudaDevice cuda = CudaGraphTests.Capturing();
        using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
        Tensor a = Sample.Normal(scope, type, [Rows, Inner], 1), b = Sample.Normal(scope, type, [Inner, Columns], 2), c = scope.New(type, [Rows, Columns]), d = scope.Like(c);
        void Multiply(Tensor into) => cuda.Products.Multiply(new(a, Rows, Inner), new(b, Inner, Columns), new(into, Rows, Columns));
        Multiply(c);
        using CudaGraph graph = cuda.Capture(() => Multiply(d));
        graph.Launch();
        Assert.That(Sample.Bits(d), Is.EqualTo(Sample.Bits(c)));
    }

    [Test]
    public void Only_who_asks_gets_the_short_mantissa()
    {
        Emulator.Require();
        Environment.SetEnvironmentVariable(MatrixProducts.Tf32Variable, "1");
        try
        {
            using var cuda = new CudaDevice();
            using var scope = new TensorScope(cuda, MemoryOwner.Workspace);
            Tensor a = scope.New(type, [1]), c = scope.New(type, [1]);
            Kernels.Fill.Run(1.0001, a); // TF32 keeps steps of 2^-10
            cuda.Products.Multiply(new(a, 1, 1), new(a, 1, 1), new(c, 1, 1));
            Assert.That(Sample.Scalars(c).Single(), Is.EqualTo(type.IsDouble() ? 1.0001 * 1.0001 : 1).Within(1e-15));
        }
        finally
        {
            Environment.SetEnvironmentVariable(MatrixProducts.Tf32Variable, null);
        }
    }
}
