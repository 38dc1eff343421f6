// libcublas: column-major products.
#include "driver.h"
#include <algorithm>
#include <cstring>

enum { blas_success = 0, blas_not_initialized = 1, blas_invalid_value = 7, blas_execution_failed = 13 };
enum { tf32 = 3 };

struct Blas
{
    Stream* stream = nullptr;
    int math = 0;
};

EXPORT int cublasCreate_v2(Blas** handle)
{
    *handle = new Blas;
    return blas_success;
}

EXPORT int cublasDestroy_v2(Blas* handle)
{
    delete handle;
    return blas_success;
}

EXPORT int cublasSetStream_v2(Blas* handle, Stream* stream)
{
    handle->stream = stream;
    return blas_success;
}

EXPORT int cublasSetMathMode(Blas* handle, int mode)
{
    handle->math = mode;
    return blas_success;
}

EXPORT int cublasSetWorkspace_v2(Blas*, Address area, size_t bytes)
{
    return emu_range_is_valid(area, bytes) ? blas_success : blas_invalid_value;
}

static float round_operand(float x, bool shorter)
{
    if (!shorter) return x;
    uint32_t bits;
    memcpy(&bits, &x, 4);
    bits = (bits + 0x1000) & 0xffffe000u; // ten bits of mantissa
    memcpy(&x, &bits, 4);
    return x;
}

static double round_operand(double x, bool) { return x; }

template <class T>
static void multiply(bool transpose_a, bool transpose_b, int m, int n, int k, T alpha, const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc, bool shorter)
{
    for (long j = 0; j < n; ++j)
        for (long i = 0; i < m; ++i)
        {
            T sum = 0;
            for (long l = 0; l < k; ++l)
                sum += round_operand(transpose_a ? a[i * lda + l] : a[l * lda + i], shorter) * round_operand(transpose_b ? b[l * ldb + j] : b[j * ldb + l], shorter);
            T& target = c[j * ldc + i];
            target = beta == 0 ? alpha * sum : alpha * sum + beta * target; // with beta 0, C is not read
        }
}

template <class T>
static int product(Blas* handle, int ta, int tb, int m, int n, int k, const T* alpha, Address a, int lda, long stride_a, Address b, int ldb, long stride_b, const T* beta,
    Address c, int ldc, long stride_c, int batch)
{
    if (!handle) return blas_not_initialized;
    int rows_a = ta ? k : m, rows_b = tb ? n : k, columns_a = ta ? m : k, columns_b = tb ? k : n;
    if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < std::max(1, rows_a) || ldb < std::max(1, rows_b) || ldc < std::max(1, m)) return blas_invalid_value;
    if (m == 0 || n == 0 || batch == 0) return blas_success;
    auto bytes = [&](int rows, int columns, int ld, long stride) { return sizeof(T) * (size_t)((batch - 1) * stride + (long)std::max(0, columns - 1) * ld + rows); };
    size_t size_a = bytes(rows_a, columns_a, lda, stride_a), size_b = bytes(rows_b, columns_b, ldb, stride_b), size_c = bytes(m, n, ldc, stride_c);
    if (!emu_range_is_valid(a, size_a) || !emu_range_is_valid(b, size_b) || !emu_range_is_valid(c, size_c))
    {
        emu_report("cuBLAS: a product of %d x %d x %d, batch %d, goes beyond an allocation", m, n, k, batch);
        return blas_invalid_value;
    }
    T factor = *alpha, keep = *beta;
    bool shorter = handle->math == tf32;
    Work work = [=] {
        for (long i = 0; i < batch; ++i)
            multiply<T>(ta != 0, tb != 0, m, n, k, factor, (const T*)a + i * stride_a, lda, (const T*)b + i * stride_b, ldb, keep, (T*)c + i * stride_c, ldc, shorter);
        emu_mark_initialised(c, size_c);
    };
    return emu_enqueue(handle->stream, &work) ? blas_execution_failed : blas_success;
}

EXPORT int cublasSgemm_v2(Blas* h, int ta, int tb, int m, int n, int k, const float* alpha, Address a, int lda, Address b, int ldb, const float* beta, Address c, int ldc)
{
    return product<float>(h, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

EXPORT int cublasDgemm_v2(Blas* h, int ta, int tb, int m, int n, int k, const double* alpha, Address a, int lda, Address b, int ldb, const double* beta, Address c, int ldc)
{
    return product<double>(h, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

EXPORT int cublasSgemmStridedBatched(Blas* h, int ta, int tb, int m, int n, int k, const float* alpha, Address a, int lda, long sa, Address b, int ldb, long sb,
    const float* beta, Address c, int ldc, long sc, int batch)
{
    return product<float>(h, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, sc, batch);
}

EXPORT int cublasDgemmStridedBatched(Blas* h, int ta, int tb, int m, int n, int k, const double* alpha, Address a, int lda, long sa, Address b, int ldb, long sb,
    const double* beta, Address c, int ldc, long sc, int batch)
{
    return product<double>(h, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, sc, batch);
}
