// Modules, functions and launches of the driver API. A module's image is a text and the bytes of a shared library:
//     STARDEQ-EMULATED-MODULE <bytes of the library>
//     <kernel> <bytes of static shared memory>      one line per kernel
//     (an empty line)
#include "device.h"
#include "driver.h"
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <sys/mman.h>
#include <unistd.h>

struct Function
{
    const char* name;
    const Kernel* kernel;
    Module* module;
    int static_shared, dynamic_limit;
};

struct Module
{
    void* library;
    std::map<std::string, int> static_shared;
    std::map<std::string, std::unique_ptr<Function>> functions;
};

static std::recursive_mutex& module_mutex = *new std::recursive_mutex;
static std::set<Module*>& modules = *new std::set<Module*>;
static std::set<std::string>& launched = *new std::set<std::string>;

using Lock = std::lock_guard<std::recursive_mutex>;

void* module_library(Module* module)
{
    return module->library;
}

std::string module_leaks()
{
    Lock lock(module_mutex);
    return modules.empty() ? "" : "leak: " + std::to_string(modules.size()) + " modules\n";
}

// From a file that has no name on any disk. It stays open: the loader takes two files of the same path for one, and
// addr2line reads it.
static void* open_library(const char* bytes, size_t size)
{
    int file = memfd_create("stardeq-module", MFD_CLOEXEC);
    if (file < 0) return nullptr;
    bool written = write(file, bytes, size) == (ssize_t)size;
    std::string path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file);
    void* library = written ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!library) emu_report("module: %s", dlerror());
    return library;
}

EXPORT int cuModuleLoadDataEx(Module** module, const char* image, unsigned, int*, void**)
{
    static const char header[] = "STARDEQ-EMULATED-MODULE ";
    if (int status = emu_status()) return status;
    if (int status = capture_status()) return status;
    const char* body = strncmp(image, header, sizeof header - 1) == 0 ? strstr(image, "\n\n") : nullptr;
    if (!body) return invalid_image;
    std::istringstream text(std::string(image + sizeof header - 1, body));
    size_t size = 0;
    text >> size;
    std::unique_ptr<Module> made(new Module{});
    std::string name;
    for (int bytes; text >> name >> bytes;) made->static_shared[name] = bytes;
    Lock lock(module_mutex);
    made->library = open_library(body + 2, size);
    if (!made->library) return invalid_image;
    modules.insert(*module = made.release());
    return success;
}

EXPORT int cuModuleUnload(Module* module)
{
    if (int status = capture_status()) return status;
    drain_all();
    Lock lock(module_mutex);
    if (!modules.erase(module)) return invalid_handle;
    delete module; // the library stays mapped: fibers of an aborted block may still be inside
    return success;
}

EXPORT int cuModuleGetFunction(Function** function, Module* module, const char* name)
{
    if (int status = emu_status()) return status;
    Lock lock(module_mutex);
    if (!modules.count(module)) return invalid_handle;
    auto& slot = module->functions[name];
    if (!slot)
    {
        auto* kernel = (const Kernel*)dlsym(module->library, (std::string("emu_kernel_") + name).c_str());
        if (!kernel)
        {
            module->functions.erase(name);
            return not_found;
        }
        int shared = module->static_shared[name];
        slot.reset(new Function{emu_lasting(name), kernel, module, shared, default_shared - shared});
    }
    *function = slot.get();
    return success;
}

// ---- limits of a kernel. How many registers it takes is unknown: as many as its launch bounds leave.

static int registers(const Function* f)
{
    return f->kernel->max_threads ? std::min(most_registers, multiprocessor_registers / f->kernel->max_threads / 8 * 8) : most_registers;
}

static int threads(const Function* f)
{
    return f->kernel->max_threads ? f->kernel->max_threads : multiprocessor_registers / (most_registers + 1);
}

EXPORT int cuFuncGetAttribute(int* value, int attribute, Function* f)
{
    enum { max_threads, shared, constant, local, register_count, ptx_version, binary_version, cache_mode, dynamic };
    switch (attribute)
    {
    case max_threads: *value = threads(f); return success;
    case shared: *value = f->static_shared; return success;
    case register_count: *value = registers(f); return success;
    case ptx_version: case binary_version: *value = 70; return success;
    case dynamic: *value = f->dynamic_limit; return success;
    default: *value = 0; return attribute >= 0 && attribute <= 15 ? success : invalid_value;
    }
}

