// kernels.cu: every CUDA kernel of stardeq, compiled at run time by NVRTC, once per scalar type.
//
// Contents
//    1  common        scalar and complex types, indices, shared memory, warp and block sums
//    2  elementwise   maps over arrays: linear combinations, complex products, casts, modulation
//    3  reductions    sums, dot products and maxima in fixed trees, accumulated in double
//    4  channels      complex <-> channels, concatenation, reflect padding, cropping
//    5  conv2d        implicit GEMM: forward, input gradient, weight gradient; transposed convolution
//    6  pooling       average and maximum over 2 x 2, leaky ReLU
//    7  fourier       phase factors and centring around cuFFT
//    8  nufft         gridding as a gather over sorted points, interpolation
//    9  toeplitz      pad-multiply, spectrum product, crop-conjugate-sum around cuFFT
//   10  solvers       Anderson step: Gram row, least squares, mixing, stopping
//   11  optimiser     Adam; counter-based random numbers
//
// Rules
//   One translation unit, no #include. STARDEQ_REAL is float or double; everything below follows it.
//   Every kernel: extern "C" __global__ void __launch_bounds__(threads) name(parameters), parameters of the types
//   real, cplx, double, int, index_t, unsigned long long and pointers to them: the launcher checks each call against
//   these lines. Sizes that may pass 2^31 are index_t. No atomics on floating point, no communication between blocks.
//   Sums of real data that decide anything (norms, Gram matrices) accumulate in double.

// ================================================================================================================
// 1  common
// ================================================================================================================

#ifndef STARDEQ_REAL
#error "compile with -DSTARDEQ_REAL=float or -DSTARDEQ_REAL=double"
#endif

typedef STARDEQ_REAL real;
typedef long long index_t;

struct __align__(2 * sizeof(STARDEQ_REAL)) cplx
{
    real re, im;
};

struct __align__(16) vec4 // four floats, or the two pairs of four doubles: one or two 16-byte transactions
{
    real a, b, c, d;
};

// Shared memory whose size is given at launch. A kernel uses the macro once.
#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(type, name)                                  \
    extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
    type* name = reinterpret_cast<type*>(dynamic_shared)
#endif

static __device__ __forceinline__ index_t thread_index()
{
    return (index_t)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ __forceinline__ index_t thread_count()
{
    return (index_t)gridDim.x * blockDim.x;
}

static __device__ __forceinline__ cplx make_cplx(real re, real im)
{
    cplx z;
    z.re = re;
    z.im = im;
    return z;
}

static __device__ __forceinline__ cplx operator+(cplx a, cplx b)
{
    return make_cplx(a.re + b.re, a.im + b.im);
}

static __device__ __forceinline__ cplx operator-(cplx a, cplx b)
{
    return make_cplx(a.re - b.re, a.im - b.im);
}

static __device__ __forceinline__ cplx operator*(cplx a, cplx b)
{
    return make_cplx(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

static __device__ __forceinline__ cplx operator*(real a, cplx b)
{
    return make_cplx(a * b.re, a * b.im);
}

static __device__ __forceinline__ cplx conj(cplx a)
{
    return make_cplx(a.re, -a.im);
}

// ================================================================================================================
// 2  elementwise
// ================================================================================================================

// y = alpha x, or y += alpha x.
// Moves 2 (3) scalars per element and computes one product: bound by memory bandwidth.
extern "C" __global__ void __launch_bounds__(256) scale(real alpha, const real* x, real* y, int add, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        real value = alpha * x[i];
        y[i] = add ? y[i] + value : value;
    }
}

// ================================================================================================================
// 3  reductions
// ================================================================================================================

// ================================================================================================================
// 4  channels
// ================================================================================================================

// ================================================================================================================
// 5  conv2d
// ================================================================================================================

// ================================================================================================================
// 6  pooling
// ================================================================================================================

// ================================================================================================================
// 7  fourier
// ================================================================================================================

// ================================================================================================================
// 8  nufft
// ================================================================================================================

// ================================================================================================================
// 9  toeplitz
// ================================================================================================================

// ================================================================================================================
// 10  solvers
// ================================================================================================================

// ================================================================================================================
// 11  optimiser
// ================================================================================================================
