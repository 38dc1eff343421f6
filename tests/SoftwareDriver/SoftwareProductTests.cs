using ManagedCuda.BasicTypes;
using ManagedCuda.CudaBlas;
using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>The software cuBLAS against three loops: column-major C = alpha op(A) op(B) + beta C, element (i, j) at i + j · ld.</summary>
public sealed class SoftwareProductTests
{
    private const int M = 5, N = 4, K = 7, Batch = 3;
    private static readonly Operation[] Operations = [Operation.NonTranspose, Operation.Transpose, Operation.ConjugateTranspose]; // those of real products
    private CudaBlasHandle _handle;

    [SetUp]
    public void Open()
    {
        Emulator.Require();
        CudaLibraries.Require(CudaLibrary.Algebra);
        Require(CudaBlasNativeMethods.cublasCreate_v2(ref _handle));
    }

    [TearDown]
    public void Close() => Require(CudaBlasNativeMethods.cublasDestroy_v2(_handle));

    [Test]
    public void Products_of_every_form_are_the_three_loops(
        [ValueSource(nameof(Operations))] Operation ta, [ValueSource(nameof(Operations))] Operation tb, [Values] bool isDouble, [Values] bool batched, [Values(0.0, -0.5)] double beta)
    {
        int lda = (ta == Operation.NonTranspose ? M : K) + 2, ldb = (tb == Operation.NonTranspose ? K : N) + 1, ldc = M + 3, batch = batched ? Batch : 1;
        int strideA = (lda * System.Math.Max(M, K)) + 5, strideB = (ldb * System.Math.Max(N, K)) + 1, strideC = (ldc * N) + 2;
        double[] a = Normals(batch * strideA, 1), b = Normals(batch * strideB, 2), c = beta == 0 ? Enumerable.Repeat(double.NaN, batch * strideC).ToArray() : Normals(batch * strideC, 3);
        if (!isDouble)
        {
            (a, b, c) = (Rounded(a), Rounded(b), Rounded(c));
        }

        double[] expected = [.. c];
        for (int s = 0; s < batch; s++)
        {
            for (int i = 0; i < M; i++)
            {
                for (int j = 0; j < N; j++)
                {
                    double sum = 0;
                    for (int k = 0; k < K; k++)
                    {
                        sum += a[(s * strideA) + (ta == Operation.NonTranspose ? i + (k * lda) : k + (i * lda))] * b[(s * strideB) + (tb == Operation.NonTranspose ? k + (j * ldb) : j + (k * ldb))];
                    }

                    int at = (s * strideC) + i + (j * ldc);
                    expected[at] = (1.5 * sum) + (beta == 0 ? 0 : beta * c[at]); // with beta 0, C is not read
                }
            }
        }

        double[] actual = isDouble
            ? Run(a, b, c, (x, y, z) => Double(ta, tb, x, y, z, 1.5, beta, lda, ldb, ldc, batched ? (strideA, strideB, strideC) : null))
            : [.. Run(Single(a), Single(b), Single(c), (x, y, z) => Float(ta, tb, x, y, z, 1.5f, (float)beta, lda, ldb, ldc, batched ? (strideA, strideB, strideC) : null)).Select(v => (double)v)];

        // Seven products of about one, each sum rounded: some 7 units in the last place of about 5. NaN stays between the columns.
        Assert.That(actual, Is.EqualTo(expected).Within(isDouble ? 1e-14 : 1e-5));
    }

    [Test]
    public void Only_on_request_are_factors_rounded_to_tf32([Values] bool tf32, [Values] bool isDouble)
    {
        Require(CudaBlasNativeMethods.cublasSetMathMode(_handle, tf32 ? ManagedCuda.CudaBlas.Math.TF32TensorOpMath : ManagedCuda.CudaBlas.Math.DefaultMath));
        const float Factor = 1 + (1f / 4096); // twelve bits: two more than TF32 keeps, rounded to 1
        double product = isDouble
            ? Run<double>([Factor], [1], [0], (x, y, z) => Double(default, default, x, y, z, 1, 0, 1, 1, 1, null, 1, 1, 1))[0]
            : Run<float>([Factor], [1], [0], (x, y, z) => Float(default, default, x, y, z, 1, 0, 1, 1, 1, null, 1, 1, 1))[0];
        Assert.That(product, Is.EqualTo(tf32 && !isDouble ? 1 : Factor));
    }

    [Test]
    public void Nothing_to_sum_leaves_beta_times_C_and_does_not_read_the_factors()
    {
        double[] result = Run<double>([double.NaN], [double.NaN], [3], (_, _, z) => Double(default, default, default, default, z, 1, 2, 1, 1, 1, null, 1, 1, 0));
        Assert.That(result[0], Is.EqualTo(6));
        result = Run<double>([double.NaN], [double.NaN], [3], (x, y, z) => Double(default, default, x, y, z, 0, 2, 1, 1, 1, null, 1, 1, 1));
        Assert.That(result[0], Is.EqualTo(6), "alpha 0");
    }

