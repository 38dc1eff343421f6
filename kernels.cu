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

// By reference: by value clang takes a pair apart as one integer and loads its halves one by one.
static __device__ __forceinline__ cplx operator+(const cplx& a, const cplx& b)
{
    return make_cplx(a.re + b.re, a.im + b.im);
}

static __device__ __forceinline__ cplx operator-(const cplx& a, const cplx& b)
{
    return make_cplx(a.re - b.re, a.im - b.im);
}

static __device__ __forceinline__ cplx operator*(const cplx& a, const cplx& b)
{
    return make_cplx(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}

static __device__ __forceinline__ cplx operator*(real a, const cplx& b)
{
    return make_cplx(a * b.re, a * b.im);
}

static __device__ __forceinline__ cplx conj(const cplx& a)
{
    return make_cplx(a.re, -a.im);
}

// Leaky rectifier; the identity for slope 1.
static __device__ __forceinline__ real leaky(real value, real slope)
{
    return value > 0 ? value : slope * value;
}

// Vector access, where all pointers of a kernel are multiples of 16 bytes: views may start anywhere.
static __device__ __forceinline__ bool aligned4(const real* p)
{
    return ((size_t)p & 15) == 0;
}

static __device__ __forceinline__ vec4 load4(const real* p)
{
    return *reinterpret_cast<const vec4*>(p);
}

static __device__ __forceinline__ void store4(real* p, vec4 value)
{
    *reinterpret_cast<vec4*>(p) = value;
}

// Two neighbouring scalars of one access where `whole` says that the array starts at a multiple of two scalars.
static __device__ __forceinline__ bool aligned2(const real* p)
{
    return ((size_t)p & (2 * sizeof(real) - 1)) == 0;
}

static __device__ __forceinline__ cplx load_pair(const real* p, bool whole)
{
    return whole ? *reinterpret_cast<const cplx*>(p) : make_cplx(p[0], p[1]);
}

static __device__ __forceinline__ void store_pair(real* p, cplx value, bool whole)
{
    if (whole)
    {
        *reinterpret_cast<cplx*>(p) = value;
    }
    else
    {
        p[0] = value.re;
        p[1] = value.im;
    }
}

// How two partial results of a reduction become one. A NaN wins every comparison and stays.
struct Plus
{
    __device__ __forceinline__ double operator()(double a, double b) const
    {
        return a + b;
    }
};

struct Larger
{
    __device__ __forceinline__ double operator()(double a, double b) const
    {
        return b > a || b != b ? b : a;
    }
};

// Lane 0 gets the result of the warp: five steps of a fixed tree. All 32 lanes must call.
template <typename Combine>
static __device__ __forceinline__ double warp_reduce(Combine combine, double value)
{
    for (int distance = 16; distance > 0; distance >>= 1)
    {
        value = combine(value, __shfl_down_sync(0xffffffffu, value, distance));
    }

    return value;
}

// Thread 0 gets the result of the block: a tree per warp, then one over the warps. blockDim.x is a multiple of 32,
// at most 1024; the block is one-dimensional; values are of a kind for which 0 changes nothing.
template <typename Combine>
static __device__ __forceinline__ double block_reduce(Combine combine, double value)
{
    __shared__ double warps[32];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    value = warp_reduce(combine, value);
    __syncthreads(); // an earlier call may still be reading
    if (lane == 0)
    {
        warps[warp] = value;
    }

    __syncthreads();
    if (warp == 0)
    {
        value = warp_reduce(combine, lane < (int)(blockDim.x >> 5) ? warps[lane] : 0);
    }

    return value;
}

// ================================================================================================================
// 2  elementwise
// ================================================================================================================

// Elementwise kernels do one or two operations per scalar: bound by memory bandwidth, so the roof is bytes / bandwidth, of
// which coalesced 16-byte accesses should reach 85 to 90 % on V100, A100 and H100 once an array is some 10 MB;
// smaller ones are bound by the launch. Outputs may be the inputs: each thread reads its element before it writes it.

struct Multiple // alpha a
{
    real alpha;

    __device__ __forceinline__ real operator()(real a, real) const
    {
        return alpha * a;
    }
};

struct WeightedSum // alpha a + beta b; exact for factors of 1 and -1
{
    real alpha, beta;

    __device__ __forceinline__ real operator()(real a, real b) const
    {
        return alpha * a + beta * b;
    }
};

struct Product // a b
{
    __device__ __forceinline__ real operator()(real a, real b) const
    {
        return a * b;
    }
};

template <typename Map>
static __device__ __forceinline__ void map_pairs(Map map, const real* a, const real* b, real* y, index_t count)
{
    index_t fours = aligned4(a) && aligned4(b) && aligned4(y) ? count / 4 : 0;
    for (index_t i = thread_index(); i < fours; i += thread_count())
    {
        vec4 p = load4(a + 4 * i), q = load4(b + 4 * i);
        p.a = map(p.a, q.a);
        p.b = map(p.b, q.b);
        p.c = map(p.c, q.c);
        p.d = map(p.d, q.d);
        store4(y + 4 * i, p);
    }

    for (index_t i = 4 * fours + thread_index(); i < count; i += thread_count())
    {
        y[i] = map(a[i], b[i]);
    }
}

// y = alpha x, or y += alpha x.
// Moves 2 (3) scalars per element and computes one product.
extern "C" __global__ void __launch_bounds__(256) scale(real alpha, const real* x, real* y, int add, index_t count)
{
    if (add)
    {
        WeightedSum sum = {alpha, 1};
        map_pairs(sum, x, y, y, count);
    }
    else
    {
        Multiple multiple = {alpha};
        map_pairs(multiple, x, x, y, count);
    }
}

// y = factor[0] x, or y += factor[0] x: as scale, with the factor in device memory.
extern "C" __global__ void __launch_bounds__(256) scale_by(const real* factor, const real* x, real* y, int add, index_t count)
{
    if (add)
    {
        WeightedSum sum = {factor[0], 1};
        map_pairs(sum, x, y, y, count);
    }
    else
    {
        Multiple multiple = {factor[0]};
        map_pairs(multiple, x, x, y, count);
    }
}

// y = alpha a + beta b: sums and differences.
// Moves 3 scalars per element.
extern "C" __global__ void __launch_bounds__(256)
    weighted_sum(real alpha, const real* a, real beta, const real* b, real* y, index_t count)
{
    WeightedSum sum = {alpha, beta};
    map_pairs(sum, a, b, y, count);
}

// y = a b, real.
// Moves 3 scalars per element.
extern "C" __global__ void __launch_bounds__(256) multiply(const real* a, const real* b, real* y, index_t count)
{
    map_pairs(Product(), a, b, y, count);
}

// y = c0 x0 + c1 x1 + ..., or y += that, added in this order; unused terms are null.
// Moves terms + 1 (+ 1) scalars per element. Eight loads in flight per thread make wider accesses unnecessary.
extern "C" __global__ void __launch_bounds__(256) linear_combination(
    int terms,
    real c0, const real* x0, real c1, const real* x1, real c2, const real* x2, real c3, const real* x3,
    real c4, const real* x4, real c5, const real* x5, real c6, const real* x6, real c7, const real* x7,
    real* y, int add, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        // All loads before the first use; what is not loaded is zero times the zero that the host passes.
        real old = add ? y[i] : 0, v0 = x0[i];
        real v1 = terms > 1 ? x1[i] : 0, v2 = terms > 2 ? x2[i] : 0, v3 = terms > 3 ? x3[i] : 0, v4 = terms > 4 ? x4[i] : 0;
        real v5 = terms > 5 ? x5[i] : 0, v6 = terms > 6 ? x6[i] : 0, v7 = terms > 7 ? x7[i] : 0;
        y[i] = old + c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3 + c4 * v4 + c5 * v5 + c6 * v6 + c7 * v7;
    }
}

// y = value.
extern "C" __global__ void __launch_bounds__(256) fill(real value, real* y, index_t count)
{
    index_t fours = aligned4(y) ? count / 4 : 0;
    vec4 all = {value, value, value, value};
    for (index_t i = thread_index(); i < fours; i += thread_count())
    {
        store4(y + 4 * i, all);
    }

    for (index_t i = 4 * fours + thread_index(); i < count; i += thread_count())
    {
        y[i] = value;
    }
}

// y = x in double precision, exactly. Moves 12 bytes per float.
extern "C" __global__ void __launch_bounds__(256) widen(const real* x, double* y, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        y[i] = x[i];
    }
}

// y = x rounded to nearest. Moves 12 bytes per float.
extern "C" __global__ void __launch_bounds__(256) narrow(const double* x, real* y, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        y[i] = (real)x[i];
    }
}

// The 16 bits of a float32 in bfloat16 (format 0) or half (1): rounded to nearest, ties to even; what is not zero stays so, what is finite too.
static __device__ __forceinline__ unsigned short_bits(float x, int format)
{
    const unsigned bits = __float_as_uint(x), size = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
    if (size >= 0x7f800000)
    {
        const unsigned infinity = format ? 0x7c00 : 0x7f80, quiet = format ? 0x200 : 0x40;
        return sign | infinity | (size > 0x7f800000 ? quiet : 0);
    }

    unsigned packed;
    if (!format)
    {
        packed = min((size + 0x7fff + (size >> 16 & 1)) >> 16, 0x7f7fu);
    }
    else if (size < 0x38800000) // below 2^-14 the last place is 2^-24, as that of float32 numbers from 1/2 to 1
    {
        packed = __float_as_uint(__uint_as_float(size) + 0.5f) - 0x3f000000;
    }
    else
    {
        packed = min((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13, 0x7bffu);
    }

    return sign | (packed == 0 && size != 0 ? 1 : packed);
}

static __device__ __forceinline__ float from_short_bits(unsigned packed, int format)
{
    if (!format)
    {
        return __uint_as_float(packed << 16);
    }

    const unsigned size = packed & 0x7fff, sign = (packed & 0x8000) << 16, shifted = size << 13; // the number times 2^-112
    const unsigned wide = size < 0x7c00 ? __float_as_uint(__uint_as_float(shifted) * 5.192297e33f) : shifted | 0x7f800000;
    return __uint_as_float(sign | wide);
}

// Words of two numbers in 16 bits each. Moves 6 bytes per number.
extern "C" __global__ void __launch_bounds__(256) pack_shorts(const real* x, int format, int* words, index_t count)
{
    const bool whole = aligned2(x);
    for (index_t i = thread_index(); 2 * i < count; i += thread_count())
    {
        const cplx pair = 2 * i + 1 < count ? load_pair(x + 2 * i, whole) : make_cplx(x[2 * i], 0);
        words[i] = (int)(short_bits((float)pair.re, format) | short_bits((float)pair.im, format) << 16);
    }
}

// The numbers of such words. Moves 6 bytes per number.
extern "C" __global__ void __launch_bounds__(256) unpack_shorts(const int* words, int format, real* x, index_t count)
{
    const bool whole = aligned2(x);
    for (index_t i = thread_index(); 2 * i < count; i += thread_count())
    {
        const unsigned word = (unsigned)words[i];
        const cplx pair = make_cplx(from_short_bits(word & 0xffff, format), from_short_bits(word >> 16, format));
        if (2 * i + 1 < count)
        {
            store_pair(x + 2 * i, pair, whole);
        }
        else
        {
            x[2 * i] = pair.re;
        }
    }
}

// y = alpha x, or y += alpha x, for one complex number alpha.
extern "C" __global__ void __launch_bounds__(256)
    complex_scale(real alpha_re, real alpha_im, const cplx* x, cplx* y, int add, index_t count)
{
    cplx alpha = make_cplx(alpha_re, alpha_im);
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        cplx value = alpha * x[i];
        y[i] = add ? y[i] + value : value;
    }
}

// y[r, i] = a[i] b[r, i], or conj(a[i]) b[r, i], stored or added. r < repeats, i < period.
// Grid: x over i, y over r. A thread keeps a[i] and walks over its r, so a is read once per row of blocks; moves
// 2 (3) complex numbers per element of b.
extern "C" __global__ void __launch_bounds__(256) complex_multiply(
    const cplx* a, const cplx* b, cplx* y, int conjugate, int add, index_t period, index_t repeats)
{
    for (index_t i = thread_index(); i < period; i += thread_count())
    {
        cplx factor = conjugate ? conj(a[i]) : a[i];
        for (index_t r = blockIdx.y; r < repeats; r += gridDim.y)
        {
            index_t at = r * period + i;
            cplx value = factor * b[at];
            y[at] = add ? y[at] + value : value;
        }
    }
}

