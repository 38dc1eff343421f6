using NUnit.Framework;

namespace Stardeq.Tests;

/// <summary>What is read out of PTX, on texts short enough to count by hand.</summary>
public sealed class PtxModuleTests
{
    [Test]
    public void Values_count_as_long_as_they_are_needed()
    {
        // At the addition r1 and r2 end as r3 begins; the address of 64 bits lives through all: 2 + 2.
        Assert.That(Kernel("""
            ld.param.u64 %rd1, [k_param_0];
            ld.global.u32 %r1, [%rd1];
            ld.global.u32 %r2, [%rd1+4];
            add.s32 %r3, %r1, %r2;
            st.global.u32 [%rd1], %r3;
            ret;
            """).Registers, Is.EqualTo(4));
    }

    [Test]
    public void A_value_from_before_a_loop_is_kept_through_it()
    {
        // r9 is used only after the loop, where two of the others are needed at a time.
        Assert.That(Kernel("""
            mov.u32 %r9, 7;
            mov.u32 %r1, 0;
            $L__BB0_1:
            mov.u32 %r2, 5;
            add.s32 %r3, %r1, %r2;
            add.s32 %r4, %r3, %r2;
            mov.u32 %r1, %r4;
            setp.lt.u32 %p1, %r1, 100;
            @%p1 bra $L__BB0_1;
            st.shared.u32 [16], %r9;
            ret;
            """).Registers, Is.EqualTo(3));
    }

    [Test]
    public void A_write_that_may_be_skipped_keeps_the_old_value()
    {
        string Text(string guard) => $"mov.u32 %r1, 1;\nmov.u32 %r2, 2;\nst.shared.u32 [0], %r2;\n{guard} mov.u32 %r1, 3;\nst.shared.u32 [4], %r1;\nret;";
        Assert.That(Kernel(Text("")).Registers, Is.EqualTo(1));
        Assert.That(Kernel(Text("@!%p1")).Registers, Is.EqualTo(2));
    }

    [Test]
    public void Vectors_write_and_read_each_of_their_registers()
    {
        PtxKernel kernel = Kernel("""
            ld.shared.v4.f32 {%f1, %f2, %f3, %f4}, [0];
            ld.global.nc.v2.f64 {%fd1, %fd2}, [%rd1];
            st.global.v4.f32 [%rd1], {%f1, %f2, %f3, %f4};
            st.global.v2.f64 [%rd1+16], {%fd1, %fd2};
            ret;
            """);
        Assert.That(kernel.Registers, Is.EqualTo(4 + 4 + 2));
        Assert.That(kernel.Accesses("ld", "shared"), Is.EqualTo((1, 0, 0)));
        Assert.That(kernel.Accesses("ld", "global"), Is.EqualTo((1, 0, 0)));
        Assert.That(kernel.Accesses("st", "global"), Is.EqualTo((2, 0, 0)));
        Assert.That(kernel.DoubleInstructions, Is.EqualTo(2));
    }

    [Test]
    public void A_jump_through_a_table_reaches_all_its_labels()
    {
        // r1 is needed only behind the last label of the table.
        Assert.That(Kernel("""
            mov.u32 %r1, 1;
            mov.u32 %r2, 2;
            $L_brx_0: .branchtargets
                $L__BB0_1,
                $L__BB0_2;
            brx.idx %r2, $L_brx_0;
            $L__BB0_1:
            ret;
            $L__BB0_2:
            st.shared.u32 [0], %r1;
            ret;
            """).Registers, Is.EqualTo(2));
    }

    [Test]
    public void Arguments_and_results_of_a_call_are_counted()
    {
        PtxKernel kernel = Kernel("""
            mov.f32 %f1, 0f3F800000;
            { // callseq 0, 0
            .param .b32 param0;
            st.param.f32 [param0+0], %f1;
            .param .b32 retval0;
            call.uni (retval0),
            __nv_expf,
            (
            param0
            );
            ld.param.f32 %f2, [retval0+0];
            } // callseq 0
            st.shared.f32 [0], %f2;
            ret;
            """);
        Assert.That(kernel.Registers, Is.EqualTo(1));
        Assert.That(kernel.Instructions.Select(i => i.Operation), Is.EqualTo(new[] { "mov", "st", "call", "ld", "st", "ret" }));
    }

    [Test]
    public void Shared_and_local_memory_are_summed_where_they_are_used()
    {
        PtxModule module = PtxModule.Parse("""
            .shared .align 8 .b8 everywhere[256];
            .extern .shared .align 16 .b8 dynamic_shared[];
            .visible .entry first(
                .param .u64 first_param_0
            )
            .maxntid 64, 2, 1
            {
                .local .align 8 .b8 __local_depot0[24];
                .shared .align 4 .f32 own[32];
                mov.u64 %rd1, everywhere;
                ret;
            }
            .visible .entry second()
            .maxntid 256, 1, 1
            {
                mov.u64 %rd1, dynamic_shared;
                ret;
            }
            .visible .entry third()
            {
                ret;
            }
            .func (.param .b32 func_retval0) helper(.param .b32 helper_param_0)
            {
                ret;
            }
            .extern .func (.param .b32 func_retval0) __nv_expf(.param .b32 __nv_expf_param_0);
            """);
        Assert.That(
            module.Kernels.Select(k => (k.Name, k.Threads, k.SharedBytes, k.LocalBytes, k.HasDynamicShared)),
            Is.EqualTo(new[] { ("first", 128, 256 + (4 * 32), 24, false), ("second", 256, 0, 0, true), ("third", 0, 0, 0, false) }));
        Assert.That(module.Functions, Is.EqualTo(new[] { "helper" }));
    }

    // 64 warps of 32 lanes and 65536 registers, per multiprocessor of each of the three.
    [TestCase("V100", 256, 32, 0, 1.0)]
    [TestCase("V100", 256, 33, 0, 0.75)] // 40 registers: 51 warps, 48 in fours, 6 blocks of 8
    [TestCase("V100", 256, 128, 0, 0.25)]
    [TestCase("V100", 256, 32, 40 * 1024, 0.25)] // two blocks share 96 KB
    [TestCase("A100", 256, 32, 40 * 1024, 0.5)] // four share 164 KB, although 1 KB of each is the system's
    [TestCase("H100", 256, 32, 40 * 1024, 0.625)] // five share 228 KB
    [TestCase("H100", 32, 16, 0, 0.5)] // 32 blocks of one warp
    [TestCase("V100", 1024, 128, 0, 0)] // 131072 registers for a block
    public void Occupancy_follows_from_the_scarcest_resource(string name, int threads, int registers, int sharedBytes, double share)
    {
        Assert.That(Multiprocessor.All.Single(m => m.Name == name).Occupancy(threads, registers, sharedBytes), Is.EqualTo(share));
    }

    private static PtxKernel Kernel(string body) => PtxModule.Parse($".visible .entry k(\n.param .u64 k_param_0\n)\n.maxntid 32, 1, 1\n{{\n{body}\n}}\n").Kernels.Single();
}