    [Test]
    public void What_cuBLAS_refuses_is_refused()
    {
        string[] Handles() => [.. Emulator.Leaks().Split('\n').Where(line => line.Contains("cuBLAS handles", StringComparison.Ordinal))];
        string[] before = Handles(); // this fixture's own, and the device's once it has made a product
        CUdeviceptr x = Driver.Allocate(1024);
        Driver.Upload(x, new float[256]);
        CublasStatus Product(int m, int n, int k, int lda, int ldb, int ldc, Operation ta = Operation.NonTranspose)
        {
            float one = 1, zero = 0;
            return CudaBlasNativeMethods.cublasSgemmStridedBatched(
                _handle, ta, Operation.NonTranspose, m, n, k, ref one, x, lda, 0, Driver.Offset(x, 256), ldb, 0, ref zero, Driver.Offset(x, 512), ldc, 0, 1);
        }

        Assert.That(Product(4, 4, 2, 4, 2, 4), Is.EqualTo(CublasStatus.Success));
        Assert.That(Product(-1, 4, 2, 4, 2, 4), Is.EqualTo(CublasStatus.InvalidValue));
        Assert.That(Product(4, 4, 2, 3, 2, 4), Is.EqualTo(CublasStatus.InvalidValue), "lda below the rows of A");
        Assert.That(Product(4, 4, 2, 1, 2, 4, Operation.Transpose), Is.EqualTo(CublasStatus.InvalidValue), "lda below the rows of A before transposition");
        Assert.That(Product(4, 4, 2, 4, 1, 4), Is.EqualTo(CublasStatus.InvalidValue), "ldb");
        Assert.That(Product(4, 4, 2, 4, 2, 3), Is.EqualTo(CublasStatus.InvalidValue), "ldc");
        Assert.That(Product(4, 4, 2, 4, 2, 4, (Operation)3), Is.EqualTo(CublasStatus.InvalidValue), "no such operation");
        Assert.That(Product(0, 4, 2, 1, 2, 1), Is.EqualTo(CublasStatus.Success), "nothing to do");
        Assert.That(CudaBlasNativeMethods.cublasSetMathMode(_handle, (ManagedCuda.CudaBlas.Math)9), Is.EqualTo(CublasStatus.InvalidValue));
        Assert.That(CudaBlasNativeMethods.cublasSetWorkspace_v2(_handle, Driver.Offset(x, 16), 16), Is.EqualTo(CublasStatus.InvalidValue), "not aligned to 256 bytes");
        Assert.That(CudaBlasNativeMethods.cublasDestroy_v2(default), Is.EqualTo(CublasStatus.NotInitialized));
        Assert.That(Handles(), Is.EqualTo(before).And.Length.EqualTo(1), "none was destroyed");
        ContextSynchronize();
        Driver.Free(x);
    }

    private static void ContextSynchronize() => Driver.Require(Driver.Synchronize());

    private static void Require(CublasStatus status) => Assert.That(status, Is.EqualTo(CublasStatus.Success));

    private static T[] Run<T>(T[] a, T[] b, T[] c, Action<CUdeviceptr, CUdeviceptr, CUdeviceptr> product)
        where T : unmanaged
    {
        CUdeviceptr[] addresses = [.. new[] { a, b, c }.Select(values =>
        {
            CUdeviceptr address = Driver.Allocate(8L * values.Length);
            Driver.Upload(address, values);
            return address;
        })];
        product(addresses[0], addresses[1], addresses[2]);
        T[] result = Driver.Download<T>(addresses[2], c.Length);
        Array.ForEach(addresses, Driver.Free);
        return result;
    }

    private void Double(Operation ta, Operation tb, CUdeviceptr a, CUdeviceptr b, CUdeviceptr c, double alpha, double beta, int lda, int ldb, int ldc, (long A, long B, long C)? stride, int m = M, int n = N, int k = K) =>
        Require(CudaBlasNativeMethods.cublasDgemmStridedBatched(
            _handle, ta, tb, m, n, k, ref alpha, a, lda, stride?.A ?? 0, b, ldb, stride?.B ?? 0, ref beta, c, ldc, stride?.C ?? 0, stride is null ? 1 : Batch));

    private void Float(Operation ta, Operation tb, CUdeviceptr a, CUdeviceptr b, CUdeviceptr c, float alpha, float beta, int lda, int ldb, int ldc, (long A, long B, long C)? stride, int m = M, int n = N, int k = K) =>
        Require(CudaBlasNativeMethods.cublasSgemmStridedBatched(
            _handle, ta, tb, m, n, k, ref alpha, a, lda, stride?.A ?? 0, b, ldb, stride?.B ?? 0, ref beta, c, ldc, stride?.C ?? 0, stride is null ? 1 : Batch));

    private static double[] Normals(int count, ulong seed) => [.. Enumerable.Range(0, count).Select(i => new CounterRandom(seed).Normal(i))];

    private static double[] Rounded(double[] values) => Array.ConvertAll(values, v => (double)(float)v);

    private static float[] Single(double[] values) => Array.ConvertAll(values, v => (float)v);
}
