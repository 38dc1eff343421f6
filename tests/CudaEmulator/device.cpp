// The device, its primary context and the errors of the driver API.
#include "device.h"
#include "driver.h"
#include <cstdio>
#include <map>
#include <mutex>
#include <vector>

int sticky_error();

// ---- the device: limits of compute capability 7.0, the smallest that is supported

static const std::map<int, int> attributes = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 0x7fffffff}, {6, 65535}, {7, 65535}, {8, default_shared}, {9, 65536},
    {10, 32}, {12, multiprocessor_registers}, {16, multiprocessors}, {38, 6 << 20}, {39, 2048}, {81, optin_shared}, {82, multiprocessor_registers}, {97, optin_shared}, {115, 1}};

static bool initialised = false;
static int context_tag, context_shares = 0;
static thread_local void* current_context = nullptr;
static std::mutex& context_mutex = *new std::mutex;
static std::vector<void (*)()>& leak_reports = *new std::vector<void (*)()>;

EXPORT int emu_status()
{
    return !initialised ? not_initialized : !current_context ? invalid_context : sticky_error();
}

EXPORT int cuInit(unsigned)
{
    initialised = true;
    return success;
}

EXPORT int cuDriverGetVersion(int* version)
{
    *version = 12080;
    return success;
}

EXPORT int cuDeviceGetCount(int* count)
{
    *count = 1;
    return initialised ? success : not_initialized;
}

EXPORT int cuDeviceGet(int* device, int ordinal)
{
    *device = ordinal;
    return ordinal == 0 ? success : invalid_device;
}

EXPORT int cuDeviceGetName(char* name, int length, int)
{
    snprintf(name, length, options().check ? "software CUDA driver, every access checked" : "software CUDA driver"); // compiled modules are kept under this name
    return success;
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int)
{
    *bytes = options().memory;
    return success;
}

EXPORT int cuDeviceGetAttribute(int* value, int attribute, int)
{
    enum { major = 75, minor = 76 };
    auto found = attributes.find(attribute);
    *value = attribute == major ? options().capability / 10 : attribute == minor ? options().capability % 10 : found == attributes.end() ? 0 : found->second;
    return success;
}

EXPORT int cuDevicePrimaryCtxRetain(void** context, int device)
{
    if (!initialised) return not_initialized;
    if (device != 0) return invalid_device;
    std::lock_guard<std::mutex> lock(context_mutex);
    ++context_shares;
    *context = &context_tag;
    return success;
}

EXPORT int cuCtxSetCurrent(void* context)
{
    if (context && context != &context_tag) return invalid_context;
    current_context = context;
    return success;
}

EXPORT int cuCtxGetCurrent(void** context)
{
    *context = current_context;
    return success;
}

EXPORT void emu_add_leak_report(void (*report)())
{
    std::lock_guard<std::mutex> lock(context_mutex);
    leak_reports.push_back(report);
}

// What is not given back: reported when the last share of the context is released, or when a test asks.
EXPORT void emuReportLeaks()
{
    for (const std::string& text : {memory_leaks(), stream_leaks(), event_leaks(), graph_leaks(), module_leaks()})
        if (!text.empty()) emu_report("%s", text.substr(0, text.size() - 1).c_str());
    for (auto report : leak_reports) report();
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int)
{
    std::lock_guard<std::mutex> lock(context_mutex);
    if (context_shares == 0) return invalid_context;
    drain_all();
    if (--context_shares == 0) emuReportLeaks();
    return success;
}

// ---- errors

struct ErrorText { const char *name, *text; };
static const std::map<int, ErrorText> errors = {{0, {"CUDA_SUCCESS", "no error"}}, {1, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
    {2, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}}, {3, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
    {100, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}}, {101, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
    {200, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}}, {201, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
    {400, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}}, {500, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
    {600, {"CUDA_ERROR_NOT_READY", "device not ready"}}, {700, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {701, {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
    {716, {"CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"}}, {719, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
    {401, {"CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"}},
    {801, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
    {900, {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
    {901, {"CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"}},
    {903, {"CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not ended in the same stream as it began"}},
    {904, {"CUDA_ERROR_STREAM_CAPTURE_UNJOINED", "capturing stream has unjoined work"}},
    {905, {"CUDA_ERROR_STREAM_CAPTURE_ISOLATION", "dependency created on uncaptured work in another stream"}},
    {906, {"CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", "operation would make the legacy stream depend on a capturing blocking stream"}},
    {907, {"CUDA_ERROR_CAPTURED_EVENT", "operation not permitted on an event last recorded in a capturing stream"}},
    {908, {"CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", "attempt to terminate a thread-local capture sequence from another thread"}},
    {910, {"CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", "the graph update was not performed because it included changes which violated constraints"}}};

EXPORT int cuGetErrorName(int result, const char** name)
{
    auto found = errors.find(result);
    *name = found == errors.end() ? nullptr : found->second.name;
    return *name ? success : invalid_value;
}

EXPORT int cuGetErrorString(int result, const char** text)
{
    auto found = errors.find(result);
    *text = found == errors.end() ? nullptr : found->second.text;
    return *text ? success : invalid_value;
}
