using NUnit.Framework;
using Stardeq.Engine;

namespace Stardeq.Tests;

/// <summary>Mistakes that the gate must find, each in a source of a few lines.</summary>
public sealed class RejectedSourceTests
{
    private const string Signature = "extern \"C\" __global__ void __launch_bounds__(256) k(const real* x, real* y, int n)";

    [Test]
    public void A_literal_without_suffix_computes_in_double()
    {
        Assert.That(Compile("y[n] = 0.1f * x[n];").DoubleInstructions, Is.Zero);
        Assert.That(Excess("y[n] = 0.1 * x[n];"), Has.One.Contains("double arithmetic"));
    }

    [Test]
    public void An_array_with_a_variable_index_lies_in_local_memory()
    {
        Assert.That(Compile("real a[4]; for (int i = 0; i < 4; ++i) a[i] = x[i]; y[0] = a[3] + a[2];").LocalBytes, Is.Zero);
        Assert.That(Excess("real a[4]; for (int i = 0; i < 4; ++i) a[i] = x[i]; y[0] = a[n & 3];"), Has.One.Contains("16 bytes of local memory"));
    }

    [Test]
    public void A_kernel_that_needs_more_registers_exceeds_its_budget()
    {
        Assert.That(Excess("real a[32]; for (int i = 0; i < 32; ++i) a[i] = x[i]; __syncthreads(); for (int i = 0; i < 32; ++i) y[i] = a[i];"), Has.One.Contains("registers in float"));
    }

    [Test]
    public void Too_much_static_shared_memory_is_a_violation()
    {
        Assert.That(Violations("__shared__ real s[12288]; s[threadIdx.x] = x[n]; __syncthreads(); y[n] = s[n];"), Is.Empty);
        Assert.That(Violations("__shared__ real s[16384]; s[threadIdx.x] = x[n]; __syncthreads(); y[n] = s[n];"), Has.One.Contains("65536 bytes of static shared memory"));
    }

    [Test]
    public void A_recursive_function_is_a_violation()
    {
        const string fibonacci = "static __device__ int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }";
        Assert.That(Violations("y[0] = (real)fibonacci(n);", fibonacci), Has.One.Contains("recursive"));
    }

    [Test]
    public void A_kernel_without_launch_bounds_is_a_violation()
    {
        Assert.That(Violations("", "extern \"C\" __global__ void unbounded(real* y) { y[threadIdx.x] = 0; }"), Has.One.Contains("unbounded has no __launch_bounds__"));
    }

    [TestCase("/")]
    [TestCase("%")]
    public void A_division_of_64_bit_integers_is_a_violation(string operation)
    {
        Assert.That(Violations($"y[n {operation} (int)x[n]] = x[n];"), Is.Empty);
        Assert.That(Violations($"y[(long long)n * n {operation} (long long)x[n]] = x[n];"), Has.One.Contains("divides 64-bit integers"));
    }

    [TestCase("#include <stdint.h>")]
    [TestCase("  #  include \"helpers.h\"")]
    public void An_include_is_a_violation(string line)
    {
        Assert.That(DeviceRules.Violations($"{line}\n{Signature} {{}}"), Has.One.Contains("NVRTC has no headers"));
        Assert.That(DeviceRules.Violations($"// {line}\n/* {line} */"), Is.Empty);
    }

    [TestCase("y[0] = on_host(n);", "call to __host__ function from __global__ function")]
    [TestCase("__shared__ real s[2] = {0, 0}; y[0] = s[n];", "initialization is not supported for __shared__ variables")]
    [TestCase("real a[n]; y[0] = a[0];", "variable-length array")]
    [TestCase("throw n;", "cannot use 'throw'")]
    [TestCase("y[0] = no_such_function(x[0]);", "undeclared identifier 'no_such_function'")]
    [TestCase("int unused;", "unused variable")]
    public void Clang_refuses_or_warns_of_what_is_no_device_code(string body, string message)
    {
        Assert.That(Code(body, "static int on_host(int n) { return n; }").Messages, Does.Contain(message));
    }

    private static IEnumerable<string> Violations(string body, string before = "") => DeviceRules.Violations(Code(body, before).Ptx!);

    /// <summary>In what the kernel exceeds the budget of one that is allowed 32 registers and nothing else.</summary>
    private static IEnumerable<string> Excess(string body)
    {
        PtxKernel[] kernel = [Compile(body)];
        return new KernelBudget("k", (32, 32), (0, 0), 0, "").Excess(KernelBudget.Of(kernel, kernel, "a reason"));
    }

    private static PtxKernel Compile(string body) => Code(body).Ptx!.Kernels.Single();

    private static DeviceCode Code(string body, string before = "")
    {
        if (DeviceCompiler.Find() is not { } compiler)
        {
            Assert.Ignore("no clang 19 or later with the PTX back end: apt-get install clang-19");
            throw new InvalidOperationException();
        }

        return compiler.Compile($"typedef STARDEQ_REAL real;\n{before}\n{Signature}\n{{\n{body}\n}}\n", "sm_80", DType.Float32);
    }
}
