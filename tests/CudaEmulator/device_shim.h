// What NVRTC gives a kernel without any include, for a host compiler. Included before the source.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#define __CUDACC_RTC__ 1
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __constant__
#define __shared__ static thread_local
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define __align__(n) __attribute__((aligned(n)))
#define DYNAMIC_SHARED(type, name) type* name = (type*)emu_thread.dynamic_shared
#define EMU_HIDDEN __attribute__((always_inline, no_sanitize("thread"))) static inline

struct emu_dim { unsigned x, y, z; };
struct EmuThread { emu_dim thread, block, block_size, grid_size; unsigned linear; void* dynamic_shared; };
extern "C"
{
    extern __thread EmuThread emu_thread __attribute__((tls_model("initial-exec")));
    void emu_barrier(int line);
    void emu_exchange(unsigned mask, const void* in, void* out, int size, int source, int line);
    unsigned emu_ballot(unsigned mask, int predicate, int line);
    void emu_warp_barrier(unsigned mask, int line);
    unsigned emu_atomic32(void* address, unsigned operand, unsigned compare, int operation);
    unsigned long long emu_atomic64(void* address, unsigned long long operand, unsigned long long compare, int operation);
}

#define threadIdx (emu_thread.thread)
#define blockIdx (emu_thread.block)
#define blockDim (emu_thread.block_size)
#define gridDim (emu_thread.grid_size)
#define warpSize 32

#define __syncthreads() emu_barrier(__LINE__)
#define __syncwarp(...) emu_warp_barrier(emu_mask(__VA_ARGS__), __LINE__)
#define __ballot_sync(m, p) emu_ballot(m, (p) != 0, __LINE__)
#define __any_sync(m, p) (emu_ballot(m, (p) != 0, __LINE__) != 0)
#define __all_sync(m, p) (emu_ballot(m, (p) == 0, __LINE__) == 0)
#define __shfl_sync(...) emu_shuffle_index(__LINE__, __VA_ARGS__)
#define __shfl_down_sync(...) emu_shuffle_down(__LINE__, __VA_ARGS__)
#define __shfl_up_sync(...) emu_shuffle_up(__LINE__, __VA_ARGS__)
#define __shfl_xor_sync(...) emu_shuffle_xor(__LINE__, __VA_ARGS__)
#define __threadfence() __sync_synchronize()
#define __threadfence_block() __sync_synchronize()

EMU_HIDDEN unsigned emu_mask(unsigned mask = 0xffffffffu) { return mask; }
EMU_HIDDEN int emu_lane() { return emu_thread.linear & 31; }
template <class T> static inline T emu_shuffle(int line, unsigned mask, T value, int source)
{
    T result;
    emu_exchange(mask, &value, &result, sizeof(T), source, line);
    return result;
}
template <class T> static inline T emu_shuffle_index(int line, unsigned mask, T v, int s, int w = 32) { return emu_shuffle(line, mask, v, (emu_lane() & ~(w - 1)) | (s & (w - 1))); }
template <class T> static inline T emu_shuffle_down(int line, unsigned mask, T v, unsigned d, int w = 32)
{
    int lane = emu_lane(), s = lane + (int)d;
    return emu_shuffle(line, mask, v, (s & ~(w - 1)) == (lane & ~(w - 1)) ? s : lane);
}
template <class T> static inline T emu_shuffle_up(int line, unsigned mask, T v, unsigned d, int w = 32)
{
    int lane = emu_lane(), s = lane - (int)d;
    return emu_shuffle(line, mask, v, s >= (lane & ~(w - 1)) ? s : lane);
}
template <class T> static inline T emu_shuffle_xor(int line, unsigned mask, T v, int d, int w = 32)
{
    int lane = emu_lane(), s = lane ^ d;
    return emu_shuffle(line, mask, v, (s & ~(w - 1)) <= (lane & ~(w - 1)) ? s : lane);
}

struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
static inline float2 make_float2(float x, float y) { return {x, y}; }
static inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
static inline double2 make_double2(double x, double y) { return {x, y}; }
template <class T> static inline T __ldg(const T* p) { return *p; }

enum { emu_add, emu_max, emu_min, emu_exchange_value, emu_compare };
static inline int atomicAdd(int* p, int v) { return (int)emu_atomic32(p, (unsigned)v, 0, emu_add); }
static inline unsigned atomicAdd(unsigned* p, unsigned v) { return emu_atomic32(p, v, 0, emu_add); }
static inline unsigned long long atomicAdd(unsigned long long* p, unsigned long long v) { return emu_atomic64(p, v, 0, emu_add); }
static inline int atomicMax(int* p, int v) { return (int)emu_atomic32(p, (unsigned)v, 0, emu_max); }
static inline int atomicMin(int* p, int v) { return (int)emu_atomic32(p, (unsigned)v, 0, emu_min); }
static inline int atomicExch(int* p, int v) { return (int)emu_atomic32(p, (unsigned)v, 0, emu_exchange_value); }
static inline int atomicCAS(int* p, int c, int v) { return (int)emu_atomic32(p, (unsigned)v, (unsigned)c, emu_compare); }

