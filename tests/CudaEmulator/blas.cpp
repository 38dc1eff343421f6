// libcublas: column-major products.
#include "driver.h"
#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>

enum { blas_success = 0, blas_not_initialized = 1, blas_invalid_value = 7, blas_execution_failed = 13 };
enum { standard = 0, pedantic = 2, tf32 = 3 };

struct Blas
{
    Stream* stream = nullptr;
    int math = 0;
    Address workspace = 0;
    size_t workspace_bytes = 0;
};

static std::mutex& handles_mutex = *new std::mutex;
static std::set<Blas*>& handles = *new std::set<Blas*>;

static bool is_handle(Blas* handle)
{
    std::lock_guard<std::mutex> lock(handles_mutex);
    return handles.count(handle);
}

static void report_handles()
{
    std::lock_guard<std::mutex> lock(handles_mutex);
    if (!handles.empty()) emu_report("leak: %zu cuBLAS handles", handles.size());
}

EXPORT int cublasCreate_v2(Blas** handle)
{
    if (emu_status()) return blas_not_initialized;
    static std::once_flag once;
    std::call_once(once, [] { emu_add_leak_report(report_handles); });
    std::lock_guard<std::mutex> lock(handles_mutex);
    handles.insert(*handle = new Blas);
    return blas_success;
}

EXPORT int cublasDestroy_v2(Blas* handle)
{
    std::lock_guard<std::mutex> lock(handles_mutex);
    if (!handles.erase(handle)) return blas_not_initialized;
    delete handle;
    return blas_success;
}

EXPORT int cublasSetStream_v2(Blas* handle, Stream* stream)
{
    if (!is_handle(handle)) return blas_not_initialized;
    handle->stream = stream;
    handle->workspace = 0; // back to the library's own
    handle->workspace_bytes = 0;
    return blas_success;
}

EXPORT int cublasSetMathMode(Blas* handle, int mode)
{
    if (!is_handle(handle)) return blas_not_initialized;
    if (mode != standard && mode != pedantic && mode != tf32) return blas_invalid_value;
    handle->math = mode;
    return blas_success;
}

EXPORT int cublasSetWorkspace_v2(Blas* handle, Address area, size_t bytes)
{
    if (!is_handle(handle)) return blas_not_initialized;
    if (area % 256 || !emu_range_is_valid(area, bytes)) return blas_invalid_value;
    handle->workspace = area;
    handle->workspace_bytes = bytes;
    return blas_success;
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
    bool marks = options().check;
    for (long j = 0; j < n; ++j)
        for (long i = 0; i < m; ++i)
        {
            T sum = 0;
            for (long l = 0; l < k; ++l)
                sum += round_operand(transpose_a ? a[i * lda + l] : a[l * lda + i], shorter) * round_operand(transpose_b ? b[l * ldb + j] : b[j * ldb + l], shorter);
            T& target = c[j * ldc + i];
            target = beta == 0 ? alpha * sum : alpha * sum + beta * target; // with beta 0, C is not read
            if (marks) emu_mark_initialised((Address)&target, sizeof target);
        }
}

template <class T>
static int product(Blas* handle, int ta, int tb, int m, int n, int k, const T* alpha, Address a, int lda, long stride_a, Address b, int ldb, long stride_b, const T* beta,
    Address c, int ldc, long stride_c, int batch)
{
    if (!is_handle(handle)) return blas_not_initialized;
    if (ta < 0 || ta > 2 || tb < 0 || tb > 2 || !alpha || !beta) return blas_invalid_value;
    int rows_a = ta ? k : m, rows_b = tb ? n : k, columns_a = ta ? m : k, columns_b = tb ? k : n;
    if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < std::max(1, rows_a) || ldb < std::max(1, rows_b) || ldc < std::max(1, m)) return blas_invalid_value;
    if (m == 0 || n == 0 || batch == 0) return blas_success;
    auto bytes = [&](int rows, int columns, int ld, long stride) { return sizeof(T) * (size_t)((batch - 1) * stride + (long)std::max(0, columns - 1) * ld + rows); };
    T factor = *alpha, keep = *beta;
    bool shorter = handle->math == tf32, reads = k > 0 && factor != 0;
    Operation o{"a matrix product", nullptr, {{c, bytes(m, n, ldc, stride_c), true}}};
    if (reads)
    {
        o.spans.push_back({a, bytes(rows_a, columns_a, lda, stride_a), false});
        o.spans.push_back({b, bytes(rows_b, columns_b, ldb, stride_b), false});
    }
    if (handle->workspace) o.spans.push_back({handle->workspace, handle->workspace_bytes, true});
    if (!emu_spans_are_valid(&o)) return blas_invalid_value;
    for (size_t i = 1; reads && i < 3; ++i)
        if (o.spans[i].address < c + o.spans[0].bytes && c < o.spans[i].address + o.spans[i].bytes) emu_report("cuBLAS: the result of a product overlaps a factor");
    if (batch > 1 && stride_c < (long)ldc * (n - 1) + m) emu_report("cuBLAS: the results of a batch of products overlap");
    o.run = [=] {
        for (long i = 0; i < batch; ++i)
            multiply<T>(ta != 0, tb != 0, m, n, reads ? k : 0, factor, (const T*)a + i * stride_a, lda, (const T*)b + i * stride_b, ldb, keep, (T*)c + i * stride_c, ldc, shorter);
    };
    return emu_submit(handle->stream, &o) ? blas_execution_failed : blas_success;
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
