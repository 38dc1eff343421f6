// libcufft: plans and batched complex transforms of ranks 1 to 3, computed in double.
#include "driver.h"
#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <mutex>

using Complex = std::complex<double>;

enum { fft_success = 0, fft_invalid_plan = 1, fft_invalid_type = 3, fft_invalid_value = 4, fft_exec_failed = 6, fft_setup_failed = 7, fft_invalid_size = 8 };
enum { single_complex = 41, double_complex = 105 };

struct Plan
{
    int rank = 0, sizes[3] = {}, type = 0, batch = 0;
    int input_embed[3] = {}, output_embed[3] = {};
    long input_stride = 1, input_distance = 0, output_stride = 1, output_distance = 0;
    bool allocates = true;
    Address work_area = 0;
    size_t work_bytes = 0;
    Stream* stream = nullptr;
};

static std::mutex& plans_mutex = *new std::mutex;
static std::map<int, Plan>& plans = *new std::map<int, Plan>;
static int next_plan = 1;

static Plan* find_plan(int handle)
{
    std::lock_guard<std::mutex> lock(plans_mutex);
    auto found = plans.find(handle);
    return found == plans.end() ? nullptr : &found->second;
}

// ---- one line, any length: a mixed-radix recursion, the direct sum for prime factors

struct Roots
{
    std::vector<Complex> values; // exp(sign 2 pi i k / n)
    Roots(int n, int sign)
    {
        for (int k = 0; k < n; ++k) values.push_back(std::polar(1.0, sign * 2 * M_PI * k / n));
    }
};

static int smallest_factor(int n)
{
    for (int f = 2; f * f <= n; ++f)
        if (n % f == 0) return f;
    return n;
}

static void transform_line(const Complex* in, long stride, Complex* out, int n, const Roots& roots)
{
    int total = (int)roots.values.size();
    if (n == 1)
    {
        out[0] = in[0];
        return;
    }
    int radix = smallest_factor(n), rest = n / radix;
    for (int r = 0; r < radix; ++r) transform_line(in + r * stride, stride * radix, out + r * rest, rest, roots);
    std::vector<Complex> column(radix);
    for (int k = 0; k < rest; ++k)
    {
        for (int r = 0; r < radix; ++r) column[r] = out[r * rest + k] * roots.values[(long)r * k * (total / n) % total];
        for (int q = 0; q < radix; ++q)
        {
            Complex sum = 0;
            for (int r = 0; r < radix; ++r) sum += column[r] * roots.values[(long)r * q * (total / radix) % total];
            out[q * rest + k] = sum;
        }
    }
}

template <class T> static void run(const Plan& p, Address input, Address output, int sign)
{
    auto* in = (const std::complex<T>*)input;
    auto* out = (std::complex<T>*)output;
    int n[3] = {1, 1, 1}, ie[3] = {1, 1, 1}, oe[3] = {1, 1, 1};
    for (int i = 0; i < p.rank; ++i)
    {
        n[3 - p.rank + i] = p.sizes[i];
        ie[3 - p.rank + i] = p.input_embed[i];
        oe[3 - p.rank + i] = p.output_embed[i];
    }
    std::vector<Complex> data((size_t)n[0] * n[1] * n[2]), line(std::max({n[0], n[1], n[2]}));
    auto place = [&](const int* e, long stride, int x, int y, int z) { return (((long)x * e[1] + y) * e[2] + z) * stride; };
    bool marks = options().check;
    Roots roots[3] = {{n[0], sign}, {n[1], sign}, {n[2], sign}};
    long steps[3] = {(long)n[1] * n[2], n[2], 1};
    for (int b = 0; b < p.batch; ++b)
    {
        for (int x = 0; x < n[0]; ++x)
            for (int y = 0; y < n[1]; ++y)
                for (int z = 0; z < n[2]; ++z) data[((size_t)x * n[1] + y) * n[2] + z] = in[b * p.input_distance + place(ie, p.input_stride, x, y, z)];
        for (int axis = 0; axis < 3; ++axis)
        {
            if (n[axis] == 1) continue;
            for (size_t first = 0; first < data.size(); ++first)
            {
                if (first / steps[axis] % n[axis]) continue;
                transform_line(&data[first], steps[axis], line.data(), n[axis], roots[axis]);
                for (int k = 0; k < n[axis]; ++k) data[first + k * steps[axis]] = line[k];
            }
        }
        for (int x = 0; x < n[0]; ++x)
            for (int y = 0; y < n[1]; ++y)
                for (int z = 0; z < n[2]; ++z)
                {
                    auto* target = out + b * p.output_distance + place(oe, p.output_stride, x, y, z);
                    *target = std::complex<T>(data[((size_t)x * n[1] + y) * n[2] + z]);
                    if (marks) emu_mark_initialised((Address)target, sizeof *target);
                }
    }
}

// ---- the library's functions

static void report_plans()
{
    std::lock_guard<std::mutex> lock(plans_mutex);
    if (!plans.empty()) emu_report("leak: %zu cuFFT plans", plans.size());
}