// y[r, i] = w[i] x[r, i], w real. Grid and traffic as in complex_multiply.
extern "C" __global__ void __launch_bounds__(256)
    real_complex_multiply(const real* w, const cplx* x, cplx* y, index_t period, index_t repeats)
{
    for (index_t i = thread_index(); i < period; i += thread_count())
    {
        real factor = w[i];
        for (index_t r = blockIdx.y; r < repeats; r += gridDim.y)
        {
            y[r * period + i] = factor * x[r * period + i];
        }
    }
}

// x[p] = sum over c of conj(s[c, p]) y[c, p], in order of c, stored or added. One thread per pixel.
// Moves 2 C + 1 complex numbers per pixel. 16 complex loads in flight per thread cover the latency of memory even where
// one image has fewer pixels than the GPU has threads.
extern "C" __global__ void __launch_bounds__(256) modulate_adjoint(
    const cplx* __restrict__ s, const cplx* __restrict__ y, cplx* __restrict__ x, int add, int modulations, index_t pixels)
{
    for (index_t p = thread_index(); p < pixels; p += thread_count())
    {
        cplx sum = add ? x[p] : make_cplx(0, 0);
#pragma unroll 8
        for (int c = 0; c < modulations; c++)
        {
            sum = sum + conj(s[c * pixels + p]) * y[c * pixels + p];
        }

        x[p] = sum;
    }
}

// ================================================================================================================
// 3  reductions
// ================================================================================================================

// Reductions of each slice of an array [slices, count] to one double: first one partial result per block, then one
// block per slice combines them. Grid: x over slices, y over parts. The number of parts follows from `count` alone and
// both trees are fixed, so results depend neither on the device nor on the order of execution.
// Bound by memory: 1 or 2 scalars per element; the conversion to double and one double FMA per scalar take less than a
// third of the time on V100, A100 and H100 (they have 1:2 double units; on GPUs with 1:64 the arithmetic is the bound).

enum // what is summed
{
    SUM_TERMS,      // a
    SUM_ZEROS,      // a - a: 0, or NaN where a is not finite
    SUM_PRODUCTS,   // a b
    SUM_SQUARES,    // a a
    SUM_DISTANCES,  // (a - b)^2, the difference in double
};

template <int TERM>
static __device__ __forceinline__ double term_of(const real* a, const real* b, index_t i)
{
    double p = a[i];
    switch (TERM)
    {
        case SUM_TERMS:
            return p;
        case SUM_ZEROS:
            return p - p;
        case SUM_PRODUCTS:
            return p * b[i];
        case SUM_SQUARES:
            return p * p;
        default:
            return (p - b[i]) * (p - b[i]);
    }
}

// Four sums per thread: the chain of additions is a quarter as long as the number of loads.
template <int TERM>
static __device__ __forceinline__ double part_of(const real* a, const real* b, index_t count)
{
    index_t stride = (index_t)gridDim.y * blockDim.x, i = (index_t)blockIdx.y * blockDim.x + threadIdx.x;
    double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (; i + 3 * stride < count; i += 4 * stride)
    {
        sum0 += term_of<TERM>(a, b, i);
        sum1 += term_of<TERM>(a, b, i + stride);
        sum2 += term_of<TERM>(a, b, i + 2 * stride);
        sum3 += term_of<TERM>(a, b, i + 3 * stride);
    }

    for (; i < count; i += stride)
    {
        sum0 += term_of<TERM>(a, b, i);
    }

    return (sum0 + sum1) + (sum2 + sum3);
}

// parts[s, blockIdx.y] = the block's share of the sum over slice s. b is used by products and distances only; its slices
// are b_stride apart, 0 for one that serves all.
extern "C" __global__ void __launch_bounds__(256)
    sum_parts(int term, const real* a, const real* b, double* parts, index_t count, index_t b_stride)
{
    a += blockIdx.x * count;
    b = b == 0 ? a : b + blockIdx.x * b_stride;
    double sum;
    switch (term)
    {
        case SUM_TERMS:
            sum = part_of<SUM_TERMS>(a, b, count);
            break;
        case SUM_ZEROS:
            sum = part_of<SUM_ZEROS>(a, b, count);
            break;
        case SUM_PRODUCTS:
            sum = part_of<SUM_PRODUCTS>(a, b, count);
            break;
        case SUM_SQUARES:
            sum = part_of<SUM_SQUARES>(a, b, count);
            break;
        default:
            sum = part_of<SUM_DISTANCES>(a, b, count);
            break;
    }

    sum = block_reduce(Plus(), sum);
    if (threadIdx.x == 0)
    {
        parts[(index_t)blockIdx.x * gridDim.y + blockIdx.y] = sum;
    }
}

// sums[s] = parts[s, 0] + parts[s, 1] + ... in a fixed tree. One block per slice.
extern "C" __global__ void __launch_bounds__(256) combine_sums(const double* parts, double* sums, int count)
{
    double sum = 0;
    for (int i = threadIdx.x; i < count; i += blockDim.x)
    {
        sum += parts[(index_t)blockIdx.x * count + i];
    }

    sum = block_reduce(Plus(), sum);
    if (threadIdx.x == 0)
    {
        sums[blockIdx.x] = sum;
    }
}

// |re + i im| without overflow. The squares of floats neither overflow nor vanish in double.
static __device__ __forceinline__ double magnitude(double re, double im)
{
    if (sizeof(real) == sizeof(float))
    {
        return sqrt(re * re + im * im);
    }

    double large = fabs(re), small = fabs(im);
    if (small > large)
    {
        double other = large;
        large = small;
        small = other;
    }

    double ratio = small / large;
    bool plain = large == 0 || !isfinite(large) || !isfinite(small);
    return plain ? large + small : large * sqrt(1 + ratio * ratio);
}

// parts[blockIdx.y] = the largest magnitude of the block's share; x holds `count` numbers, as pairs if `complex_pairs`.
extern "C" __global__ void __launch_bounds__(256) largest_parts(const real* x, double* parts, int complex_pairs, index_t count)
{
    double largest = 0;
    index_t stride = (index_t)gridDim.y * blockDim.x;
    for (index_t i = (index_t)blockIdx.y * blockDim.x + threadIdx.x; i < count; i += stride)
    {
        largest = Larger()(largest, complex_pairs ? magnitude(x[2 * i], x[2 * i + 1]) : fabs((double)x[i]));
    }

    largest = block_reduce(Larger(), largest);
    if (threadIdx.x == 0)
    {
        parts[blockIdx.y] = largest;
    }
}

// largest[0] = the largest of the parts. One block.
extern "C" __global__ void __launch_bounds__(256) combine_largest(const double* parts, double* largest, int count)
{
    double value = 0;
    for (int i = threadIdx.x; i < count; i += blockDim.x)
    {
        value = Larger()(value, parts[i]);
    }

    value = block_reduce(Larger(), value);
    if (threadIdx.x == 0)
    {
        largest[0] = value;
    }
}

// ================================================================================================================
// 4  channels
// ================================================================================================================

// Copies that change the layout: bound by memory, 2 (3 when adding) scalars per element. Grids of boxes: x over the scalars of
// a row, y over rows, z over planes, blocks of 256 x 1 or 32 x 8 threads by the width of a row. A division of 64-bit integers
// takes 70 to 100 instructions; in the time that memory takes for one complex number read and one written, V100 has 280
// instructions, A100 200 and H100 140. So no kernel of this kind finds its row and column by dividing.

// y[p, 0, i] = Re x[p, i], y[p, 1, i] = Im x[p, i], stored or added. Grid: x over pixels, y over planes.
extern "C" __global__ void __launch_bounds__(256)
    split_channels(const cplx* x, real* y, int add, index_t planes, index_t pixels)
{
    for (index_t p = blockIdx.y; p < planes; p += gridDim.y)
    {
        for (index_t i = thread_index(); i < pixels; i += thread_count())
        {
            cplx value = x[p * pixels + i];
            real* re = y + 2 * p * pixels + i;
            re[0] = add ? re[0] + value.re : value.re;
            re[pixels] = add ? re[pixels] + value.im : value.im;
        }
    }
}

// x[p, i] = y[p, 0, i] + i y[p, 1, i], stored or added. Grid as in split_channels.
extern "C" __global__ void __launch_bounds__(256)
    join_channels(const real* y, cplx* x, int add, index_t planes, index_t pixels)
{
    for (index_t p = blockIdx.y; p < planes; p += gridDim.y)
    {
        for (index_t i = thread_index(); i < pixels; i += thread_count())
        {
            const real* re = y + 2 * p * pixels + i;
            cplx value = make_cplx(re[0], re[pixels]);
            x[p * pixels + i] = add ? x[p * pixels + i] + value : value;
        }
    }
}

// y[p, r, c] = x[p, r, c], stored or added, for r < rows and c < columns: a box of planes [x_rows, x_columns] to planes
// [y_rows, y_columns].
extern "C" __global__ void __launch_bounds__(256) copy_box(
    const real* x, real* y, int add, int planes, int rows, index_t columns,
    int x_rows, index_t x_columns, int y_rows, index_t y_columns)
{
    for (index_t p = blockIdx.z; p < planes; p += gridDim.z)
    {
        for (index_t r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            const real* source = x + (p * x_rows + r) * x_columns;
            real* target = y + (p * y_rows + r) * y_columns;
            for (index_t c = thread_index(); c < columns; c += thread_count())
            {
                target[c] = add ? target[c] + source[c] : source[c];
            }
        }
    }
}

// The row or column that a padded one repeats: mirrored about the last, which is not repeated itself.
static __device__ __forceinline__ int mirror(int n, int extent)
{
    return n < extent ? n : 2 * extent - 2 - n;
}

// y[p, r, c] = x[p, mirror(r), mirror(c)], stored or added; elements are `parts` scalars (1 or 2).
extern "C" __global__ void __launch_bounds__(256) reflect_pad(
    const real* x, real* y, int add, int parts, int planes, int rows, int columns, int padded_rows, int padded_columns)
{
    for (index_t p = blockIdx.z; p < planes; p += gridDim.z)
    {
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < padded_rows; r += gridDim.y * blockDim.y)
        {
            const real* source = x + (p * rows + mirror(r, rows)) * columns * parts;
            real* target = y + (p * padded_rows + r) * padded_columns * parts;
            for (int i = (int)thread_index(); i < padded_columns * parts; i += (int)thread_count())
            {
                int c = parts == 2 ? i >> 1 : i, part = parts == 2 ? i & 1 : 0;
                real value = source[mirror(c, columns) * parts + part];
                target[i] = add ? target[i] + value : value;
            }
        }
    }
}

// The adjoint, as a gather: x[p, r, c] = the sum of y over the one, two or four padded positions that repeat (r, c).
extern "C" __global__ void __launch_bounds__(256) reflect_pad_adjoint(
    const real* y, real* x, int add, int parts, int planes, int rows, int columns, int padded_rows, int padded_columns)
{
    for (index_t p = blockIdx.z; p < planes; p += gridDim.z)
    {
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            int other_row = 2 * rows - 2 - r;
            bool two_rows = other_row >= rows && other_row < padded_rows;
            const real* source = y + (p * padded_rows + r) * padded_columns * parts;
            const real* other = y + (p * padded_rows + other_row) * padded_columns * parts;
            real* target = x + (p * rows + r) * columns * parts;
            for (int i = (int)thread_index(); i < columns * parts; i += (int)thread_count())
            {
                int c = parts == 2 ? i >> 1 : i, part = parts == 2 ? i & 1 : 0;
                int other_column = 2 * columns - 2 - c, j = other_column * parts + part;
                bool two_columns = other_column >= columns && other_column < padded_columns;
                real sum = source[i];
                sum += two_columns ? source[j] : 0;
                sum += two_rows ? other[i] : 0;
                sum += two_rows && two_columns ? other[j] : 0;
                target[i] = add ? target[i] + sum : sum;
            }
        }
    }
}

// ================================================================================================================
// 5  conv2d
// ================================================================================================================

