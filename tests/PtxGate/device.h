// What NVRTC gives a kernel without any include, for clang's CUDA front end without a CUDA toolkit. Included before the
// source. Functions with one machine instruction are that instruction; the others are calls of libdevice, which is not
// linked: the instructions and registers of their bodies are not seen.
#pragma once
#define __CUDACC_RTC__ 1
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __restrict__ __restrict
#define __align__(n) __attribute__((aligned(n)))
typedef __SIZE_TYPE__ size_t;

struct uint3
{
    unsigned x, y, z;
};

struct dim3
{
    unsigned x, y, z;
    __host__ __device__ constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
    __host__ __device__ constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
};

#include <__clang_cuda_builtin_vars.h>

#define GATE static __inline__ __attribute__((device, always_inline))

// ---- vector types

struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(16) double2 { double x, y; };
struct __align__(8) int2 { int x, y; };
struct __align__(16) int4 { int x, y, z, w; };
struct __align__(8) uint2 { unsigned x, y; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
GATE float2 make_float2(float x, float y) { return {x, y}; }
GATE float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
GATE double2 make_double2(double x, double y) { return {x, y}; }

// ---- bits

GATE unsigned __float_as_uint(float v) { return __builtin_bit_cast(unsigned, v); }
GATE float __uint_as_float(unsigned v) { return __builtin_bit_cast(float, v); }
GATE int __float_as_int(float v) { return __builtin_bit_cast(int, v); }
GATE float __int_as_float(int v) { return __builtin_bit_cast(float, v); }
GATE long long __double_as_longlong(double v) { return __builtin_bit_cast(long long, v); }
GATE double __longlong_as_double(long long v) { return __builtin_bit_cast(double, v); }
GATE unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
GATE unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
GATE int __popc(unsigned x) { return __builtin_popcount(x); }
GATE int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
GATE int __ffs(int x) { return __builtin_ffs(x); }

// ---- warps

GATE void __syncwarp(unsigned mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }
GATE unsigned __ballot_sync(unsigned mask, int p) { return __nvvm_vote_ballot_sync(mask, p); }
GATE int __any_sync(unsigned mask, int p) { return __nvvm_vote_any_sync(mask, p); }
GATE int __all_sync(unsigned mask, int p) { return __nvvm_vote_all_sync(mask, p); }
GATE void __threadfence() { __nvvm_membar_gl(); }
GATE void __threadfence_block() { __nvvm_membar_cta(); }

// Shuffles move 32 bits; wider values go in two halves, as NVIDIA's headers do it. The last operand holds the segment
// mask and the clamp: 31 for all but shfl_up, which clamps at 0.
#define GATE_SHUFFLE(name, mode, type, clamp)                                                                                                        \
    GATE int name(unsigned m, int v, type d, int w = 32) { return __nvvm_shfl_sync_##mode##_i32(m, v, d, ((32 - w) << 8) | clamp); }               \
    GATE unsigned name(unsigned m, unsigned v, type d, int w = 32) { return (unsigned)name(m, (int)v, d, w); }                                       \
    GATE float name(unsigned m, float v, type d, int w = 32) { return __nvvm_shfl_sync_##mode##_f32(m, v, d, ((32 - w) << 8) | clamp); }            \
    GATE long long name(unsigned m, long long v, type d, int w = 32)                                                                                 \
    {                                                                                                                                                \
        unsigned low = name(m, (unsigned)v, d, w), high = name(m, (unsigned)(v >> 32), d, w);                                                        \
        return (long long)((unsigned long long)high << 32 | low);                                                                                    \
    }                                                                                                                                                \
    GATE unsigned long long name(unsigned m, unsigned long long v, type d, int w = 32) { return (unsigned long long)name(m, (long long)v, d, w); }   \
    GATE double name(unsigned m, double v, type d, int w = 32) { return __longlong_as_double(name(m, __double_as_longlong(v), d, w)); }
GATE_SHUFFLE(__shfl_sync, idx, int, 31)
GATE_SHUFFLE(__shfl_up_sync, up, unsigned, 0)
GATE_SHUFFLE(__shfl_down_sync, down, unsigned, 31)
GATE_SHUFFLE(__shfl_xor_sync, bfly, int, 31)

// ---- memory

GATE int atomicAdd(int* p, int v) { return __nvvm_atom_add_gen_i(p, v); }
GATE unsigned atomicAdd(unsigned* p, unsigned v) { return (unsigned)__nvvm_atom_add_gen_i((int*)p, (int)v); }
GATE unsigned long long atomicAdd(unsigned long long* p, unsigned long long v) { return (unsigned long long)__nvvm_atom_add_gen_ll((long long*)p, (long long)v); }
GATE int atomicMax(int* p, int v) { return __nvvm_atom_max_gen_i(p, v); }
GATE int atomicMin(int* p, int v) { return __nvvm_atom_min_gen_i(p, v); }
GATE int atomicExch(int* p, int v) { return __nvvm_atom_xchg_gen_i(p, v); }
GATE int atomicCAS(int* p, int c, int v) { return __nvvm_atom_cas_gen_i(p, c, v); }
GATE int __ldg(const int* p) { return __nvvm_ldg_i(p); }
GATE float __ldg(const float* p) { return __nvvm_ldg_f(p); }
GATE double __ldg(const double* p) { return __nvvm_ldg_d(p); }
GATE float2 __ldg(const float2* p)
{
    typedef float pair __attribute__((ext_vector_type(2)));
    pair r = __nvvm_ldg_f2((const pair*)p);
    return make_float2(r[0], r[1]);
}
GATE float4 __ldg(const float4* p)
{
    typedef float four __attribute__((ext_vector_type(4)));
    four r = __nvvm_ldg_f4((const four*)p);
    return make_float4(r[0], r[1], r[2], r[3]);
}

// ---- arithmetic with an instruction of its own

GATE float sqrtf(float x) { return __nvvm_sqrt_rn_f(x); }
GATE double sqrt(double x) { return __nvvm_sqrt_rn_d(x); }
GATE float sqrt(float x) { return sqrtf(x); }
GATE float rsqrtf(float x) { return __nvvm_rsqrt_approx_f(x); }
GATE double rsqrt(double x) { return __nvvm_rsqrt_approx_d(x); }
GATE float rsqrt(float x) { return rsqrtf(x); }
GATE float fmaf(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
GATE double fma(double a, double b, double c) { return __nvvm_fma_rn_d(a, b, c); }
GATE float fma(float a, float b, float c) { return fmaf(a, b, c); }
GATE float fabsf(float x) { return __builtin_fabsf(x); }
GATE double fabs(double x) { return __builtin_fabs(x); }
GATE float fabs(float x) { return fabsf(x); }
GATE float floorf(float x) { return __nvvm_floor_f(x); }
GATE double floor(double x) { return __nvvm_floor_d(x); }
GATE float floor(float x) { return floorf(x); }
GATE float rintf(float x) { return __builtin_rintf(x); }
GATE double rint(double x) { return __builtin_rint(x); }
GATE float rint(float x) { return rintf(x); }
GATE float fminf(float a, float b) { return __nvvm_fmin_f(a, b); }
GATE float fmaxf(float a, float b) { return __nvvm_fmax_f(a, b); }
GATE double fmin(double a, double b) { return __nvvm_fmin_d(a, b); }
GATE double fmax(double a, double b) { return __nvvm_fmax_d(a, b); }
GATE float fmin(float a, float b) { return fminf(a, b); }
GATE float fmax(float a, float b) { return fmaxf(a, b); }
GATE bool isnan(float x) { return x != x; }
GATE bool isnan(double x) { return x != x; }
GATE bool isinf(float x) { return __builtin_fabsf(x) == __builtin_inff(); }
GATE bool isinf(double x) { return __builtin_fabs(x) == __builtin_inf(); }
GATE bool isfinite(float x) { return __builtin_fabsf(x) < __builtin_inff(); }
GATE bool isfinite(double x) { return __builtin_fabs(x) < __builtin_inf(); }
#define GATE_ORDER(type)                                      \
    GATE type min(type a, type b) { return b < a ? b : a; }   \
    GATE type max(type a, type b) { return a < b ? b : a; }
GATE_ORDER(int)
GATE_ORDER(unsigned)
GATE_ORDER(long long)
GATE_ORDER(unsigned long long)
GATE float min(float a, float b) { return fminf(a, b); }
GATE float max(float a, float b) { return fmaxf(a, b); }
GATE double min(double a, double b) { return fmin(a, b); }
GATE double max(double a, double b) { return fmax(a, b); }

// ---- calls of libdevice

#define GATE_CALL(name)                                             \
    extern "C" __device__ float __nv_##name##f(float);              \
    extern "C" __device__ double __nv_##name(double);               \
    GATE float name##f(float x) { return __nv_##name##f(x); }       \
    GATE double name(double x) { return __nv_##name(x); }           \
    GATE float name(float x) { return __nv_##name##f(x); }
GATE_CALL(sin)
GATE_CALL(cos)
GATE_CALL(sinpi)
GATE_CALL(cospi)
GATE_CALL(exp)
GATE_CALL(exp2)
GATE_CALL(log)
GATE_CALL(log2)
GATE_CALL(tanh)
extern "C" __device__ float __nv_powf(float, float);
extern "C" __device__ double __nv_pow(double, double);

// Two calls: the addresses of the results, given to a function that is not there, would put them into local memory.
#define GATE_SINCOSPI(name, type)           \
    GATE void name(type x, type* s, type* c) \
    {                                       \
        *s = sinpi(x);                      \
        *c = cospi(x);                      \
    }
GATE_SINCOSPI(sincospif, float)
GATE_SINCOSPI(sincospi, float)
GATE_SINCOSPI(sincospi, double)
GATE float powf(float x, float y) { return __nv_powf(x, y); }
GATE double pow(double x, double y) { return __nv_pow(x, y); }
GATE float pow(float x, float y) { return __nv_powf(x, y); }
