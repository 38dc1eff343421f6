// Devices, contexts, modules, functions and launches of the driver API.
#include "driver.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <unistd.h>

int sticky_error();

// ---- the device: limits of compute capability 7.0, the smallest that is supported

static const int optin_shared = 98304, default_shared = 49152, multiprocessors = 4;
static const std::map<int, int> attributes = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 0x7fffffff}, {6, 65535}, {7, 65535}, {8, default_shared}, {9, 65536},
    {10, 32}, {12, 65536}, {16, multiprocessors}, {38, 6 << 20}, {39, 2048}, {81, optin_shared}, {82, 65536}, {97, optin_shared}, {115, 1}};

static bool initialised = false;
static int context_tag, context_shares = 0;
static thread_local void* current_context = nullptr;

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
    snprintf(name, length, "software CUDA driver");
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

EXPORT int cuDevicePrimaryCtxRetain(void** context, int)
{
    ++context_shares;
    *context = &context_tag;
    return success;
}

EXPORT int cuCtxSetCurrent(void* context)
{
    current_context = context;
    return success;
}

EXPORT int cuCtxGetCurrent(void** context)
{
    *context = current_context;
    return success;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int)
{
    if (context_shares == 0) return invalid_context;
    drain_all();
    if (--context_shares == 0)
    {
        report_memory_leaks();
        report_stream_leaks();
        report_module_leaks();
    }
    return success;
}

// ---- modules: an image is a header line and the bytes of a shared library

struct Function
{
    std::string name;
    const Kernel* kernel;
    Module* module;
    int dynamic_limit = default_shared;
};

struct Module
{
    void* library;
    std::map<std::string, std::unique_ptr<Function>> functions;
};

static std::set<Module*>& modules = *new std::set<Module*>;
static const char header[] = "STARDEQ-EMULATED-MODULE ";

void* module_library(Module* module)
{
    return module->library;
}

void report_module_leaks()
{
    if (!modules.empty()) emu_report("leak: %zu modules", modules.size());
}

// What is alive now, as the release of the last context would report it.
EXPORT void emuReportLeaks()
{
    report_memory_leaks();
    report_stream_leaks();
    report_module_leaks();
}

static void* open_library(const char* bytes, size_t size)
{
    char path[] = "/tmp/stardeq-module-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) return nullptr;
    bool written = write(file, bytes, size) == (ssize_t)size;
    close(file);
    void* library = written ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!library) emu_report("module: %s", dlerror());
    unlink(path);
    return library;
}

EXPORT int cuModuleLoadDataEx(Module** module, const char* image, unsigned, int*, void**)
{
    if (int status = emu_status()) return status;
    size_t size = 0;
    if (strncmp(image, header, sizeof header - 1) != 0 || sscanf(image + sizeof header - 1, "%zu", &size) != 1) return invalid_image;
    void* library = open_library(strchr(image, '\n') + 1, size);
    if (!library) return invalid_image;
    modules.insert(*module = new Module{library, {}});
    return success;
}

EXPORT int cuModuleUnload(Module* module)
{
    drain_all();
    if (!modules.erase(module)) return 400;
    delete module; // the library stays mapped: fibers of an aborted block may still be inside
    return success;
}

EXPORT int cuModuleGetFunction(Function** function, Module* module, const char* name)
{
    auto& slot = module->functions[name];
    if (!slot)
    {
        auto* kernel = (const Kernel*)dlsym(module->library, (std::string("emu_kernel_") + name).c_str());
        if (!kernel)
        {
            module->functions.erase(name);
            return not_found;
        }
        slot.reset(new Function{name, kernel, module});
    }
    *function = slot.get();
    return success;
}

EXPORT int cuFuncGetAttribute(int* value, int attribute, Function* function)
{
    enum { max_threads = 0, registers = 4, versions = 5, binary = 6, dynamic = 8 };
    *value = attribute == max_threads ? function->kernel->max_threads : attribute == registers ? 32 : attribute == versions || attribute == binary ? 70
        : attribute == dynamic ? function->dynamic_limit : 0;
    return success;
}

EXPORT int cuFuncSetAttribute(Function* function, int attribute, int value)
{
    if (attribute != 8) return success;
    if (value > optin_shared) return invalid_value;
    function->dynamic_limit = value;
    return success;
}

EXPORT int cuFuncGetParamInfo(Function* function, size_t index, size_t* offset, size_t* size)
{
    if (index >= (size_t)function->kernel->count) return invalid_value;
    *offset = function->kernel->offsets[index];
    *size = function->kernel->sizes[index];
    return success;
}

EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int block, size_t shared)
{
    int by_threads = 2048 / (block > 0 ? block : 1), by_shared = shared ? (int)(optin_shared / shared) : 32;
    *blocks = block > function->kernel->max_threads ? 0 : by_threads < by_shared ? by_threads : by_shared;
    return success;
}

static int refuse(const Function* f, int result, const char* what, Dim grid, Dim block, unsigned shared)
{
    emu_report("launch of %s with grid (%u,%u,%u), block (%u,%u,%u), %u bytes of shared memory: %s", f->name.c_str(), grid.x, grid.y, grid.z, block.x, block.y,
        block.z, shared, what);
    return result;
}

EXPORT int cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream* stream,
    void** arguments, void** extra)
{
    if (int status = emu_status()) return status;
    if (!f || extra) return invalid_value;
    Dim grid{gx, gy, gz}, block{bx, by, bz};
    if (!gx || !gy || !gz || gx > 0x7fffffffu || gy > 65535 || gz > 65535) return refuse(f, invalid_value, "the grid is beyond the limits", grid, block, shared);
    if (!bx || !by || !bz || bx > 1024 || by > 1024 || bz > 64 || (uint64_t)bx * by * bz > 1024)
        return refuse(f, invalid_value, "the block is beyond the limits", grid, block, shared);
    if ((int)(bx * by * bz) > f->kernel->max_threads) return refuse(f, launch_out_of_resources, "more threads than its launch bounds", grid, block, shared);
    if ((int)shared > f->dynamic_limit) return refuse(f, invalid_value, "more shared memory than the kernel asked for", grid, block, shared);
    auto launch = std::make_shared<Launch>();
    static std::atomic<uint32_t> counter{0};
    *launch = {f->kernel, f->module, f->name, grid, block, shared, {}, {}, ++counter};
    for (int i = 0; i < f->kernel->count; ++i) // the driver copies the arguments during the call
        launch->values.emplace_back((char*)arguments[i], (char*)arguments[i] + f->kernel->sizes[i]);
    for (auto& value : launch->values) launch->arguments.push_back(value.data());
    Work work = [launch] { run_launch(*launch); };
    return emu_enqueue(stream, &work);
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
    {801, {"CUDA_ERROR_NOT_SUPPORTED", "operation not supported"}},
    {900, {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
    {903, {"CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "operation not permitted on this capture"}}};

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