// A convolution as an implicit matrix product: rows m are output channels, columns n are pixels of all images, and the
// inner index runs over input channels j and taps t; its matrix of shifted pixels exists only tile by tile in shared memory.
//   y[b, m, p] (+)= leaky(bias[m] + sum over j and t of weight[m stride_m + j stride_j + (flip ? taps - 1 - t : t)] x[b, j, p shifted by t])
// Forward: stride_m = in taps, stride_j = taps. Gradient of the input: stride_m = taps, stride_j = in taps, taps flipped.
//
// A block computes BM x BN outputs, a thread TM x 8 of them in registers. A step takes all 9 taps of one channel, or 8
// channels of a 1 x 1 kernel, so that the tap is known at compile time and no index is divided: the next step's scalars
// go from global memory to registers while this one multiplies, then into the other of two shared buffers: one barrier a step.
//
// Why taps are not taken from a patch with a halo in shared memory: the columns of a thread must be 16-byte loads, and
// a patch shifted by one column is not aligned to them. So every tap is loaded and stored by itself, and 8 of 9 such loads hit
// the first-level cache. Per warp, thread and step, of 64 x 256 outputs and 3 x 3 taps:
//   576 FMAs;  36 shared loads of 16 bytes;  9 + 2.25 global loads of 4 bytes and as many shared stores;  9.8 FMAs per access.
// A 16-byte load keeps the shared memory busy for 4 cycles, the others for 1 or 2: 8 warps ask for about 1420 cycles, while
// the FMAs take 2304 on V100 and A100 (64 a cycle) and 1152 on H100 (128 a cycle), whose shared memory is no faster.
//
// Work: 2 in out taps FLOPs per pixel. Memory: x once per 64 outputs, y once; weights and rows above and below come from the
// second-level cache. From 64 channels on that is 144 FLOPs per byte for 3 x 3: bound by FMA issue. Expected of the float32
// roof: 75 % on V100 and A100, 55 % on H100, where shared memory binds. The narrow tile, 16 x 256 with 4 x 8 a thread, asks for
// 165 cycles of shared memory per 144 of FMAs (72 on H100): 55 % and 30 % at 16 channels. 1 x 1 at 64 channels has 16 FLOPs per
// byte, about what the devices have: 60 % of either roof there, 80 % of memory bandwidth below.
// Small images with many channels have few tiles: the launcher then cuts the channels into shares (blockIdx.z), which conv2d_sum
// adds in order, rectifying the sum; it decides by shapes alone, so that all devices give the same bits.

// Lanes of a warp are 4 x 8; rows and columns of a thread come in groups of four, those of a warp side by side, so that a
// 16-byte load of eight lanes covers all 32 banks once or is one address for all.
template <int BM, int TM, int TN>
struct ThreadTile
{
    int m, n; // first row and column of this thread

    __device__ __forceinline__ ThreadTile()
    {
        const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps_m = BM / (4 * TM);
        m = warp % warps_m * (4 * TM) + lane / 8 * 4;
        n = warp / warps_m * (8 * TN) + lane % 8 * 4;
    }

    static __device__ __forceinline__ int row(int i) // of this thread's i-th row, from its first
    {
        return i / 4 * 16 + i % 4;
    }

    static __device__ __forceinline__ int column(int j)
    {
        return j / 4 * 32 + j % 4;
    }

    // sum += the outer product of this thread's part of a column of one matrix and of a row of the other.
    __device__ __forceinline__ void multiply(const real* a_row, const real* b_row, real (&sum)[TM][TN]) const
    {
        vec4 a[TM / 4], b[TN / 4];
#pragma unroll
        for (int i = 0; i < TM / 4; i++)
        {
            a[i] = load4(a_row + m + 16 * i);
        }
#pragma unroll
        for (int j = 0; j < TN / 4; j++)
        {
            b[j] = load4(b_row + n + 32 * j);
        }
#pragma unroll
        for (int i = 0; i < TM / 4; i++)
        {
#pragma unroll
            for (int j = 0; j < TN / 4; j++)
            {
                multiply_row(a[i].a, b[j], sum[4 * i], 4 * j);
                multiply_row(a[i].b, b[j], sum[4 * i + 1], 4 * j);
                multiply_row(a[i].c, b[j], sum[4 * i + 2], 4 * j);
                multiply_row(a[i].d, b[j], sum[4 * i + 3], 4 * j);
            }
        }
    }

private:
    static __device__ __forceinline__ void multiply_row(real a, const vec4& b, real (&sum)[TN], int j)
    {
        sum[j] += a * b.a;
        sum[j + 1] += a * b.b;
        sum[j + 2] += a * b.c;
        sum[j + 3] += a * b.d;
    }
};

// Bit t: whether tap t of this pixel lies in the image.
template <int K>
static __device__ __forceinline__ unsigned taps_inside(int row, int column, int rows, int columns)
{
    if (K == 1)
    {
        return 1;
    }
    return (row > 0 ? 0x1ffu : 0x1f8u) & (row < rows - 1 ? 0x1ffu : 0x03fu) & (column > 0 ? 0x1ffu : 0x1b6u) & (column < columns - 1 ? 0x1ffu : 0x0dbu);
}

// From a pixel to its tap t.
template <int K>
static __device__ __forceinline__ int tap_shift(int t, int columns)
{
    return K == 1 ? 0 : (t / K - 1) * columns + t % K - 1;
}

template <int K, int BM, int BN, int TM>
static __device__ __forceinline__ void conv_tile(const real* x, const real* weight, const real* bias, real* y, int batch, int in, int out, int rows, int columns, int stride_m,
    int stride_j, int flip, real slope, int add, int share)
{
    const int TN = 8, threads = BM * BN / (TM * TN), taps = K * K, step = K == 1 ? 8 : 1, depth = step * taps; // channels and scalars of a step
    const int loads_a = (BM * depth + threads - 1) / threads, loads_b = BN / threads, a_pitch = BM + 4;
    __shared__ __align__(16) real a_tile[2][depth * a_pitch];
    __shared__ __align__(16) real b_tile[2][depth][BN];
    const int thread = threadIdx.x, first_m = blockIdx.y * BM;
    const index_t plane = (index_t)rows * columns, pixels = plane * batch, first_n = (index_t)blockIdx.x * BN;
    const int begin = blockIdx.z * share, end = begin + share < in ? begin + share : in;

    // The weights this thread stages: where they are and where they go; neighbours in memory to neighbouring threads.
    const real* a_from = weight + (index_t)first_m * stride_m + (index_t)begin * stride_j;
    int a_offset[loads_a], a_to[loads_a], a_channel[loads_a];
#pragma unroll
    for (int l = 0; l < loads_a; l++)
    {
        const int e = thread + l * threads;
        const bool m_first = K == 1 && stride_m < stride_j;
        const int m = m_first ? e % BM : e / depth, k = m_first ? e / BM : e % depth;
        a_to[l] = e < BM * depth ? k * a_pitch + m : -1;
        a_channel[l] = e < BM * depth && first_m + m < out ? k / taps : in; // none that is ever reached
        a_offset[l] = m * stride_m + k / taps * stride_j + (flip ? taps - 1 - k % taps : k % taps);
    }

    // The pixels: columns thread, thread + threads, ... of the tile, from their first tap.
    const index_t stride_k = K == 1 ? plane : columns;
    const real* b_from[loads_b];
    unsigned b_inside[loads_b];
#pragma unroll
    for (int l = 0; l < loads_b; l++)
    {
        const index_t n = first_n + thread + l * threads, image = n / plane, position = n - image * plane;
        const int row = (int)(position / columns), column = (int)(position - (index_t)row * columns);
        b_inside[l] = n < pixels ? taps_inside<K>(row, column, rows, columns) : 0;
        b_from[l] = x + (image * in + begin) * plane + position + tap_shift<K>(0, columns);
    }

    real next_a[loads_a], next_b[loads_b][depth], sum[TM][TN] = {};
    const ThreadTile<BM, TM, TN> tile;
    int used = 0; // the buffer to multiply
    for (int channel = begin - step; channel < end; channel += step)
    {
        const int left = end - channel - step; // channels to load from
        if (left > 0)
        {
#pragma unroll
            for (int l = 0; l < loads_a; l++)
            {
                next_a[l] = a_channel[l] < left ? a_from[a_offset[l]] : (real)0;
            }
            a_from += (index_t)step * stride_j;
#pragma unroll
            for (int l = 0; l < loads_b; l++)
            {
#pragma unroll
                for (int k = 0; k < depth; k++)
                {
                    const bool valid = K == 1 ? b_inside[l] && k < left : b_inside[l] >> k & 1;
                    next_b[l][k] = valid ? b_from[l][k % K] : (real)0;
                    b_from[l] += k % K == K - 1 ? stride_k : 0; // the next channel, or the next row of taps
                }
                b_from[l] += K == 1 ? 0 : plane - K * stride_k;
            }
        }
        if (channel >= begin)
        {
#pragma unroll
            for (int k = 0; k < depth; k++)
            {
                tile.multiply(a_tile[used] + k * a_pitch, b_tile[used][k], sum);
            }
            used ^= 1;
        }
        if (left > 0)
        {
#pragma unroll
            for (int l = 0; l < loads_a; l++)
            {
                if (a_to[l] >= 0)
                {
                    a_tile[used][a_to[l]] = next_a[l];
                }
            }
#pragma unroll
            for (int l = 0; l < loads_b; l++)
            {
#pragma unroll
                for (int k = 0; k < depth; k++)
                {
                    b_tile[used][k][thread + l * threads] = next_b[l][k];
                }
            }
            __syncthreads(); // what was staged is visible, and the other buffer is used up
        }
    }

    // Four pixels side by side share an image and 16 aligned bytes if the images are made of fours.
    y += blockIdx.z * (batch * out * plane);
    const bool by_four = plane % 4 == 0 && aligned4(y);
    const real nothing = -(real)0; // 0 would take the sign off the -0 that a slope of 0 makes
#pragma unroll
    for (int group = 0; group < TN; group += 4)
    {
        const index_t n = first_n + tile.n + tile.column(group);
        index_t at[4]; // channel 0 of each pixel
#pragma unroll
        for (int j = 0; j < 4; j++)
        {
            at[j] = n + j + (n + j) / plane * ((out - 1) * plane);
        }
#pragma unroll
        for (int i = 0; i < TM; i++)
        {
            const int m = first_m + tile.m + tile.row(i);
            if (m >= out)
            {
                continue;
            }
            const real offset = bias ? bias[m] : (real)0;
            real* to = y + m * plane;
            if (by_four && n < pixels)
            {
                const vec4 old = add ? load4(to + at[0]) : vec4{nothing, nothing, nothing, nothing};
                store4(to + at[0], {old.a + leaky(sum[i][group] + offset, slope), old.b + leaky(sum[i][group + 1] + offset, slope),
                    old.c + leaky(sum[i][group + 2] + offset, slope), old.d + leaky(sum[i][group + 3] + offset, slope)});
                continue;
            }
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                if (n + j < pixels)
                {
                    to[at[j]] = (add ? to[at[j]] : nothing) + leaky(sum[i][group + j] + offset, slope);
                }
            }
        }
    }
}

// Blocks of a multiprocessor: 128 registers a thread are enough for 64 sums in float; in double they take twice that.
const int wide_blocks = sizeof(real) == 4 ? 2 : 1, narrow_blocks = 2 * wide_blocks;

extern "C" __global__ void __launch_bounds__(256, wide_blocks)
    conv2d_3x3(const real* x, const real* weight, const real* bias, real* y, int batch, int in, int out, int rows, int columns, int stride_m, int stride_j, int flip, real slope,
        int add, int share)
{
    conv_tile<3, 64, 256, 8>(x, weight, bias, y, batch, in, out, rows, columns, stride_m, stride_j, flip, slope, add, share);
}

extern "C" __global__ void __launch_bounds__(128, narrow_blocks)
    conv2d_3x3_narrow(const real* x, const real* weight, const real* bias, real* y, int batch, int in, int out, int rows, int columns, int stride_m, int stride_j, int flip,
        real slope, int add, int share)
{
    conv_tile<3, 16, 256, 4>(x, weight, bias, y, batch, in, out, rows, columns, stride_m, stride_j, flip, slope, add, share);
}

extern "C" __global__ void __launch_bounds__(256, wide_blocks)
    conv2d_1x1(const real* x, const real* weight, const real* bias, real* y, int batch, int in, int out, int rows, int columns, int stride_m, int stride_j, int flip, real slope,
        int add, int share)
{
    conv_tile<1, 64, 256, 8>(x, weight, bias, y, batch, in, out, rows, columns, stride_m, stride_j, flip, slope, add, share);
}

