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
    invalid_handle = 400, illegal_state = 401, not_found = 500, not_ready = 600, illegal_address = 700, launch_out_of_resources = 701,
    misaligned_address = 716, launch_failed = 719, not_supported = 801, capture_unsupported = 900, capture_invalidated = 901, capture_unmatched = 903,
    capture_unjoined = 904, capture_isolation = 905, capture_implicit = 906, captured_event = 907, capture_wrong_thread = 908, graph_update_failure = 910
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
EXPORT void emu_add_leak_report(void (*report)()); // called when the last share of the context is given back
int give_text(const std::string& text, char* buffer, size_t size); // copies what fits, returns the whole length

// ---- memory (memory.cpp, pool.cpp)

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

struct Use // of a part of an allocation by queued work (hazards.cpp)
{
    Address begin, end;
    unsigned stream;
    uint64_t position;
    const char* what;
    bool write;
};

struct Allocation
{
    Address base;
    size_t size;
    char* mapping;
    size_t mapping_size;
    bool pooled = false;              // from cuMemAllocAsync
    bool freeing = false;             // its stream-ordered free is queued
    std::vector<uint8_t> initialised; // by byte, only under check
    std::vector<Shadow> shadow;       // by four bytes, only under check
    std::vector<Use> uses;
};

Allocation* find_allocation(Address address); // exists, perhaps with its free queued; the caller holds the memory lock or runs in a kernel
bool range_exists(Address address, size_t bytes);
EXPORT bool emu_range_is_valid(Address address, size_t bytes); // inside one live allocation whose free is not queued
EXPORT void emu_mark_initialised(Address address, size_t bytes);
int allocate(Address* address, size_t bytes, bool pooled);
bool release_allocation(Address address); // false if there is none
bool host_is_pinned(const void* pointer);
size_t pool_reserved();
void pool_took(size_t bytes);
void pool_got_back(size_t bytes);
void pool_synchronised(); // a host wait lets the pool shrink to its threshold
std::string memory_leaks();

// ---- streams (streams.cpp): work waits in queues until somebody waits for it

struct Stream;
struct Graph;

struct Span // device memory that an operation uses
{
    Address address;
    size_t bytes; // 0: the allocation around the address
    bool write;
};

struct Operation
{
    const char* what; // lives for ever: see lasting()
    Work run;
    std::vector<Span> spans;
    const void* host = nullptr; // pinned memory that is read or written when the operation runs
    size_t host_bytes = 0;
    uint64_t host_hash = 0;     // of that memory when the operation was queued; 0 in a graph
    bool broken = false;        // a pointer was bad already when the operation was queued
};

EXPORT const char* emu_lasting(const char* text);              // the same text, kept for ever
EXPORT int emu_submit(Stream* stream, Operation* operation);   // takes its content; records it if the stream is being captured
EXPORT bool emu_spans_are_valid(const Operation* operation);   // reports if not
EXPORT int emu_status();                                       // the sticky error, or that no context is current
EXPORT void emu_fail(int result);                              // sets the sticky error
bool is_capturing(Stream* stream);
void drain_all();
bool host_is_queued(const void* pointer, size_t bytes, const char** what);
std::string stream_leaks();
std::string event_leaks();

// ---- capture (capture.cpp)

int capture_status(bool always = false); // 900 if a capture forbids calls that wait or allocate
std::string graph_leaks();

// ---- kernels (launch.cpp, module.cpp)

struct Kernel // what a compiled module says about each of its kernels; layout shared with device_shim.h
{
    void (*invoke)(void** arguments);
    int count;
    const unsigned* sizes;
    const unsigned* offsets;
    const unsigned* elements; // bytes of what a pointer points to; 0 for a value
    const char* roles;        // per parameter: v value, r const pointer, c const __restrict__ pointer, w pointer
    int max_threads;          // 0: no launch bounds
};

struct Module;

struct Launch
{
    const Kernel* kernel;
    Module* module;
    const char* name;
    Dim grid, block;
    unsigned dynamic_bytes;
    std::vector<std::vector<char>> values;
    std::vector<void*> arguments;
    uint32_t id;
};

void run_launch(Launch& launch);
void* module_library(Module* module);
std::string module_leaks();
