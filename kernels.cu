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

// The image moved cyclically by (down, right) and scaled: y[b, (r + down) % rows, (c + right) % columns] = factor x[b, r, c].
// With cuFFT between two of these, index floor(n/2) is the origin of both sides for even and odd n.
// Moves 2 complex numbers per pixel, writes coalesced: bound by memory bandwidth, 85 % of it expected on every card.
extern "C" __global__ void __launch_bounds__(256)
    fft_roll(const cplx* x, cplx* y, int rows, int columns, int down, int right, real factor, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        index_t line = i / columns;
        int column = (int)(i - line * columns);
        index_t image = line / rows;
        int row = (int)(line - image * rows);
        int from_row = row >= down ? row - down : row - down + rows;
        int from_column = column >= right ? column - right : column - right + columns;
        y[i] = factor * x[(image * rows + from_row) * columns + from_column];
    }
}

// ================================================================================================================
// 8  nufft
// ================================================================================================================

// Tables of a plan, points sorted so that neighbours on the grid are neighbours in memory:
//   along, across  [points, width]  window values along the row and across the rows
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

// grid = roll-off corrected image around cell 0, zero elsewhere. Writes every cell once, coalesced; reads each pixel once.
extern "C" __global__ void __launch_bounds__(256)
    nufft_pad(const cplx* images, const real* roll_x, const real* roll_y, cplx* grid, int rows, int columns, int grid_rows, int grid_columns, real factor, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        index_t line = i / grid_columns;
        index_t image = line / grid_rows;
        int c = pixel_of_cell((int)(i - line * grid_columns), columns, grid_columns);
        int r = pixel_of_cell((int)(line - image * grid_rows), rows, grid_rows);
        cplx value = make_cplx(0, 0);
        if (r >= 0 && c >= 0)
        {
            value = (factor * roll_x[c] * roll_y[r]) * images[(image * rows + r) * columns + c];
        }
        grid[i] = value;
    }
}

// image (+)= roll-off corrected cells around cell 0. The adjoint of nufft_pad.
extern "C" __global__ void __launch_bounds__(256)
    nufft_crop(const cplx* grid, const real* roll_x, const real* roll_y, cplx* images, int rows, int columns, int grid_rows, int grid_columns, real factor, int add, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        index_t line = i / columns;
        int c = (int)(i - line * columns);
        index_t image = line / rows;
        int r = (int)(line - image * rows);
        index_t cell = (image * grid_rows + cell_of_pixel(r, rows, grid_rows)) * grid_columns + cell_of_pixel(c, columns, grid_columns);
        cplx value = (factor * roll_x[c] * roll_y[r]) * grid[cell];
        images[i] = add ? images[i] + value : value;
    }
}