extern "C" __global__ void __launch_bounds__(128, narrow_blocks)
    conv2d_1x1_narrow(const real* x, const real* weight, const real* bias, real* y, int batch, int in, int out, int rows, int columns, int stride_m, int stride_j, int flip,
        real slope, int add, int share)
{
    conv_tile<1, 16, 256, 4>(x, weight, bias, y, batch, in, out, rows, columns, stride_m, stride_j, flip, slope, add, share);
}

// The gradient of the weight as an implicit matrix product with the pixels as inner index, split into shares of them:
//   partial[share, m, n] = sum over the share's pixels of yBar[b, m, p] x[b, j, p shifted by t], n = j taps + t
// conv2d_sum adds the shares in order, so that the result has the same bits in any run. A step takes 16 floats or 8 doubles
// that follow each other, half a line of memory for each row of both matrices; their image, row and column move on by carries. Rows
// and columns of the tile stay, so what a thread adds to its pixel's address is known before the loop. Buffers as above.
// Per warp, thread and step of the tile of 64 x 128 with 4 x 8 a thread: 512 FMAs; 48 shared loads of 16 bytes; 12 global loads and
// 12 shared stores, two of whose lanes meet in a bank: 250 cycles of shared memory per warp for 256 of FMAs on V100 and A100,
// 128 on H100. Expected of the float32 roof from 64 channels on: 60 % on V100 and A100, 35 % on H100.
// Memory: yBar once per 128 columns n and x once per 64 rows m, 9 taps from the first-level cache: over 50 FLOPs per byte
// from 64 channels on. Narrow layers (16 x 128, 4 x 4 a thread) are bound by shared memory: 35 % of the roof at 16 channels.

template <int K, int BM, int BN, int TM, int TN>
static __device__ __forceinline__ void conv_weight_tile(const real* x, const real* y_bar, real* partial, int batch, int in, int out, int rows, int columns, int share)
{
    const int depth = 64 / sizeof(real), taps = K * K, threads = BM * BN / (TM * TN), lanes = threads / depth; // threads that stage one pixel
    const int loads_a = BM / lanes, loads_b = BN / lanes;
    __shared__ __align__(16) real a_tile[2][depth][BM + 4];
    __shared__ __align__(16) real b_tile[2][depth][BN + 4];
    const int k = threadIdx.x % depth, lane = threadIdx.x / depth, first_m = blockIdx.y * BM, first_n = blockIdx.x * BN, width = in * taps;
    const index_t plane = (index_t)rows * columns, pixels = plane * batch;
    const index_t begin = (index_t)blockIdx.z * share, end = begin + share < pixels ? begin + share : pixels;

    // From a pixel of the image to what this thread stages: the launcher sees that an image has less than 2^31 scalars.
    int a_offset[loads_a], b_offset[loads_b], b_tap[loads_b];
#pragma unroll
    for (int l = 0; l < loads_a; l++)
    {
        const int m = first_m + lane + l * lanes;
        a_offset[l] = m < out ? m * (int)plane : -1;
    }
#pragma unroll
    for (int l = 0; l < loads_b; l++)
    {
        const int n = first_n + lane + l * lanes;
        b_tap[l] = n < width ? n % taps : taps; // a tap that lies in no image
        b_offset[l] = n < width ? n / taps * (int)plane + tap_shift<K>(n % taps, columns) : 0;
    }

    // The pixel of this thread, and the step to the next as image, row and column.
    const index_t first = begin + k;
    index_t image = first / plane;
    int row = (int)((first - image * plane) / columns), column = (int)(first - image * plane - (index_t)row * columns);
    const int image_step = (int)(depth / plane), row_step = (int)(depth % plane) / columns, column_step = (int)(depth % plane) % columns;

    real next_a[loads_a], next_b[loads_b], sum[TM][TN] = {};
    const ThreadTile<BM, TM, TN> tile;
    int used = 0; // the buffer to multiply
    for (index_t start = begin - depth; start < end; start += depth)
    {
        const bool more = start + depth < end;
        if (more)
        {
            const bool valid = start + depth + k < end;
            const unsigned inside = valid ? taps_inside<K>(row, column, rows, columns) : 0;
            const index_t position = (index_t)row * columns + column;
            const real* a_from = y_bar + image * out * plane + position;
            const real* b_from = x + image * in * plane + position;
#pragma unroll
            for (int l = 0; l < loads_a; l++)
            {
                next_a[l] = valid && a_offset[l] >= 0 ? a_from[a_offset[l]] : (real)0;
            }
#pragma unroll
            for (int l = 0; l < loads_b; l++)
            {
                next_b[l] = inside >> b_tap[l] & 1 ? b_from[b_offset[l]] : (real)0;
            }
            column += column_step;
            const int next_row = column >= columns;
            column -= next_row ? columns : 0;
            row += row_step + next_row;
            const int next_image = row >= rows;
            row -= next_image ? rows : 0;
            image += image_step + next_image;
        }
        if (start >= begin)
        {
#pragma unroll
            for (int q = 0; q < depth; q++)
            {
                tile.multiply(a_tile[used][q], b_tile[used][q], sum);
            }
            used ^= 1;
        }
        if (more)
        {
#pragma unroll
            for (int l = 0; l < loads_a; l++)
            {
                a_tile[used][k][lane + l * lanes] = next_a[l];
            }
#pragma unroll
            for (int l = 0; l < loads_b; l++)
            {
                b_tile[used][k][lane + l * lanes] = next_b[l];
            }
            __syncthreads(); // what was staged is visible, and the other buffer is used up
        }
    }
#pragma unroll
    for (int i = 0; i < TM; i++)
    {
        const int m = first_m + tile.m + tile.row(i);
#pragma unroll
        for (int j = 0; j < TN; j++)
        {
            const int n = first_n + tile.n + tile.column(j);
            if (m < out && n < width)
            {
                partial[((index_t)blockIdx.z * out + m) * width + n] = sum[i][j];
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(256, wide_blocks)
    conv2d_weight_3x3(const real* x, const real* y_bar, real* partial, int batch, int in, int out, int rows, int columns, int share)
{
    conv_weight_tile<3, 64, 128, 4, 8>(x, y_bar, partial, batch, in, out, rows, columns, share);
}

extern "C" __global__ void __launch_bounds__(128, narrow_blocks)
    conv2d_weight_3x3_narrow(const real* x, const real* y_bar, real* partial, int batch, int in, int out, int rows, int columns, int share)
{
    conv_weight_tile<3, 16, 128, 4, 4>(x, y_bar, partial, batch, in, out, rows, columns, share);
}

extern "C" __global__ void __launch_bounds__(256, wide_blocks)
    conv2d_weight_1x1(const real* x, const real* y_bar, real* partial, int batch, int in, int out, int rows, int columns, int share)
{
    conv_weight_tile<1, 64, 128, 4, 8>(x, y_bar, partial, batch, in, out, rows, columns, share);
}

extern "C" __global__ void __launch_bounds__(128, narrow_blocks)
    conv2d_weight_1x1_narrow(const real* x, const real* y_bar, real* partial, int batch, int in, int out, int rows, int columns, int share)
{
    conv_weight_tile<1, 16, 128, 4, 4>(x, y_bar, partial, batch, in, out, rows, columns, share);
}

// y (+)= leaky(bias + the shares), added in order: y is [images, channels, plane]. Reads each share once, coalesced: bound by
// memory bandwidth, most of it that of the second-level cache, as the shares were written just before.
extern "C" __global__ void __launch_bounds__(256)
    conv2d_sum(const real* partial, const real* bias, real* y, int shares, real slope, int add, int channels, index_t plane, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        real sum = bias ? bias[i / plane % channels] : (real)0;
#pragma unroll 4
        for (int s = 0; s < shares; s++)
        {
            sum += partial[s * count + i];
        }
        sum = leaky(sum, slope);
        y[i] = add ? y[i] + sum : sum;
    }
}

// biasBar[o] (+)= sum over images and pixels of yBar[b, o, p], in double: a block per channel, a fixed tree. Reads yBar once:
// bound by memory bandwidth from some 80 channels on.
extern "C" __global__ void __launch_bounds__(256) conv2d_bias(const real* y_bar, real* bias_bar, int batch, int channels, index_t plane, int add)
{
    __shared__ double partial[256];
    const int thread = threadIdx.x, channel = blockIdx.x;
    double sum = 0;
    for (int b = 0; b < batch; b++)
    {
        const real* source = y_bar + ((index_t)b * channels + channel) * plane;
        for (index_t p = thread; p < plane; p += blockDim.x)
        {
            sum += (double)source[p];
        }
    }
    partial[thread] = sum;
    for (int half = 128; half > 0; half /= 2)
    {
        __syncthreads();
        if (thread < half)
        {
            partial[thread] += partial[thread + half];
        }
    }
    if (thread == 0)
    {
        bias_bar[channel] = (real)((add ? (double)bias_bar[channel] : 0) + partial[0]);
    }
}

// Transposed convolution of 2 x 2 with stride 2 is a 1 x 1 convolution to four channels per output channel and this
// rearrangement: image[b, o, 2i + a, 2j + c] = bias[o] + windows[b, 4o + 2a + c, i, j]. Reads and writes each number once.
// Grids of boxes: x over the columns of a window, y over the rows of the image, z over its maps; a thread does one pair of pixels.
extern "C" __global__ void __launch_bounds__(256)
    windows_scatter(const real* windows, const real* bias, real* image, int channels, int maps, int rows, int columns)
{
    bool whole = aligned2(image);
    for (int map = blockIdx.z; map < maps; map += gridDim.z)
    {
        real offset = bias ? bias[map % channels] : (real)0;
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            const real* even = windows + ((4 * (index_t)map + 2 * (r & 1)) * (rows / 2) + r / 2) * (columns / 2);
            const real* odd = even + (index_t)(rows / 2) * (columns / 2);
            real* target = image + ((index_t)map * rows + r) * columns;
            for (int c = (int)thread_index(); c < columns / 2; c += (int)thread_count())
            {
                store_pair(target + 2 * c, make_cplx(even[c] + offset, odd[c] + offset), whole);
            }
        }
    }
}

// The way back: windows[b, 4o + 2a + c, i, j] = image[b, o, 2i + a, 2j + c]; rows and columns are those of the image.
extern "C" __global__ void __launch_bounds__(256) windows_gather(const real* image, real* windows, int maps, int rows, int columns)
{
    bool whole = aligned2(image);
    for (int map = blockIdx.z; map < maps; map += gridDim.z)
    {
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            real* even = windows + ((4 * (index_t)map + 2 * (r & 1)) * (rows / 2) + r / 2) * (columns / 2);
            real* odd = even + (index_t)(rows / 2) * (columns / 2);
            const real* source = image + ((index_t)map * rows + r) * columns;
            for (int c = (int)thread_index(); c < columns / 2; c += (int)thread_count())
            {
                cplx pair = load_pair(source + 2 * c, whole);
                even[c] = pair.re;
                odd[c] = pair.im;
            }
        }
    }
}

// ================================================================================================================
// 6  pooling
// ================================================================================================================

// Windows of 2 x 2 with stride 2. Lines are the rows of all pooled images one after another, columns those of a pooled image; a grid
// is x over columns and y over lines, and a thread does one window with two accesses of 8 bytes (16 in double). All of these
// kernels are bound by memory bandwidth: 5 numbers moved per window (8 or 9 when adding), some 30 instructions; 85 % of the roof expected.

static __device__ __forceinline__ index_t window_corner(index_t line, int c, int columns)
{
    return 4 * line * columns + 2 * c;
}

extern "C" __global__ void __launch_bounds__(256) average_pool(const real* x, real* y, int columns, index_t lines)
{
    bool whole = aligned2(x);
    for (index_t line = blockIdx.y * blockDim.y + threadIdx.y; line < lines; line += gridDim.y * blockDim.y)
    {
        for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
        {
            index_t i = line * columns + c;
            const real* corner = x + window_corner(line, c, columns);
            cplx top = load_pair(corner, whole), bottom = load_pair(corner + 2 * columns, whole);
            y[i] = (real)0.25 * (top.re + bottom.re + (top.im + bottom.im));
        }
    }
}

extern "C" __global__ void __launch_bounds__(256) average_pool_backward(const real* y_bar, real* x_bar, int columns, int add, index_t lines)
{
    bool whole = aligned2(x_bar);
    for (index_t line = blockIdx.y * blockDim.y + threadIdx.y; line < lines; line += gridDim.y * blockDim.y)
    {
        for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
        {
            index_t i = line * columns + c;
            real* corner = x_bar + window_corner(line, c, columns);
            real share = (real)0.25 * y_bar[i];
            cplx top = make_cplx(share, share), bottom = top;
            if (add)
            {
                top = top + load_pair(corner, whole);
                bottom = bottom + load_pair(corner + 2 * columns, whole);
            }
            store_pair(corner, top, whole);
            store_pair(corner + 2 * columns, bottom, whole);
        }
    }
}

// The first of equal maxima wins; a NaN wins over everything before it.
extern "C" __global__ void __launch_bounds__(256) max_pool(const real* x, real* y, int* index, int columns, index_t lines)
{
    bool whole = aligned2(x);
    for (index_t line = blockIdx.y * blockDim.y + threadIdx.y; line < lines; line += gridDim.y * blockDim.y)
    {
        for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
        {
            index_t i = line * columns + c;
            const real* corner = x + window_corner(line, c, columns);
            cplx top = load_pair(corner, whole), bottom = load_pair(corner + 2 * columns, whole);
            real value[4] = {top.re, top.im, bottom.re, bottom.im};
            real largest = value[0];
            int position = 0;
#pragma unroll
            for (int p = 1; p < 4; p++)
            {
                bool wins = value[p] > largest || value[p] != value[p];
                largest = wins ? value[p] : largest;
                position = wins ? p : position;
            }
            y[i] = largest;
            index[i] = position;
        }
    }
}

extern "C" __global__ void __launch_bounds__(256) max_pool_backward(const real* y_bar, const int* index, real* x_bar, int columns, int add, index_t lines)
{
    bool whole = aligned2(x_bar);
    for (index_t line = blockIdx.y * blockDim.y + threadIdx.y; line < lines; line += gridDim.y * blockDim.y)
    {
        for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
        {
            index_t i = line * columns + c;
            real* corner = x_bar + window_corner(line, c, columns);
            real value = y_bar[i];
            int position = index[i] & 3; // a broken index cannot leave the window
            cplx top = make_cplx(position == 0 ? value : (real)0, position == 1 ? value : (real)0);
            cplx bottom = make_cplx(position == 2 ? value : (real)0, position == 3 ? value : (real)0);
            if (add)
            {
                top = top + load_pair(corner, whole);
                bottom = bottom + load_pair(corner + 2 * columns, whole);
            }
            store_pair(corner, top, whole);
            store_pair(corner + 2 * columns, bottom, whole);
        }
    }
}

// One number of each window: the other half of its sector is read in vain, so a pair costs what a number costs.
extern "C" __global__ void __launch_bounds__(256) max_pool_gather(const real* dx, const int* index, real* dy, int columns, index_t lines)
{
    for (index_t line = blockIdx.y * blockDim.y + threadIdx.y; line < lines; line += gridDim.y * blockDim.y)
    {
        for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
        {
            index_t i = line * columns + c;
            int position = index[i] & 3;
            dy[i] = dx[window_corner(line, c, columns) + (position >> 1) * 2 * columns + (position & 1)];
        }
    }
}

// y = x where x > 0, else slope x. Moves 2 numbers per element.
extern "C" __global__ void __launch_bounds__(256) leaky_relu(const real* x, real slope, real* y, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        y[i] = leaky(x[i], slope);
    }
}

