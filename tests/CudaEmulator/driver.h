// Shared parts of the software CUDA driver. See README.md.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

// Results of the driver API that the emulator returns.
enum Result : int
{
    success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, no_device = 100, invalid_device = 101, invalid_image = 200, invalid_context = 201,
    not_found = 500, not_ready = 600, illegal_address = 700, launch_out_of_resources = 701, misaligned_address = 716, launch_failed = 719, not_supported = 801,
    capture_unsupported = 900, capture_unmatched = 903
};

using Address = uint64_t;
using Work = std::function<void()>;

struct Dim { unsigned x, y, z; };

// ---- options and reports (options.cpp)

struct Options
{
    enum Order { forward, reverse, random } order = forward;
    unsigned seed = 1;
    bool check = false;   // modules compiled from now on report every access
    bool profile = false; // with check: sectors and bank conflicts per source line
    int workers = 2;
    size_t memory = size_t(8) << 30;
    int capability = 70;  // 10 major + minor of the device
    bool graphs = true;   // whether streams can be captured
};

__attribute__((visibility("default"))) Options& options();

// Text of something wrong; kept for emuReports, and written to stderr until a limit.
EXPORT __attribute__((format(printf, 1, 2))) void emu_report(const char* format, ...);

// ---- memory (memory.cpp)

struct Access // who touched four bytes
{
    uint32_t launch = 0, block = 0;
    uint16_t thread = 0, block_epoch = 0, warp_epoch = 0;
    bool atomic = false;
};

struct Shadow
{
    Access writer, reader, other_reader; // two readers: a thread's own read must not hide another's
};

struct Allocation
{
    Address base;
    size_t size;
    char* mapping;
    size_t mapping_size;
    std::vector<uint8_t> initialised; // by byte, only under check
    std::vector<Shadow> shadow;       // by four bytes, only under check
};

Allocation* find_allocation(Address address);
EXPORT bool emu_range_is_valid(Address address, size_t bytes); // inside one live allocation
EXPORT void emu_mark_initialised(Address address, size_t bytes);
bool host_is_pinned(const void* pointer);
void report_memory_leaks();

// ---- streams (streams.cpp): work waits in queues until somebody waits for it

struct Stream;
EXPORT int emu_enqueue(Stream* stream, Work* work); // takes the content of *work; records it if the stream is being captured
EXPORT int emu_status();                            // the sticky error, or that no context is current
EXPORT void emu_fail(int result);                   // sets the sticky error
void drain_all();
void report_stream_leaks();

// ---- kernels (launch.cpp, module.cpp)

struct Kernel // what a compiled module says about each of its kernels; layout shared with device_shim.h
{
    void (*invoke)(void** arguments);
    int count;
    const unsigned* sizes;
    const unsigned* offsets;
    int max_threads;
};

struct Module;

struct Launch
{
    const Kernel* kernel;
    Module* module;
    std::string name;
    Dim grid, block;
    unsigned dynamic_bytes;
    std::vector<std::vector<char>> values;
    std::vector<void*> arguments;
    uint32_t id;
};

void run_launch(Launch& launch);
void* module_library(Module* module);
void report_module_leaks();