static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float rsqrt(float x) { return 1.0f / sqrtf(x); }
static inline void sincospi(double x, double* s, double* c)
{
    double r = x - 2 * std::rint(x / 2); // exact
    *s = sin(M_PI * r);
    *c = cos(M_PI * r);
}
static inline void sincospi(float x, float* s, float* c)
{
    double sd, cd;
    sincospi((double)x, &sd, &cd);
    *s = (float)sd;
    *c = (float)cd;
}
static inline void sincospif(float x, float* s, float* c) { sincospi(x, s, c); }
static inline double sinpi(double x) { double s, c; sincospi(x, &s, &c); return s; }
static inline double cospi(double x) { double s, c; sincospi(x, &s, &c); return c; }
static inline float sinpif(float x) { return (float)sinpi((double)x); }
static inline float cospif(float x) { return (float)cospi((double)x); }
template <class A, class B> static inline std::common_type_t<A, B> emu_smaller(A a, B b) { using T = std::common_type_t<A, B>; return (T)b < (T)a ? (T)b : (T)a; }
template <class A, class B> static inline std::common_type_t<A, B> emu_larger(A a, B b) { using T = std::common_type_t<A, B>; return (T)a < (T)b ? (T)b : (T)a; }
#define min(a, b) emu_smaller(a, b)
#define max(a, b) emu_larger(a, b)
using std::fabs;
using std::fma;
using std::floor;
using std::isfinite;
using std::isinf;
using std::isnan;
using std::rint;
using std::sqrt;
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
template <class To, class From> static inline To emu_bits(From v) { To r; memcpy(&r, &v, sizeof r); return r; }
static inline unsigned __float_as_uint(float v) { return emu_bits<unsigned>(v); }
static inline float __uint_as_float(unsigned v) { return emu_bits<float>(v); }
static inline int __float_as_int(float v) { return emu_bits<int>(v); }
static inline float __int_as_float(int v) { return emu_bits<float>(v); }
static inline long long __double_as_longlong(double v) { return emu_bits<long long>(v); }
static inline double __longlong_as_double(long long v) { return emu_bits<double>(v); }

// ---- registration: sizes and offsets of the parameters, and a call through an array of pointers

struct EmuKernel
{
    void (*invoke)(void**);
    int count;
    const unsigned *sizes, *offsets, *elements;
    const char* roles;
    int max_threads;
};
template <class T> constexpr unsigned emu_element() { if constexpr (std::is_pointer_v<T> && !std::is_void_v<std::remove_pointer_t<T>>) return sizeof(std::remove_pointer_t<T>); else return std::is_pointer_v<T>; }

template <class F> struct emu_signature;
template <class... A> struct emu_signature<void (*)(A...)>
{
    static constexpr int count = sizeof...(A);
    static constexpr unsigned sizes[sizeof...(A) + 1] = {sizeof(A)..., 0}, elements[sizeof...(A) + 1] = {emu_element<A>()..., 0};
    struct Offsets { unsigned values[sizeof...(A) + 1]; };
    static constexpr Offsets layout()
    {
        Offsets o{};
        unsigned at = 0;
        int i = 0;
        ((at = (at + alignof(A) - 1) / alignof(A) * alignof(A), o.values[i++] = at, at += sizeof(A)), ...);
        return o;
    }
    static constexpr Offsets offsets = layout();
    template <void (*K)(A...), size_t... I> __attribute__((no_sanitize("thread"))) static void call(void** p, std::index_sequence<I...>) { K(*(std::remove_const_t<A>*)p[I]...); }
    template <void (*K)(A...)> __attribute__((no_sanitize("thread"))) static void invoke(void** p) { call<K>(p, std::index_sequence_for<A...>{}); }
};
#define EMU_REGISTER(kernel, bounds, roles) \
    extern "C" __attribute__((visibility("default"))) const EmuKernel emu_kernel_##kernel = {&emu_signature<decltype(&kernel)>::template invoke<&kernel>, \
        emu_signature<decltype(&kernel)>::count, emu_signature<decltype(&kernel)>::sizes, emu_signature<decltype(&kernel)>::offsets.values, \
        emu_signature<decltype(&kernel)>::elements, roles, bounds};