// xBar (+)= m(x) yBar, m = 1 where x > 0, else slope. Moves 3 or 4 numbers per element.
extern "C" __global__ void __launch_bounds__(256) leaky_relu_backward(const real* x, const real* y_bar, real slope, real* x_bar, int add, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        real value = x[i] > 0 ? y_bar[i] : slope * y_bar[i];
        x_bar[i] = add ? x_bar[i] + value : value;
    }
}

// ================================================================================================================
// 7  fourier
// ================================================================================================================

// The images moved cyclically by (down, right) and scaled: y[b, (r + down) % rows, (c + right) % columns] = factor x[b, r, c].
// With cuFFT between two of these, index floor(n/2) is the origin of both sides for even and odd n. Grid: x over columns, y over rows,
// z over images. Moves 2 complex numbers per pixel, writes coalesced: bound by memory bandwidth, 85 % of it expected on every card.
extern "C" __global__ void __launch_bounds__(256)
    fft_roll(const cplx* x, cplx* y, int images, int rows, int columns, int down, int right, real factor)
{
    for (int b = blockIdx.z; b < images; b += gridDim.z)
    {
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            const cplx* source = x + ((index_t)b * rows + (r >= down ? r - down : r - down + rows)) * columns;
            cplx* target = y + ((index_t)b * rows + r) * columns;
            for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
            {
                target[c] = factor * source[c >= right ? c - right : c - right + columns];
            }
        }
    }
}

// ================================================================================================================
// 8  nufft
// ================================================================================================================

// Tables of a plan, points sorted so that neighbours on the grid are neighbours in memory:
//   along, across  [points, width]  window values along the row and across the rows; if the grid has fewer cells than the window has
//                                   values, those that meet in a cell are added up and the rest is zero
//   first_column, first_row [points] first grid cell of the window
//   original       [points]         where the point's value stands in the caller's order

// Cell of the centred pixel i of n on a grid of g cells whose origin is cell 0, inverted: the pixel of a cell, or -1.
static __device__ __forceinline__ int pixel_of_cell(int cell, int n, int g)
{
    int pixel = cell + n / 2;
    pixel = pixel >= g ? pixel - g : pixel;
    return pixel < n ? pixel : -1;
}

static __device__ __forceinline__ int cell_of_pixel(int pixel, int n, int g)
{
    int cell = pixel - n / 2;
    return cell < 0 ? cell + g : cell;
}

// grid = roll-off corrected image around cell 0, zero elsewhere. Grid: x over columns, y over rows, z over images. Writes every cell
// once, coalesced, and reads each pixel once: 1 + 1 / 4 complex numbers per cell at oversampling 2; bound by memory bandwidth, 85 % expected.
extern "C" __global__ void __launch_bounds__(256)
    nufft_pad(const cplx* image, const real* roll_x, const real* roll_y, cplx* grid, int images, int rows, int columns, int grid_rows, int grid_columns, real factor)
{
    for (int b = blockIdx.z; b < images; b += gridDim.z)
    {
        for (int cell_row = blockIdx.y * blockDim.y + threadIdx.y; cell_row < grid_rows; cell_row += gridDim.y * blockDim.y)
        {
            int r = pixel_of_cell(cell_row, rows, grid_rows);
            real row_factor = r >= 0 ? factor * roll_y[r] : 0;
            const cplx* source = image + ((index_t)b * rows + (r >= 0 ? r : 0)) * columns;
            cplx* target = grid + ((index_t)b * grid_rows + cell_row) * grid_columns;
            for (int cell = (int)thread_index(); cell < grid_columns; cell += (int)thread_count())
            {
                int c = r >= 0 ? pixel_of_cell(cell, columns, grid_columns) : -1;
                cplx value = make_cplx(0, 0);
                if (c >= 0)
                {
                    value = (row_factor * roll_x[c]) * source[c];
                }
                target[cell] = value;
            }
        }
    }
}

// image (+)= roll-off corrected cells around cell 0. The adjoint of nufft_pad; the grid is over pixels. Moves 2 (3) complex numbers per pixel.
extern "C" __global__ void __launch_bounds__(256)
    nufft_crop(const cplx* grid, const real* roll_x, const real* roll_y, cplx* image, int images, int rows, int columns, int grid_rows, int grid_columns, real factor, int add)
{
    for (int b = blockIdx.z; b < images; b += gridDim.z)
    {
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            real row_factor = factor * roll_y[r];
            const cplx* source = grid + ((index_t)b * grid_rows + cell_of_pixel(r, rows, grid_rows)) * grid_columns;
            cplx* target = image + ((index_t)b * rows + r) * columns;
            for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
            {
                cplx value = (row_factor * roll_x[c]) * source[cell_of_pixel(c, columns, grid_columns)];
                target[c] = add ? target[c] + value : value;
            }
        }
    }
}

// samples[b, original[p]] (+)= sum over the width x width cells around point p of across * along * grid[b].
// Eight lanes share a point: lane j reads columns j, j + 8, ..., so that a row of the window is one or two 32-byte sectors
// per 4 cells, and the lanes' sums meet in a fixed tree of shuffles. Four images per thread share the window values.
// Per point and image: width^2 cells of 2 sizeof(real) bytes, mostly from cache as sorted neighbours overlap, and 4 width^2
// FLOPs. Bound by L2 bandwidth: about 40 % of it expected on V100, A100 and H100, as 2 of 8 lanes idle at width 6. Two rows of four lanes
// each would take as many steps (2 x 3 against 1 x 6), with rows cut into two accesses.
extern "C" __global__ void __launch_bounds__(256)
    nufft_interpolate(const cplx* grid, const real* along, const real* across, const int* first_column, const int* first_row, const int* original, cplx* samples,
        int width, int grid_rows, int grid_columns, int points, int images, int add)
{
    const int lanes = 8, together = 4;
    int lane = threadIdx.x % lanes;
    int point = blockIdx.x * (blockDim.x / lanes) + threadIdx.x / lanes;
    int first_image = blockIdx.y * together;
    bool active = point < points; // idle lanes stay for the shuffles
    cplx sum[together] = {};
    if (active)
    {
        int column0 = first_column[point], row0 = first_row[point];
        index_t cells = (index_t)grid_rows * grid_columns;
        int columns = min(width, grid_columns), rows = min(width, grid_rows);
        for (int u = lane; u < columns; u += lanes)
        {
            int column = column0 + u < grid_columns ? column0 + u : column0 + u - grid_columns;
            real weight = along[(index_t)point * width + u];
            for (int v = 0; v < rows; v++)
            {
                int row = row0 + v < grid_rows ? row0 + v : row0 + v - grid_rows;
                real product = weight * across[(index_t)point * width + v];
                const cplx* cell = grid + (index_t)first_image * cells + (index_t)row * grid_columns + column;
#pragma unroll
                for (int b = 0; b < together; b++)
                {
                    if (first_image + b < images)
                    {
                        sum[b] = sum[b] + product * cell[b * cells];
                    }
                }
            }
        }
    }
#pragma unroll
    for (int b = 0; b < together; b++)
    {
        for (int offset = lanes / 2; offset > 0; offset /= 2)
        {
            sum[b].re += __shfl_xor_sync(0xffffffffu, sum[b].re, offset);
            sum[b].im += __shfl_xor_sync(0xffffffffu, sum[b].im, offset);
        }
        if (active && lane == 0 && first_image + b < images)
        {
            cplx* target = samples + (index_t)(first_image + b) * points + original[point];
            *target = add ? *target + sum[b] : sum[b];
        }
    }
}

