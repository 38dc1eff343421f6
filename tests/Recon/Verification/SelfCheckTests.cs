using NUnit.Framework;
using Stardeq.Engine;
using Stardeq.Kernels;
using Stardeq.Recon;

namespace Stardeq.Tests;

public sealed class SelfCheckTests
{
    [Test]
    public void Doctor_finds_every_law_to_hold_and_no_memory_missing([ValueSource(typeof(TestDevices), nameof(TestDevices.All))] TestDevice on)
    {
        DoctorFinding[] findings = [.. Doctor.Examine(on.Device)];
        Assert.That(findings.Where(finding => !finding.IsHealthy), Is.Empty);
        Assert.That(findings.Select(finding => finding.Name), Is.SupersetOf(new[]
        {
            "conv2d", "unet max", "prox layer residual", "nufft 11 x 9 float32", "oracle equilibrium gradient", "memory after the checks",
        }));
    }

    [Test]
    public void A_filter_keeps_the_names_that_contain_it_in_any_case_and_one_that_fits_nothing_is_wrong_input()
    {
        Assert.That(SelfCheck.Run(Device.Cpu, "CONV2D").Select(line => line.Name).Distinct(), Is.EqualTo(new[] { "conv2d", "conv2d 1x1", "conv2d leaky" }));
        Assert.That(() => SelfCheck.Run(Device.Cpu, "warp"), Throws.TypeOf<InputException>().With.Message.Contains("'warp'").And.Message.Contains("leaky-relu"));
    }

    [Test]
    public void A_wrong_adjoint_is_caught([Values(DType.Complex64, DType.Complex128)] DType type)
    {
        using var scope = new TensorScope(Device.Cpu, MemoryOwner.Data);
        var right = new FftOperator([4, 9]);
        Assert.That(new AdjointCase("right", right, type).Run(scope).Passed, Is.True);
        Assert.That(new AdjointCase("scaled", new WrongAdjoint(right, scale: 1 + 1e-3), type).Run(scope).Passed, Is.False);
        Assert.That(new AdjointCase("forward again", new WrongAdjoint(right, scale: null), type).Run(scope).Passed, Is.False);
    }

    [Test]
    public void An_error_that_is_not_a_number_does_not_pass()
    {
        Assert.That(new CheckLine("name", "law", double.NaN, 1).Passed, Is.False);
    }

    /// <summary>An operator whose adjoint is scaled, or is the forward operator.</summary>
    private sealed class WrongAdjoint(ILinearOperator inner, double? scale) : ILinearOperator
    {
        public Shape Domain => inner.Domain;

        public Shape Range => inner.Range;

        public void Forward(Tensor x, Tensor y, WriteMode mode = WriteMode.Overwrite) => inner.Forward(x, y, mode);

        public void Adjoint(Tensor y, Tensor x, WriteMode mode = WriteMode.Overwrite)
        {
            if (scale is { } factor)
            {
                inner.Adjoint(y, x, mode);
                Scale.Run(factor, x, x);
            }
            else
            {
                inner.Forward(y, x, mode);
            }
        }
    }
}