// samples[b, original[p]] (+)= sum over the width x width cells around point p of across * along * grid[b].
// Eight lanes share a point: lane j reads columns j, j + 8, ..., so that a row of the window is one or two 32-byte sectors
// per 4 cells, and the lanes' sums meet in a fixed tree of shuffles. Four images per thread share the window values.
// Per point and image: width^2 cells of 2 sizeof(real) bytes, mostly from cache as sorted neighbours overlap, and 4 width^2
// FLOPs. Bound by L2 bandwidth: about 40 % of it expected on V100, A100 and H100, as 2 of 8 lanes idle at width 6.
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
        for (int u = lane; u < width; u += lanes)
        {
            int column = (column0 + u) % grid_columns;
            real weight = along[(index_t)point * width + u];
            for (int v = 0; v < width; v++)
            {
                int row = (row0 + v) % grid_rows;
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
// Output-driven: a block owns a tile of 16 x 16 cells of four images, a thread one cell. The points that reach the tile are
// listed in tile_points[tile_start[tile] .. tile_start[tile + 1]); the block takes them through shared memory 32 at a time
// and each thread adds those that cover its cell, in the order of the list: no atomics, the same bits in any run.
// Per tile and point: 2 width + 8 scalars from memory, 256 tests of some 8 integer operations and 4 width^2 x 4 FLOPs.
// Bound by instruction issue, about 30 % of a card's integer rate; the many points of the central tiles run as one block of
// some 30 us, which is the floor of the whole kernel.
extern "C" __global__ void __launch_bounds__(256)
    nufft_spread(const cplx* samples, const real* along, const real* across, const int* first_column, const int* first_row, const int* original, const int* tile_start,
        const int* tile_points, cplx* grid, int width, int grid_rows, int grid_columns, int tile_columns, int points, int images)
{
    const int tile = 16, batch = 32, together = 4, widest = 16;
    __shared__ real window_x[batch][widest];
    __shared__ real window_y[batch][widest];
    __shared__ cplx value[batch][together];
    __shared__ int start_x[batch];
    __shared__ int start_y[batch];
    int thread = threadIdx.x;
    int tile_x = blockIdx.x % tile_columns * tile, tile_y = blockIdx.x / tile_columns * tile;
    int cell_x = tile_x + thread % tile, cell_y = tile_y + thread / tile;
    int first_image = blockIdx.y * together;
    int begin = tile_start[blockIdx.x], end = tile_start[blockIdx.x + 1];
    cplx sum[together] = {};
    for (int start = begin; start < end; start += batch)
    {
        int count = min(batch, end - start);
        __syncthreads(); // the values of the round before are used up
        for (int i = thread; i < count * width; i += blockDim.x)
        {
            int p = i / width, u = i % width;
            index_t point = tile_points[start + p];
            window_x[p][u] = along[point * width + u];
            window_y[p][u] = across[point * width + u];
        }
        for (int i = thread; i < count * together; i += blockDim.x)
        {
            int p = i / together, b = i % together;
            int point = tile_points[start + p];
            value[p][b] = first_image + b < images ? samples[(index_t)(first_image + b) * points + original[point]] : make_cplx(0, 0);
            if (b == 0)
            {
                start_x[p] = first_column[point];
                start_y[p] = first_row[point];
            }
        }
        __syncthreads();
        for (int p = 0; p < count; p++)
        {
            int u = cell_x - start_x[p], v = cell_y - start_y[p];
            u = u < 0 ? u + grid_columns : u; // the window goes round the end of the grid
            v = v < 0 ? v + grid_rows : v;
            for (int y = v; y < width; y += grid_rows) // once, unless the grid is smaller than the window
            {
                for (int x = u; x < width; x += grid_columns)
                {
                    real weight = window_x[p][x] * window_y[p][y];
#pragma unroll
                    for (int b = 0; b < together; b++)
                    {
                        sum[b] = sum[b] + weight * value[p][b];
                    }
                }
            }
        }
    }
    if (cell_x < grid_columns && cell_y < grid_rows)
    {
        for (int b = 0; b < together && first_image + b < images; b++)
        {
            grid[((index_t)(first_image + b) * grid_rows + cell_y) * grid_columns + cell_x] = sum[b];
        }
    }
}

// table[p, j] = exp(sign 2 pi i k_p (j - floor(n/2)) / n) for the points first .. first + count - 1; coordinates (kx, ky), axis 0 or 1.
extern "C" __global__ void __launch_bounds__(256)
    nufft_exponentials(const double* coordinates, cplx* table, int axis, int n, double sign, int first, int count)
{
    index_t total = (index_t)count * n;
    for (index_t i = thread_index(); i < total; i += thread_count())
    {
        int p = (int)(i / n), j = (int)(i % n);
        double sine, cosine;
        sincospi(sign * 2 * coordinates[2 * (index_t)(first + p) + axis] * (j - n / 2) / n, &sine, &cosine);
        table[i] = make_cplx((real)cosine, (real)sine);
    }
}

// The transform by its definition: samples[b, first + p] (+)= factor sum over pixels of x[b, r, c] ey[p, r] ex[p, c]. One block per point
// and image; its threads' sums meet in a fixed tree.
extern "C" __global__ void __launch_bounds__(128)
    nufft_direct_forward(const cplx* images, const cplx* ex, const cplx* ey, cplx* samples, int rows, int columns, int first, int points, real factor, int add)
{
    __shared__ cplx partial[128];
    int thread = threadIdx.x, p = blockIdx.x;
    index_t pixels = (index_t)rows * columns;
    const cplx* image = images + blockIdx.y * pixels;
    cplx sum = make_cplx(0, 0);
    for (index_t i = thread; i < pixels; i += blockDim.x)
    {
        sum = sum + image[i] * (ey[(index_t)p * rows + i / columns] * ex[(index_t)p * columns + i % columns]);
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
extern "C" __global__ void __launch_bounds__(128)
    nufft_direct_adjoint(const cplx* samples, const cplx* ex, const cplx* ey, cplx* images, int rows, int columns, int first, int count, int points, real factor, index_t pixels)
{
    index_t i = thread_index();
    if (i < pixels)
    {
        index_t image = i / ((index_t)rows * columns);
        int r = (int)(i / columns % rows), c = (int)(i % columns);
        cplx sum = make_cplx(0, 0);
        for (int p = 0; p < count; p++)
        {
            sum = sum + samples[image * points + first + p] * (ey[(index_t)p * rows + r] * ex[(index_t)p * columns + c]);
        }
        images[i] = images[i] + factor * sum;
    }
}

// ================================================================================================================
// 9  toeplitz
// ================================================================================================================

// H x = sum_c conj(S_c) crop(F^-1(K F(pad(S_c x)))) as pad-multiply, batched cuFFT of doubled size, multiply, cuFFT, crop-sum.
// An item is one modulation of one image; item i of a launch is modulation first_modulation + i % modulations of image
// first_image + i / modulations. maps are [sets, all_modulations, rows, columns]; image n uses set n % sets.

static __device__ __forceinline__ index_t map_offset(index_t item, int modulations, int first_image, int first_modulation, int sets, int all_modulations, index_t pixels)
{
    int image = first_image + (int)(item / modulations), modulation = first_modulation + (int)(item % modulations);
    return ((index_t)(image % sets) * all_modulations + modulation) * pixels;
}

// padded[item, r, c] = S x inside rows x columns, zero in the rest of the doubled image.
// Writes 4 complex numbers per pixel and item, coalesced, and reads 2 (the image mostly from cache): bandwidth bound, 85 % expected.
extern "C" __global__ void __launch_bounds__(256)
    toeplitz_pad(const cplx* x, const cplx* maps, cplx* padded, int rows, int columns, int modulations, int first_image, int first_modulation, int sets, int all_modulations,
        index_t count)
{
    index_t pixels = (index_t)rows * columns;
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        index_t line = i / (2 * columns);
        int c = (int)(i - line * (2 * columns));
        index_t item = line / (2 * rows);
        int r = (int)(line - item * (2 * rows));
        cplx value = make_cplx(0, 0);
        if (r < rows && c < columns)
        {
            index_t pixel = (index_t)r * columns + c;
            cplx map = maps[map_offset(item, modulations, first_image, first_modulation, sets, all_modulations, pixels) + pixel];
            value = map * x[(first_image + item / modulations) * pixels + pixel];
        }
        padded[i] = value;
    }
}

// padded *= factor K, K real and shared by all items. Moves 4 scalars per element, K from cache: bandwidth bound.
extern "C" __global__ void __launch_bounds__(256) toeplitz_multiply(cplx* padded, const real* spectrum, real factor, index_t plane, index_t count)
{
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        padded[i] = (factor * spectrum[i % plane]) * padded[i];
    }
}

// y[image, pixel] (+)= sum over the launch's modulations of conj(S) padded, in their order.
// Reads 2 complex numbers per pixel and item: bandwidth bound; a quarter of the padded array is touched, in whole sectors.
extern "C" __global__ void __launch_bounds__(256)
    toeplitz_sum(const cplx* padded, const cplx* maps, cplx* y, int rows, int columns, int modulations, int first_image, int first_modulation, int sets, int all_modulations,
        int add, index_t count)
{
    index_t pixels = (index_t)rows * columns;
    for (index_t i = thread_index(); i < count; i += thread_count())
    {
        index_t image = i / pixels, pixel = i - image * pixels;
        int r = (int)(pixel / columns), c = (int)(pixel % columns);
        cplx sum = make_cplx(0, 0);
        for (int m = 0; m < modulations; m++)
        {
            index_t item = image * modulations + m;
            cplx map = maps[map_offset(item, modulations, first_image, first_modulation, sets, all_modulations, pixels) + pixel];
            sum = sum + conj(map) * padded[(item * 2 * rows + r) * 2 * columns + c];
        }
        cplx* target = y + first_image * pixels + i;
        *target = add ? *target + sum : sum;
    }
}

// ================================================================================================================
// 10  solvers
// ================================================================================================================

// ================================================================================================================
// 11  optimiser
// ================================================================================================================