// grid[b, cell] = sum over the points whose window covers the cell of along * across * samples[b, original[p]].
// Output-driven: a tile of 16 x 16 cells has a list of the points that reach it, cut into segments of 256 points at most; a block does one
// segment for four images. Segment s has the points segment_points[segment_start[s] .. segment_start[s + 1]) of tile segment_tile[s].
// The only segment of a tile (segment_slot -1; every tile has one, if an empty one) writes the grid; those of a tile with several write
// partial[slot, image, 256 cells], which nufft_spread_sum adds in the order of the slots. A warp owns 8 x 4 cells of the tile, a lane
// one. 32 points at a time go to shared memory; lane j asks whether point j reaches the warp's cells, and the warp takes those that do,
// one after another: each cell adds its points in the order of the list, without atomics, with the same bits in any run.
//
// Cost, width 6, per point in all: it reaches (1 + 5/16)^2 = 1.7 tiles and (1 + 5/8)(1 + 5/4) = 3.7 warps, each with some 40 instructions
// (of the PTX): 36 of 117 lane slots do work, 31 %, where one test per thread and point of a tile has 36 of 441, 8 %. Staging adds
// 1.7 / 32 x 8 warps x 30 instructions = 13: about 160 warp instructions for 36 x 4 complex products. Shared memory: window values are read
// from 8 (4) different words of a row, samples by all lanes from one address: no conflicts. Tiles in shared memory to which warps add
// would have 36 of 64 lane slots at work, but read and write 36 x 32 bytes for each point of which registers here need nothing, and take
// 64 KB for eight warps. Bound by instruction issue, at half of the peak rate: 130 000 points are to take some 45 us per four images
// on H100, 70 on A100, 90 on V100 (computed, not measured). Without segments the centre of a radial trajectory, 4000 points in one tile,
// would run alone for longer than all the rest: at 60 cycles per point for the busiest warp 150 us, against 10 for a segment. The
// 8 KB of partial sums of a segment are a third of what it reads, and mostly stay in the L2 cache.
extern "C" __global__ void __launch_bounds__(256)
    nufft_spread(const cplx* samples, const real* along, const real* across, const int* first_column, const int* first_row, const int* original, const int* segment_start,
        const int* segment_tile, const int* segment_slot, const int* segment_points, cplx* grid, cplx* partial, int width, int grid_rows, int grid_columns, int tile_columns,
        int points, int images)
{
    const int tile = 16, batch = 32, together = 4, widest = 16, lanes = 8; // lanes that stage a point: batch x lanes threads
    __shared__ real window_x[batch][widest];
    __shared__ real window_y[batch][widest];
    __shared__ __align__(16) cplx value[batch][together];
    __shared__ int start_x[batch];
    __shared__ int start_y[batch];
    int thread = threadIdx.x, lane = thread % 32, warp = thread / 32;
    int tile_index = segment_tile[blockIdx.x], slot = segment_slot[blockIdx.x];
    int corner_x = tile_index % tile_columns * tile + warp % 2 * 8, corner_y = tile_index / tile_columns * tile + warp / 2 * 4; // of the warp
    int cell_x = corner_x + lane % 8, cell_y = corner_y + lane / 8;
    int first_image = blockIdx.y * together;
    int begin = segment_start[blockIdx.x], end = segment_start[blockIdx.x + 1];
    cplx sum[together] = {};
    for (int start = begin; start < end; start += batch)
    {
        int count = min(batch, end - start);
        __syncthreads(); // the values of the round before are used up
        int staged = thread / lanes, part = thread % lanes;
        if (staged < count)
        {
            int point = segment_points[start + staged];
            for (int u = part; u < width; u += lanes)
            {
                window_x[staged][u] = along[(index_t)point * width + u];
                window_y[staged][u] = across[(index_t)point * width + u];
            }
            if (part < together)
            {
                int image = first_image + part;
                value[staged][part] = image < images ? samples[(index_t)image * points + original[point]] : make_cplx(0, 0);
            }
            else if (part == together)
            {
                start_x[staged] = first_column[point];
                start_y[staged] = first_row[point];
            }
        }
        __syncthreads();
        bool reaches = false;
        if (lane < count)
        {
            // From the first cell of the window to the warp's corner, round the end of the grid; or the window starts among the warp's cells.
            int u = corner_x - start_x[lane], v = corner_y - start_y[lane];
            u = u < 0 ? u + grid_columns : u;
            v = v < 0 ? v + grid_rows : v;
            reaches = (u < width || u + 8 > grid_columns) && (v < width || v + 4 > grid_rows);
        }
        for (unsigned hits = __ballot_sync(0xffffffffu, reaches); hits != 0; hits &= hits - 1)
        {
            int p = __ffs((int)hits) - 1;
            int u = cell_x - start_x[p], v = cell_y - start_y[p];
            u = u < 0 ? u + grid_columns : u; // the window goes round the end of the grid
            v = v < 0 ? v + grid_rows : v;
            if (u < width && v < width)
            {
                real weight = window_x[p][u] * window_y[p][v];
                vec4 first = load4(&value[p][0].re), second = load4(&value[p][2].re);
                sum[0] = sum[0] + weight * make_cplx(first.a, first.b);
                sum[1] = sum[1] + weight * make_cplx(first.c, first.d);
                sum[2] = sum[2] + weight * make_cplx(second.a, second.b);
                sum[3] = sum[3] + weight * make_cplx(second.c, second.d);
            }
        }
    }
    bool inside = cell_x < grid_columns && cell_y < grid_rows;
#pragma unroll
    for (int b = 0; b < together; b++)
    {
        int image = first_image + b;
        if (image < images && slot >= 0)
        {
            partial[((index_t)slot * images + image) * (tile * tile) + thread] = sum[b];
        }
        else if (image < images && inside)
        {
            grid[((index_t)image * grid_rows + cell_y) * grid_columns + cell_x] = sum[b];
        }
    }
}

// grid[b, cell] = sum over the slots split_start[s] .. split_start[s + 1] of a tile split_tile[s] with several segments, in their order. Grid: x over such
// tiles, y over images; threads stand for cells as in nufft_spread. Reads 2 KB per slot and image, in one piece: some 5 % of nufft_spread.
extern "C" __global__ void __launch_bounds__(256)
    nufft_spread_sum(const cplx* partial, const int* split_start, const int* split_tile, cplx* grid, int grid_rows, int grid_columns, int tile_columns, int images)
{
    const int tile = 16;
    int thread = threadIdx.x, lane = thread % 32, warp = thread / 32, tile_index = split_tile[blockIdx.x];
    int cell_x = tile_index % tile_columns * tile + warp % 2 * 8 + lane % 8, cell_y = tile_index / tile_columns * tile + warp / 2 * 4 + lane / 8;
    if (cell_x < grid_columns && cell_y < grid_rows)
    {
        for (int image = blockIdx.y; image < images; image += gridDim.y)
        {
            cplx sum = make_cplx(0, 0);
            for (int slot = split_start[blockIdx.x]; slot < split_start[blockIdx.x + 1]; slot++)
            {
                sum = sum + partial[((index_t)slot * images + image) * (tile * tile) + thread];
            }
            grid[((index_t)image * grid_rows + cell_y) * grid_columns + cell_x] = sum;
        }
    }
}

// table[p, j] = exp(sign 2 pi i k_p (j - floor(n/2)) / n) for the points first .. first + count - 1; coordinates (kx, ky), axis 0 or 1.
// Grid: x over j, y over points.
extern "C" __global__ void __launch_bounds__(256)
    nufft_exponentials(const double* coordinates, cplx* table, int axis, int n, double sign, int first, int count)
{
    for (int p = blockIdx.y * blockDim.y + threadIdx.y; p < count; p += gridDim.y * blockDim.y)
    {
        double k = coordinates[2 * (index_t)(first + p) + axis];
        for (int j = (int)thread_index(); j < n; j += (int)thread_count())
        {
            double sine, cosine;
            sincospi(sign * 2 * k * (j - n / 2) / n, &sine, &cosine);
            table[(index_t)p * n + j] = make_cplx((real)cosine, (real)sine);
        }
    }
}

// The transform by its definition: samples[b, first + p] (+)= factor sum over pixels of x[b, r, c] ey[p, r] ex[p, c]. One block of 32 x 4 threads
// per point and image; its threads' sums meet in a fixed tree.
extern "C" __global__ void __launch_bounds__(128)
    nufft_direct_forward(const cplx* images, const cplx* ex, const cplx* ey, cplx* samples, int rows, int columns, int first, int points, real factor, int add)
{
    __shared__ cplx partial[128];
    int thread = threadIdx.y * blockDim.x + threadIdx.x, p = blockIdx.x;
    cplx sum = make_cplx(0, 0);
    for (int r = threadIdx.y; r < rows; r += blockDim.y)
    {
        const cplx* line = images + ((index_t)blockIdx.y * rows + r) * columns;
        cplx across = ey[(index_t)p * rows + r];
        for (int c = threadIdx.x; c < columns; c += blockDim.x)
        {
            sum = sum + line[c] * (across * ex[(index_t)p * columns + c]);
        }
    }
    partial[thread] = sum;
    for (int half = 64; half > 0; half /= 2)
    {
        __syncthreads();
        if (thread < half)
        {
            partial[thread] = partial[thread] + partial[thread + half];
        }
    }
    if (thread == 0)
    {
        cplx* target = samples + (index_t)blockIdx.y * points + first + p;
        *target = add ? *target + factor * partial[0] : factor * partial[0];
    }
}

// Its adjoint for a chunk of points: images[b, r, c] += factor sum over p of samples[b, first + p] ey[p, r] ex[p, c], in the order of the points.
// Grid: x over columns, y over rows, z over images.
extern "C" __global__ void __launch_bounds__(256)
    nufft_direct_adjoint(const cplx* samples, const cplx* ex, const cplx* ey, cplx* image, int images, int rows, int columns, int first, int count, int points, real factor)
{
    for (int b = blockIdx.z; b < images; b += gridDim.z)
    {
        const cplx* sample = samples + (index_t)b * points + first;
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
            {
                cplx sum = make_cplx(0, 0);
                for (int p = 0; p < count; p++)
                {
                    sum = sum + sample[p] * (ey[(index_t)p * rows + r] * ex[(index_t)p * columns + c]);
                }
                cplx* target = image + ((index_t)b * rows + r) * columns + c;
                *target = *target + factor * sum;
            }
        }
    }
}

// ================================================================================================================
// 9  toeplitz
// ================================================================================================================

// H x = sum_c conj(S_c) crop(F^-1(K F(pad(S_c x)))) as pad-multiply, batched cuFFT of doubled size, multiply, cuFFT, crop-sum.
// An item is one modulation of one image; item i of a launch is modulation first_modulation + i % modulations of image
// first_image + i / modulations. maps are [sets, all_modulations, rows, columns]; image n uses set n % sets.
//
// Traffic in complex numbers per pixel and item: pad 2 read, 4 written; each transform two passes (rows, columns) of 4 read and 4
// written, 32 in all; multiply 8; sum 2: 48. Three quarters of the padded image are zero and three quarters of the result unused.
// Skipping the row passes over the lower half, with row plans of `rows` lines and strided column plans, would leave 40: the two row
// passes shrink from 16 to 8; the column passes need the zeros in memory and stay. Those 17 % are not taken: they bind cuFFT to a
// stride of 2 columns x items in the column passes, which its two-dimensional plans are free to avoid by transposed or blocked passes,
// and a column pass slower by a quarter eats them. A machine with a GPU can decide; the layout [2 rows, items, 2 columns] would
// make both passes one call each. Skipping the zeros in the column pass too, or joining pad, multiply and sum with the transforms, needs
// callbacks of cuFFT, which take device code linked into the library's kernels; the interop compiles at run time and cannot offer that.

static __device__ __forceinline__ index_t map_offset(int image, int modulation, int sets, int all_modulations, index_t pixels)
{
    return ((index_t)(image % sets) * all_modulations + modulation) * pixels;
}

// padded[item, r, c] = S x inside rows x columns, zero in the rest of the doubled image. Grid: x over pairs of columns, y over rows, z
// over items; a doubled row is a whole number of pairs, so that each is one store of 16 bytes.
// Writes 4 complex numbers per pixel and item and reads 2 (the image mostly from cache): bandwidth bound, 85 % expected on V100, A100, H100.
extern "C" __global__ void __launch_bounds__(256)
    toeplitz_pad(const cplx* x, const cplx* maps, cplx* padded, int items, int rows, int columns, int modulations, int first_image, int first_modulation, int sets, int all_modulations)
{
    index_t pixels = (index_t)rows * columns;
    for (int item = blockIdx.z; item < items; item += gridDim.z)
    {
        int image = first_image + item / modulations, modulation = first_modulation + item % modulations;
        const cplx* map = maps + map_offset(image, modulation, sets, all_modulations, pixels);
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < 2 * rows; r += gridDim.y * blockDim.y)
        {
            index_t line = (index_t)r * columns;
            real* target = reinterpret_cast<real*>(padded + ((index_t)item * 2 * rows + r) * 2 * columns);
            for (int pair = (int)thread_index(); pair < columns; pair += (int)thread_count())
            {
                int c = 2 * pair;
                cplx left = make_cplx(0, 0), right = left;
                if (r < rows && c < columns)
                {
                    left = map[line + c] * x[image * pixels + line + c];
                }
                if (r < rows && c + 1 < columns)
                {
                    right = map[line + c + 1] * x[image * pixels + line + c + 1];
                }
                vec4 both = {left.re, left.im, right.re, right.im};
                store4(target + 4 * pair, both);
            }
        }
    }
}

