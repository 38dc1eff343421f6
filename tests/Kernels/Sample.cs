using System.Runtime.InteropServices;
using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;

namespace Stardeq.Tests;

/// <summary>Reproducible tensors, and comparisons, for the tests of convolutions, elementwise operations and reductions.</summary>
internal static class Sample
{
    /// <summary>Standard normal scalars; the same numbers, rounded, in single precision.</summary>
    public static Tensor Normal(TensorScope scope, DType type, Shape shape, ulong seed)
    {
        var random = new CounterRandom(seed);
        Tensor tensor = scope.New(type, shape), real = tensor.AsReal();
        double[] values = [.. Enumerable.Range(0, (int)real.Count).Select(i => random.Normal(i))];
        if (type.IsDouble())
        {
            real.CopyFromHost<double>(values);
        }
        else
        {
            real.CopyFromHost<float>([.. values.Select(value => (float)value)]);
        }

        return tensor;
    }

    /// <summary>The same elements in double precision.</summary>
    public static Tensor Widen(TensorScope scope, Tensor tensor)
    {
        Tensor wide = scope.New(tensor.DType.IsComplex() ? DType.Complex128 : DType.Float64, tensor.Shape);
        Cast.Run(tensor, wide);
        return wide;
    }

    /// <summary>All real scalars as double.</summary>
    public static double[] Scalars(Tensor tensor) => tensor.DType.IsDouble()
        ? tensor.AsReal().ToArray<double>()
        : [.. tensor.AsReal().ToArray<float>().Select(value => (double)value)];

    /// <summary>Re Σ conj(a) b by a plain sum in double.</summary>
    public static double Inner(Tensor a, Tensor b) => Scalars(a).Zip(Scalars(b), (p, q) => p * q).Sum();

    /// <summary>l2 norm by a plain sum in double.</summary>
    public static double Norm(Tensor a) => Math.Sqrt(Inner(a, a));

    /// <summary>‖a − b‖ / ‖b‖.</summary>
    public static double RelativeDistance(Tensor a, Tensor b) =>
        Math.Sqrt(Scalars(a).Zip(Scalars(b), (p, q) => (p - q) * (p - q)).Sum()) / Norm(b);

    /// <summary>Bytes of the elements, for comparisons that demand equal bits.</summary>
    public static byte[] Bits(Tensor tensor) => tensor.DType switch
    {
        DType.Int32 => MemoryMarshal.AsBytes(tensor.ToArray<int>().AsSpan()).ToArray(),
        DType.Float32 or DType.Complex64 => MemoryMarshal.AsBytes(tensor.AsReal().ToArray<float>().AsSpan()).ToArray(),
        _ => MemoryMarshal.AsBytes(tensor.AsReal().ToArray<double>().AsSpan()).ToArray(),
    };

    /// <summary>
    /// ⟨A x, y⟩ = ⟨x, Aᴴ y⟩ up to rounding of the operator's outputs: each inner product errs by at most about
    /// ε √n ‖·‖ ‖·‖ in practice; the allowance is 50 units in the last place of the product of norms.
    /// </summary>
    public static void RequireAdjoint(ILinearOperator map, DType type, Device? device = null)
    {
        using var scope = new TensorScope(device ?? Device.Cpu, MemoryOwner.Workspace);
        Tensor x = Normal(scope, type, map.Domain, 1), y = Normal(scope, map.RangeType(type), map.Range, 2);
        Tensor ax = scope.Like(y), ay = scope.Like(x);
        map.Forward(x, ax);
        map.Adjoint(y, ay);
        double epsilon = type.IsDouble() ? double.BitIncrement(1) - 1 : 1.2e-7;
        Assert.That(Inner(ax, y) - Inner(x, ay), Is.EqualTo(0).Within(50 * epsilon * Norm(ax) * Norm(y)));

        Tensor twice = scope.Clone(ax);
        map.Forward(x, twice, WriteMode.Add);
        Assert.That(Scalars(twice), Is.EqualTo(Scalars(ax).Select(v => 2 * v)), "added to itself");
        twice = scope.Clone(ay);
        map.Adjoint(y, twice, WriteMode.Add);
        Tensor doubled = scope.Like(ay);
        Scale.Run(2, ay, doubled);
        Assert.That(RelativeDistance(twice, doubled), Is.LessThan(4 * epsilon), "added to itself");
    }
}