EXPORT int cuFuncSetAttribute(Function* f, int attribute, int value)
{
    if (attribute != 8) return attribute >= 0 && attribute <= 15 ? success : invalid_value;
    if (value < 0 || value > optin_shared - f->static_shared) return invalid_value;
    f->dynamic_limit = value;
    return success;
}

EXPORT int cuFuncGetParamInfo(Function* function, size_t index, size_t* offset, size_t* size)
{
    if (index >= (size_t)function->kernel->count) return invalid_value;
    *offset = function->kernel->offsets[index];
    *size = function->kernel->sizes[index];
    return success;
}

EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* f, int block, size_t dynamic)
{
    if (block < 1) return invalid_value;
    int shared = (int)dynamic + f->static_shared, warps = (block + 31) / 32;
    int by_threads = multiprocessor_threads / (warps * 32), by_registers = multiprocessor_registers / (registers(f) * warps * 32);
    int by_shared = shared ? optin_shared / shared : 32;
    *blocks = block > threads(f) ? 0 : std::min({by_threads, by_registers, by_shared, 32});
    return success;
}

// ---- launches

static int refuse(const Function* f, int result, const char* what, Dim grid, Dim block, unsigned shared)
{
    emu_report("launch of %s with grid (%u,%u,%u), block (%u,%u,%u), %u bytes of shared memory: %s", f->name, grid.x, grid.y, grid.z, block.x, block.y,
        block.z, shared, what);
    return result;
}

static int check_limits(const Function* f, Dim grid, Dim block, unsigned shared)
{
    uint64_t count = (uint64_t)block.x * block.y * block.z;
    if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535)
        return refuse(f, invalid_value, "the grid is beyond the limits", grid, block, shared);
    if (!count || block.x > 1024 || block.y > 1024 || block.z > 64 || count > 1024) return refuse(f, invalid_value, "the block is beyond the limits", grid, block, shared);
    if ((int)count > threads(f))
        return refuse(f, launch_out_of_resources,
            f->kernel->max_threads ? "more threads than its launch bounds" : "without launch bounds a kernel may take so many registers that 256 threads are the most", grid, block,
            shared);
    if (shared > (unsigned)f->dynamic_limit) return refuse(f, invalid_value, "more shared memory than the kernel asked for", grid, block, shared);
    const Kernel& k = *f->kernel;
    if (k.count && k.offsets[k.count - 1] + k.sizes[k.count - 1] > (unsigned)most_parameter_bytes) return refuse(f, invalid_value, "more than 4096 bytes of parameters", grid, block, shared);
    return success;
}

EXPORT int cuLaunchKernel(Function* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, Stream* stream,
    void** arguments, void** extra)
{
    if (int status = emu_status()) return status;
    if (!f || extra) return invalid_value;
    Dim grid{gx, gy, gz}, block{bx, by, bz};
    if (int result = check_limits(f, grid, block, shared)) return result;
    auto launch = std::make_shared<Launch>();
    static std::atomic<uint32_t> counter{0};
    const Kernel& k = *f->kernel;
    *launch = {f->kernel, f->module, f->name, grid, block, shared, {}, {}, ++counter};
    Operation o{f->name, nullptr, {}};
    for (int i = 0; i < k.count; ++i) // the driver copies the arguments during the call
    {
        if (!arguments || !arguments[i]) return invalid_value;
        launch->values.emplace_back((char*)arguments[i], (char*)arguments[i] + k.sizes[i]);
        if (k.elements[i]) o.spans.push_back({*(Address*)arguments[i], 0, k.roles[i] == 'w'});
    }
    for (auto& value : launch->values) launch->arguments.push_back(value.data());
    o.broken = !emu_spans_are_valid(&o); // a real kernel would fail when it runs, and so does this
    o.run = [launch] { run_launch(*launch); };
    {
        Lock lock(module_mutex);
        launched.insert(f->name);
    }
    return emu_submit(stream, &o);
}

// Names of the kernels that were launched since the last call, one a line.
EXPORT int emuLaunched(char* buffer, size_t size)
{
    Lock lock(module_mutex);
    std::string text;
    for (const std::string& name : launched) text += name + "\n";
    launched.clear();
    return give_text(text, buffer, size);
}