// padded *= factor K, K real and shared by all items. Grid: x over pairs of cells of a plane, which has an even number of them, y over items.
// A thread keeps K for all its items; 2 accesses of 16 bytes per pair and item: bandwidth bound, 85 to 90 % expected.
extern "C" __global__ void __launch_bounds__(256) toeplitz_multiply(cplx* padded, const real* spectrum, real factor, index_t plane, index_t items)
{
    for (index_t pair = thread_index(); pair < plane / 2; pair += thread_count())
    {
        real left = factor * spectrum[2 * pair], right = factor * spectrum[2 * pair + 1];
        for (index_t item = blockIdx.y; item < items; item += gridDim.y)
        {
            real* cells = reinterpret_cast<real*>(padded + item * plane) + 4 * pair;
            vec4 value = load4(cells);
            value.a *= left;
            value.b *= left;
            value.c *= right;
            value.d *= right;
            store4(cells, value);
        }
    }
}

// y[image, pixel] (+)= sum over the launch's modulations of conj(S) padded, in their order. Grid: x over columns, y over rows, z over images.
// Reads 2 complex numbers per pixel and item: bandwidth bound, 85 % expected; a quarter of the padded array is touched, in whole sectors.
extern "C" __global__ void __launch_bounds__(256)
    toeplitz_sum(const cplx* padded, const cplx* maps, cplx* y, int images, int rows, int columns, int modulations, int first_image, int first_modulation, int sets, int all_modulations,
        int add)
{
    index_t pixels = (index_t)rows * columns;
    for (int b = blockIdx.z; b < images; b += gridDim.z)
    {
        int image = first_image + b;
        const cplx* map = maps + map_offset(image, first_modulation, sets, all_modulations, pixels);
        const cplx* doubled = padded + (index_t)b * modulations * 4 * pixels;
        for (int r = blockIdx.y * blockDim.y + threadIdx.y; r < rows; r += gridDim.y * blockDim.y)
        {
            for (int c = (int)thread_index(); c < columns; c += (int)thread_count())
            {
                index_t pixel = (index_t)r * columns + c, cell = (index_t)r * 2 * columns + c;
                cplx sum = make_cplx(0, 0);
                for (int m = 0; m < modulations; m++)
                {
                    sum = sum + conj(map[m * pixels + pixel]) * doubled[m * 4 * pixels + cell];
                }
                cplx* target = y + image * pixels + pixel;
                *target = add ? *target + sum : sum;
            }
        }
    }
}

// ================================================================================================================
// 10  solvers
// ================================================================================================================

// One step of Anderson acceleration, type II, of every slice at once, without the host: three kernels per evaluation of
// the map. z [slices, size] is the iterate, values and steps [memory, slices, size] are rings of f(z) and g = f(z) - z.
//
//   anderson_products  g, |f|^2 and the new row <g_i, g> of the Gram matrix, in double, one partial result per block
//   anderson_solve     one block per slice: residual, status, restart rule, Gram row, weights
//   anderson_mix       best value so far, next z
//
// A slice whose status is not RUNNING is left alone by all three. Derivation: docs/derivations/anderson.md; the same rules
// in C#: src/Autodiff/Implicit/Solvers/HostAnderson.cs and src/Kernels/Linalg/AndersonLeastSquares.cs.

enum // fields of the state [slices, ANDERSON_FIELDS]
{
    ANDERSON_STATUS,      // RUNNING, CONVERGED or NOT_FINITE
    ANDERSON_COUNT,       // pairs in the history
    ANDERSON_GROWING,     // evaluations in a row whose residual was far above the best
    ANDERSON_RESTARTS,
    ANDERSON_EVALUATIONS,
    ANDERSON_NEXT,        // what becomes of z: one of the NEXT_ values
    ANDERSON_BETTER,      // 1 if this f is the best so far
    ANDERSON_FIELDS,
};

enum
{
    RUNNING,
    CONVERGED,
    NOT_FINITE,
};

enum
{
    NEXT_KEEP,
    NEXT_VALUE, // z = f
    NEXT_MIX,   // z = beta sum of alpha f + (1 - beta) sum of alpha z
    NEXT_BEST,  // z = the best f so far: a restart
};

enum
{
    ANDERSON_GROUP = 8,   // products that one block accumulates in registers
    ANDERSON_MEMORY = 32, // largest memory: a lane per pair
};

// steps[newest] = f - z, and per block the sums <steps[j], g> for the pairs j in the history, and |f|^2:
// parts [slices, memory + 1, gridDim.y]. Grid: x over slices, y over parts, z over groups of ANDERSON_GROUP pairs.
// Reads z, f and the history once and writes g: (count + 2) scalars per element for up to 8 pairs. Per scalar of history
// one conversion and one double FMA: memory-bound on V100, A100 and H100; one image of 256 x 256 (4 MB with 5 pairs) stays in the
// second-level cache of A100 and H100 and takes less than its launch.
extern "C" __global__ void __launch_bounds__(256) anderson_products(
    const real* z, const real* values, real* steps, const int* state, double* parts, int memory, int newest, index_t size)
{
    int slice = blockIdx.x, slices = gridDim.x, first = blockIdx.z * ANDERSON_GROUP;
    const int* mine = state + slice * ANDERSON_FIELDS;
    if (mine[ANDERSON_STATUS] != RUNNING)
    {
        return;
    }

    int count = mine[ANDERSON_COUNT] < memory ? mine[ANDERSON_COUNT] + 1 : memory;
    index_t ring = slices * size;
    const real* point = z + slice * size;
    const real* value = values + newest * ring + slice * size;
    real* history = steps + slice * size;
    double products[ANDERSON_GROUP], square = 0;
    int used = 0; // bit j: pair first + j is older than the new one and in the history
#pragma unroll
    for (int j = 0; j < ANDERSON_GROUP; j++)
    {
        int age = (newest - (first + j) + memory) % memory;
        used |= first + j < memory && age > 0 && age < count ? 1 << j : 0;
        products[j] = 0;
    }

    index_t stride = (index_t)gridDim.y * blockDim.x;
    for (index_t i = (index_t)blockIdx.y * blockDim.x + threadIdx.x; i < size; i += stride)
    {
        real f = value[i], g = f - point[i];
        square += (double)f * f;
        if (first == 0)
        {
            history[newest * ring + i] = g;
        }

#pragma unroll
        for (int j = 0; j < ANDERSON_GROUP; j++)
        {
            if (first + j == newest)
            {
                products[j] += (double)g * g;
            }
            else if (used >> j & 1)
            {
                products[j] += (double)g * history[(first + j) * ring + i];
            }
        }
    }

    // All sums together: a tree per warp, one barrier, then one warp per sum.
    __shared__ double sums[ANDERSON_GROUP + 1][32];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
#pragma unroll
    for (int j = 0; j <= ANDERSON_GROUP; j++)
    {
        double sum = warp_reduce(Plus(), j < ANDERSON_GROUP ? products[j] : square);
        if (lane == 0)
        {
            sums[j][warp] = sum;
        }
    }

    __syncthreads();
    double* target = parts + (index_t)slice * (memory + 1) * gridDim.y + blockIdx.y;
    for (int j = warp; j <= ANDERSON_GROUP; j += warps)
    {
        double sum = warp_reduce(Plus(), lane < warps ? sums[j][lane] : 0);
        int row = j < ANDERSON_GROUP ? first + j : memory; // |f|^2 comes after the products, from the first group
        if (lane == 0 && (j < ANDERSON_GROUP ? row < memory : first == 0))
        {
            target[(index_t)row * gridDim.y] = sum;
        }
    }
}

// Lower triangle of a symmetric n x n matrix to L with L L^T = the matrix, by one warp: lane i holds row i, the columns
// follow each other. False if a pivot is not above 1e-14 of its diagonal entry.
static __device__ __forceinline__ bool warp_cholesky(double* matrix, int n, int lane)
{
    for (int j = 0; j < n; j++)
    {
        double entry = 0, sum = 0;
        if (lane >= j && lane < n)
        {
            entry = sum = matrix[lane * n + j];
            for (int k = 0; k < j; k++)
            {
                sum -= matrix[lane * n + k] * matrix[j * n + k];
            }
        }

        double pivot = __shfl_sync(0xffffffffu, sum, j), diagonal = __shfl_sync(0xffffffffu, entry, j);
        if (!(pivot > 1e-14 * diagonal))
        {
            return false; // also for NaN; all lanes agree
        }

        double root = sqrt(pivot);
        __syncwarp();
        if (lane >= j && lane < n)
        {
            matrix[lane * n + j] = lane == j ? root : sum / root;
        }

        __syncwarp();
    }

    return true;
}

// L L^T x = b by one warp; lane i holds b[i] and receives x[i].
static __device__ __forceinline__ double warp_solve_factored(const double* factor, int n, double b, int lane)
{
    for (int i = 0; i < n; i++)
    {
        b = lane == i ? b / factor[i * n + i] : b;
        double x = __shfl_sync(0xffffffffu, b, i);
        b = lane > i && lane < n ? b - factor[lane * n + i] * x : b;
    }

    for (int i = n - 1; i >= 0; i--)
    {
        b = lane == i ? b / factor[i * n + i] : b;
        double x = __shfl_sync(0xffffffffu, b, i);
        b = lane < i ? b - factor[i * n + lane] * x : b;
    }

    return b;
}

// The weights alpha that minimise |sum of alpha_i g_i|^2 + ridge with sum of alpha = 1, by one warp; lane i returns
// alpha_i of the i-th oldest pair. `gram` is by ring position, `oldest` that of the first of n. As AndersonLeastSquares.Weights.
static __device__ __forceinline__ bool anderson_weights(
    const double* gram, double* matrix, int memory, int oldest, int n, double ridge, int ridge_mode, int lane, double* alpha)
{
    int position = (oldest + lane) % memory;
    double square = lane < n ? gram[position * memory + position] : 1;
    if (__any_sync(0xffffffffu, !(square > 0 && isfinite(square))))
    {
        return false;
    }

    double root = sqrt(square), mean = 0;
    for (int i = 0; i < n; i++)
    {
        mean += __shfl_sync(0xffffffffu, square, i) / n;
    }

    double trial = ridge;
    do
    {
        for (int j = 0; j < n; j++)
        {
            double other = __shfl_sync(0xffffffffu, root, j);
            if (lane < n)
            {
                matrix[lane * n + j] = lane == j
                    ? 1 + trial * (ridge_mode == 0 ? 1 : (ridge_mode == 1 ? mean : 1) / square)
                    : gram[position * memory + (oldest + j) % memory] / root / other;
            }
        }

        __syncwarp();
        if (warp_cholesky(matrix, n, lane))
        {
            double weight = warp_solve_factored(matrix, n, 1 / root, lane) / root, sum = 0;
            for (int i = 0; i < n; i++)
            {
                sum += __shfl_sync(0xffffffffu, weight, i);
            }

            if (isfinite(1 / sum))
            {
                *alpha = weight / sum;
                return true;
            }
        }

        __syncwarp(); // all lanes have read the matrix
        trial = 10 * trial > 1e-12 ? 10 * trial : 1e-12;
    }
    while (trial <= 1e-2 * 1.0001);

    return false;
}

