// State of a worker: one OS thread that runs blocks.
#pragma once
#include "driver.h"
#include "fibers.h"
#include <random>
#include <unordered_map>

struct EmuThread // layout shared with device_shim.h
{
    Dim thread, block, block_size, grid_size;
    unsigned linear;
    void* dynamic_shared;
};
extern "C" { extern __thread EmuThread emu_thread __attribute__((tls_model("initial-exec"))); }

enum class State : uint8_t { waiting, ready, barrier, warp, done };

struct Thread
{
    Fiber* fiber = nullptr;
    State state = State::waiting;
    int line = 0;
    unsigned mask = 0;
    alignas(16) char slot[16] = {};
};

struct Request // one access of a lane of a profiled warp
{
    uintptr_t caller, address;
    unsigned bytes;
    bool write, shared;
};

struct Worker
{
    Launch* launch = nullptr;
    void* library = nullptr;
    bool running = false;
    std::vector<Thread> threads;
    std::vector<Dim> indices;
    std::vector<unsigned> order;
    Options::Order ordered = Options::forward;
    Dim shape{};
    std::vector<Fiber*> idle;
    unsigned count = 0, next = 0, current = 0, position = 0;
    uint64_t block_index = 0;
    void* scheduler = nullptr;
    Fiber* fiber = nullptr;
    uint16_t block_epoch = 0;
    std::vector<uint16_t> warp_epoch;
    std::mt19937 generator;

    char *dynamic_start = nullptr, *dynamic_end = nullptr;
    size_t dynamic_bytes = 0;
    void* library_base = nullptr;
    char* static_start = nullptr;
    size_t static_bytes = 0;
    bool poison_static = true;
    std::unordered_map<uintptr_t, Shadow> shared_shadow;
    std::vector<const Allocation*> read_only; // behind const __restrict__ parameters of the launch, under check
    std::vector<std::vector<Request>> requests; // by lane, under profile
};

extern __thread Worker* emu_worker __attribute__((tls_model("initial-exec"))); // of this OS thread; null elsewhere
extern __thread bool emu_aborted __attribute__((tls_model("initial-exec")));  // a fault ended the block that runs
void run_block(Worker* w, uint64_t index);
Worker* current_worker();
int sticky_error();
void kernel_report(int result, const char* what);
void begin_checks(Worker* w);
void profile_access(Worker* w, uintptr_t address, int bytes, bool write, bool shared, void* caller);
void gather_profile(Worker* w); // after the worker's last block
void finish_profile(const Launch& launch);