EXPORT int cufftCreate(int* handle)
{
    if (emu_status()) return fft_setup_failed;
    static std::once_flag once;
    std::call_once(once, [] { emu_add_leak_report(report_plans); });
    std::lock_guard<std::mutex> lock(plans_mutex);
    plans[*handle = next_plan++] = Plan{};
    return fft_success;
}

EXPORT int cufftSetAutoAllocation(int handle, int allocate)
{
    Plan* p = find_plan(handle);
    if (!p || p->rank) return fft_invalid_plan; // too late after planning
    p->allocates = allocate != 0;
    return fft_success;
}

EXPORT int cufftMakePlanMany(int handle, int rank, const int* sizes, const int* inembed, int istride, int idist, const int* onembed, int ostride, int odist, int type,
    int batch, size_t* work)
{
    Plan* p = find_plan(handle);
    if (!p || p->rank) return fft_invalid_plan;
    if (rank < 1 || rank > 3) return fft_invalid_value;
    if (batch < 1) return fft_invalid_size;
    if (type != single_complex && type != double_complex) return fft_invalid_type;
    long total = 1;
    for (int i = 0; i < rank; ++i)
    {
        if (sizes[i] < 1) return fft_invalid_size;
        p->sizes[i] = sizes[i];
        total *= sizes[i];
    }
    bool packed = !inembed || !onembed; // then strides and distances are ignored
    if (!packed && (istride < 1 || ostride < 1 || idist < 0 || odist < 0)) return fft_invalid_value;
    for (int i = 1; i < rank && !packed; ++i)
        if (inembed[i] < sizes[i] || onembed[i] < sizes[i]) return fft_invalid_value;
    for (int i = 0; i < rank; ++i)
    {
        p->input_embed[i] = packed ? sizes[i] : inembed[i];
        p->output_embed[i] = packed ? sizes[i] : onembed[i];
    }
    p->input_stride = packed ? 1 : istride;
    p->output_stride = packed ? 1 : ostride;
    p->input_distance = packed ? total : idist;
    p->output_distance = packed ? total : odist;
    p->rank = rank;
    p->type = type;
    p->batch = batch;
    *work = p->work_bytes = (size_t)total * batch * (type == single_complex ? 8 : 16);
    return fft_success;
}

EXPORT int cufftSetWorkArea(int handle, Address area)
{
    Plan* p = find_plan(handle);
    if (!p) return fft_invalid_plan;
    p->work_area = area;
    return fft_success;
}

EXPORT int cufftSetStream(int handle, Stream* stream)
{
    Plan* p = find_plan(handle);
    if (!p) return fft_invalid_plan;
    p->stream = stream;
    return fft_success;
}

EXPORT int cufftDestroy(int handle)
{
    std::lock_guard<std::mutex> lock(plans_mutex);
    return plans.erase(handle) ? fft_success : fft_invalid_plan;
}

// From the first to the last byte of a layout.
static size_t reach(const Plan& p, const int* embed, long stride, long distance)
{
    long last = 0;
    for (int i = 0; i < p.rank; ++i) last = last * (i ? embed[i] : 1) + p.sizes[i] - 1;
    return (size_t)((p.batch - 1) * distance + last * stride + 1) * (p.type == single_complex ? 8 : 16);
}

static bool same_layout(const Plan& p)
{
    return p.input_stride == p.output_stride && (p.batch == 1 || p.input_distance == p.output_distance)
        && std::equal(p.input_embed + 1, p.input_embed + p.rank, p.output_embed + 1);
}

static int execute(int handle, Address in, Address out, int direction, int type)
{
    if (emu_status()) return fft_exec_failed;
    Plan* found = find_plan(handle);
    if (!found || !found->rank) return fft_invalid_plan;
    if (found->type != type || (direction != 1 && direction != -1) || !in || !out) return fft_invalid_value;
    Plan p = *found;
    size_t read = reach(p, p.input_embed, p.input_stride, p.input_distance), written = reach(p, p.output_embed, p.output_stride, p.output_distance);
    Operation o{"a transform", nullptr, {{in, read, false}, {out, written, true}}};
    if (!p.allocates && p.work_bytes)
    {
        if (!p.work_area || !emu_range_is_valid(p.work_area, p.work_bytes))
        {
            emu_report("cuFFT: the plan's work area does not hold its %zu bytes", p.work_bytes);
            return fft_exec_failed;
        }
        o.spans.push_back({p.work_area, p.work_bytes, true});
    }
    if (!emu_spans_are_valid(&o)) return fft_invalid_value;
    if (in < out + written && out < in + read && !(in == out && same_layout(p)))
        emu_report("cuFFT: a transform whose input and output overlap without being the same");
    o.run = [=] {
        if (type == single_complex) run<float>(p, in, out, direction);
        else run<double>(p, in, out, direction);
    };
    return emu_submit(p.stream, &o) ? fft_exec_failed : fft_success;
}

EXPORT int cufftExecC2C(int handle, Address in, Address out, int direction) { return execute(handle, in, out, direction, single_complex); }
EXPORT int cufftExecZ2Z(int handle, Address in, Address out, int direction) { return execute(handle, in, out, direction, double_complex); }