// One block per slice. From the parts of anderson_products: the residual |g| / |f|, whether it is the best, the status,
// the restart rule, the new Gram row and the weights. Records residuals [slices, limit], weights [slices, limit, memory],
// oldest pair first, and their number, terms [slices, limit] (0: the step was not a mixture). mix [slices, memory] holds the
// weights by ring position for anderson_mix. best_residuals starts at infinity, the integer state at 0.
// Work: some n^3 / 6 + 4 n^2 double operations by a warp, a chain of about 4 n divisions and n roots: 5 to 10 microseconds for
// n = 5 on any of the three, hidden behind nothing, so it is the floor of a step on small images.
extern "C" __global__ void __launch_bounds__(256) anderson_solve(
    const double* parts, int part_count, int* state, double* best_residuals, double* gram, double* mix,
    double* residuals, double* weights, int* terms, int memory, int newest, int limit,
    double tolerance, double ridge, int ridge_mode, double growth_limit, int restart_after)
{
    __shared__ double sums[ANDERSON_MEMORY + 1];
    __shared__ double matrix[ANDERSON_MEMORY * ANDERSON_MEMORY];
    int slice = blockIdx.x, lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    int* mine = state + slice * ANDERSON_FIELDS;
    if (mine[ANDERSON_STATUS] != RUNNING)
    {
        if (threadIdx.x == 0)
        {
            mine[ANDERSON_NEXT] = NEXT_KEEP;
            mine[ANDERSON_BETTER] = 0;
        }

        return;
    }

    for (int row = warp; row <= memory; row += blockDim.x >> 5)
    {
        const double* source = parts + ((index_t)slice * (memory + 1) + row) * part_count;
        double sum = 0;
        for (int i = lane; i < part_count; i += 32)
        {
            sum += source[i];
        }

        sum = warp_reduce(Plus(), sum);
        if (lane == 0)
        {
            sums[row] = sum;
        }
    }

    __syncthreads();
    if (warp > 0)
    {
        return;
    }

    int count = mine[ANDERSON_COUNT] < memory ? mine[ANDERSON_COUNT] + 1 : memory;
    int growing = mine[ANDERSON_GROWING], evaluation = mine[ANDERSON_EVALUATIONS];
    double residual = sqrt(sums[newest]) / (sqrt(sums[memory]) + 1e-30); // 1e-30: a guard far below any data
    double best = best_residuals[slice];
    bool better = residual < best; // false for NaN, and infinity is not better than infinity
    best = better ? residual : best;
    int status = !isfinite(residual) ? NOT_FINITE : residual <= tolerance ? CONVERGED : RUNNING;
    int next = status == RUNNING ? NEXT_VALUE : NEXT_KEEP, mixed = 0, restarted = 0;
    if (status == RUNNING)
    {
        growing = residual > growth_limit * best ? growing + 1 : 0;
        restarted = restart_after > 0 && growing >= restart_after;
    }

    __syncwarp(); // all lanes have read the state
    double* table = gram + (index_t)slice * memory * memory;
    if (restarted)
    {
        count = 0;
        growing = 0;
        next = NEXT_BEST;
    }
    else if (status == RUNNING)
    {
        int age = (newest - lane + memory) % memory;
        if (lane < memory && age < count)
        {
            table[lane * memory + newest] = sums[lane];
            table[newest * memory + lane] = sums[lane];
        }

        __syncwarp();
        double alpha = 0;
        for (; count > 1 && mixed == 0; count -= mixed == 0)
        {
            int oldest = (newest - count + 1 + memory) % memory;
            if (anderson_weights(table, matrix, memory, oldest, count, ridge, ridge_mode, lane, &alpha))
            {
                mixed = count;
                next = NEXT_MIX;
                if (lane < count)
                {
                    weights[((index_t)slice * limit + evaluation) * memory + lane] = alpha;
                    mix[slice * memory + (oldest + lane) % memory] = alpha;
                }
            }
        }
    }

    if (lane == 0)
    {
        residuals[(index_t)slice * limit + evaluation] = residual;
        terms[(index_t)slice * limit + evaluation] = mixed;
        best_residuals[slice] = best;
        mine[ANDERSON_STATUS] = status;
        mine[ANDERSON_COUNT] = count;
        mine[ANDERSON_GROWING] = growing;
        mine[ANDERSON_RESTARTS] += restarted;
        mine[ANDERSON_EVALUATIONS] = evaluation + 1;
        mine[ANDERSON_NEXT] = next;
        mine[ANDERSON_BETTER] = better;
    }
}

// best = f where this f is the best so far; then the next z as anderson_solve decided. keep = 1 - beta.
// Grid: x over slices, y over parts. Moves (count + 1) scalars per element, 2 count + 1 with keep != 0.
extern "C" __global__ void __launch_bounds__(256) anderson_mix(
    const real* values, const real* steps, const int* state, const double* mix, real* z, real* best,
    double keep, int memory, int newest, index_t size)
{
    __shared__ real share[ANDERSON_MEMORY], share_of_steps[ANDERSON_MEMORY];
    __shared__ index_t place[ANDERSON_MEMORY];
    int slice = blockIdx.x, slices = gridDim.x;
    const int* mine = state + slice * ANDERSON_FIELDS;
    int next = mine[ANDERSON_NEXT], better = mine[ANDERSON_BETTER], count = mine[ANDERSON_COUNT];
    index_t ring = slices * size, start = slice * size;
    if (next == NEXT_MIX && (int)threadIdx.x < count)
    {
        int position = (newest - count + 1 + (int)threadIdx.x + memory) % memory; // oldest pair first
        double alpha = mix[slice * memory + position];
        place[threadIdx.x] = position * ring + start;
        share[threadIdx.x] = (real)alpha;
        share_of_steps[threadIdx.x] = (real)(-keep * alpha);
    }

    __syncthreads();
    const real* value = values + newest * ring + start;
    index_t stride = (index_t)gridDim.y * blockDim.x;
    for (index_t i = (index_t)blockIdx.y * blockDim.x + threadIdx.x; i < size; i += stride)
    {
        real f = value[i];
        if (better)
        {
            best[start + i] = f;
        }

        if (next == NEXT_MIX)
        {
            real sum = 0;
#pragma unroll 4
            for (int t = 0; t < count; t++)
            {
                sum += share[t] * values[place[t] + i];
            }

            for (int t = 0; t < count && keep != 0; t++)
            {
                sum += share_of_steps[t] * steps[place[t] + i];
            }

            z[start + i] = sum;
        }
        else if (next != NEXT_KEEP)
        {
            z[start + i] = next == NEXT_BEST ? best[start + i] : f;
        }
    }
}

// One step of conjugate gradients of every slice at once, without the host, for q = (H + shift) p:
//
//   sum_parts, combine_sums  curvature [slices] = <p, q>
//   cg_update     x += (square / curvature) p, r -= (square / curvature) q, and the parts of the new square |r|^2
//   cg_judge      one block per slice: square, its ratio to the one before, status
//   cg_direction  p = r + ratio p
//
// A slice that is not running is left alone. The same rules in C#: src/Kernels/Linalg/ConjugateGradient.cs.

enum // fields of the state [slices, CG_FIELDS]
{
    CG_STOPPED, // 0 while running
    CG_STATUS,  // a LinearSolveStatus
    CG_STEPS,
    CG_FIELDS,
};

enum // LinearSolveStatus
{
    CG_CONVERGED,
    CG_ITERATION_LIMIT,
    CG_BREAKDOWN,
    CG_NOT_FINITE,
};

// Grid: x over slices, y over parts. Moves 6 scalars per element; memory-bound like the maps.
extern "C" __global__ void __launch_bounds__(256) cg_update(
    const int* state, const double* squares, const double* curvatures, const real* p, const real* q, real* x, real* r,
    double* parts, index_t size)
{
    int slice = blockIdx.x;
    double curvature = curvatures[slice];
    if (state[slice * CG_FIELDS + CG_STOPPED] || !(curvature > 0))
    {
        return; // cg_judge looks at the curvature as well
    }

    real step = (real)(squares[slice] / curvature);
    double sum = 0;
    index_t start = slice * size, stride = (index_t)gridDim.y * blockDim.x;
    for (index_t i = (index_t)blockIdx.y * blockDim.x + threadIdx.x; i < size; i += stride)
    {
        real residual = r[start + i] - step * q[start + i];
        x[start + i] += step * p[start + i];
        r[start + i] = residual;
        sum += (double)residual * residual;
    }

    sum = block_reduce(Plus(), sum);
    if (threadIdx.x == 0)
    {
        parts[(index_t)slice * gridDim.y + blockIdx.y] = sum;
    }
}

// rhs_squares [slices] = |rhs|^2. With first = 1 the parts are those of the start and no step is counted.
extern "C" __global__ void __launch_bounds__(256) cg_judge(
    int first, const double* parts, int part_count, const double* curvatures, const double* rhs_squares, int* state,
    double* squares, double* ratios, double tolerance)
{
    int slice = blockIdx.x;
    int* mine = state + slice * CG_FIELDS;
    if (mine[CG_STOPPED])
    {
        return;
    }

    bool flat = !first && !(curvatures[slice] > 0);
    double square = 0;
    for (int i = threadIdx.x; i < part_count && !flat; i += blockDim.x)
    {
        square += parts[(index_t)slice * part_count + i];
    }

    square = block_reduce(Plus(), square);
    if (threadIdx.x > 0)
    {
        return;
    }

    mine[CG_STEPS] += first ? 0 : 1;
    if (flat)
    {
        mine[CG_STOPPED] = 1;
        mine[CG_STATUS] = isfinite(curvatures[slice]) ? CG_BREAKDOWN : CG_NOT_FINITE;
        return;
    }

    ratios[slice] = first ? 0 : square / squares[slice];
    squares[slice] = square;
    bool converged = square == 0 || sqrt(square) <= tolerance * sqrt(rhs_squares[slice]);
    mine[CG_STOPPED] = !isfinite(square) || converged;
    mine[CG_STATUS] = !isfinite(square) ? CG_NOT_FINITE : converged ? CG_CONVERGED : CG_ITERATION_LIMIT;
}

// Grid: x over slices, y over parts. Moves 3 scalars per element.
extern "C" __global__ void __launch_bounds__(256)
    cg_direction(const int* state, const double* ratios, const real* r, real* p, index_t size)
{
    int slice = blockIdx.x;
    if (state[slice * CG_FIELDS + CG_STOPPED])
    {
        return;
    }

    real ratio = (real)ratios[slice];
    index_t start = slice * size, stride = (index_t)gridDim.y * blockDim.x;
    for (index_t i = (index_t)blockIdx.y * blockDim.x + threadIdx.x; i < size; i += stride)
    {
        p[start + i] = ratio * p[start + i] + r[start + i];
    }
}

// ================================================================================================================
// 11  optimiser
// ================================================================================================================

// Adam, all four arrays in one pass:
//   m = beta1 m + rest1 g      v = beta2 v + rest2 g g      p -= rate m / (sqrt(correction v) + epsilon)
// with rest = 1 - beta, rate = eta / (1 - beta1^t) and correction = 1 / (1 - beta2^t) formed in double by the host.
// Moves 7 scalars per parameter (28 bytes in single precision): memory-bound, 85 % of the bandwidth on large arrays.
extern "C" __global__ void __launch_bounds__(256) adam_step(
    real* p, const real* g, real* m, real* v, real scale, real beta1, real beta2, real rest1, real rest2,
    real rate, real correction, real epsilon, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        real gradient = scale * g[i];
        real mean = beta1 * m[i] + rest1 * gradient;
        real square = beta2 * v[i] + rest2 * gradient * gradient;
        m[i] = mean;
        v[i] = square;
        p[i] -= rate * mean / (sqrt(correction * square) + epsilon);
    }
}

// The four 32-bit words of one block of Philox4x32 with 10 rounds, [SAL11]; the same integers as CounterRandom.Block.
struct PhiloxWords
{
    unsigned int a, b, c, d;
};

static __device__ __forceinline__ PhiloxWords philox(unsigned long long seed, unsigned long long stream, unsigned long long index)
{
    unsigned int c0 = (unsigned int)index, c1 = (unsigned int)(index >> 32);
    unsigned int c2 = (unsigned int)stream, c3 = (unsigned int)(stream >> 32);
    unsigned int k0 = (unsigned int)seed, k1 = (unsigned int)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++)
    {
        unsigned long long p0 = 0xD2511F53ull * c0, p1 = 0xCD9E8D57ull * c2;
        c0 = (unsigned int)(p1 >> 32) ^ c1 ^ k0;
        c1 = (unsigned int)p1;
        c2 = (unsigned int)(p0 >> 32) ^ c3 ^ k1;
        c3 = (unsigned int)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }

    PhiloxWords words = {c0, c1, c2, c3};
    return words;
}

// 53 random bits as a number in [0, 1).
static __device__ __forceinline__ double unit_interval(unsigned int high, unsigned int low)
{
    return (double)(((unsigned long long)high << 32 | low) >> 11) * (1.0 / 9007199254740992.0);
}

// y[i] = deviation n, n normal of mean 0 and variance 1 (Box-Muller, in double): draw i of (seed, stream). The random
// integers equal the host's; logarithm and cosine may differ from its in the last places of a double.
extern "C" __global__ void __launch_bounds__(256) random_normal(
    unsigned long long seed, unsigned long long stream, double deviation, real* y, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        PhiloxWords words = philox(seed, stream, (unsigned long long)i);
        double radius = sqrt(-2 * log(1 - unit_interval(words.a, words.b)));
        y[i] = (real)(deviation * (radius * cospi(2 * unit_interval(words.c, words.d))));
    }
}
