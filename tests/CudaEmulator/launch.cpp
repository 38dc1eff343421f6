// Runs launches: blocks are spread over a few OS threads, the threads of a block are fibers on one of them. A kernel that
// never waits runs its threads one after another on one fiber, without a switch.
#include "device.h"
#include "execution.h"
#include "fibers.h"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <mutex>
#include <random>
#include <sys/mman.h>
#include <thread>
#include <ucontext.h>

extern "C" { __attribute__((visibility("default"))) __thread EmuThread emu_thread __attribute__((tls_model("initial-exec"))); }

static thread_local Worker* worker = nullptr;
static thread_local bool aborted = false;
static std::atomic<int> sticky{0};

Worker* current_worker()
{
    return worker;
}

EXPORT void emu_fail(int result)
{
    int none = 0;
    sticky.compare_exchange_strong(none, result);
}

int sticky_error()
{
    return sticky;
}

EXPORT int emuReset() // forgets the sticky error, which a real driver cannot
{
    sticky = 0;
    return success;
}

void kernel_report(int result, const char* what)
{
    emu_report("kernel %s, block (%u,%u,%u), thread (%u,%u,%u): %s", worker ? worker->launch->name : "?", emu_thread.block.x, emu_thread.block.y,
        emu_thread.block.z, emu_thread.thread.x, emu_thread.thread.y, emu_thread.thread.z, what);
    emu_fail(result);
}

// ---- threads of a block

static void enter(Worker* w, unsigned thread)
{
    w->current = thread;
    emu_thread.linear = thread;
    emu_thread.thread = w->indices[thread];
}

// Leaves the running fiber: straight to the next thread that can go on, or to the scheduler.
static void yield_fiber(Worker* w)
{
    Fiber* fiber = w->fiber;
    if (w->next >= w->count)
    {
        for (unsigned p = w->position + 1; p < w->count; ++p)
        {
            unsigned thread = w->order[p];
            if (w->threads[thread].state == State::ready)
            {
                w->position = p;
                enter(w, thread);
                w->fiber = w->threads[thread].fiber;
                emu_switch(&fiber->stack_pointer, w->fiber->stack_pointer);
                return;
            }
        }
    }
    w->position = w->count;
    emu_switch(&fiber->stack_pointer, w->scheduler);
}

static void fiber_main()
{
    for (;;)
    {
        Worker* w = worker;
        while (w->next < w->count)
        {
            unsigned thread = w->order[w->next++];
            w->threads[thread].fiber = w->fiber;
            w->threads[thread].state = State::ready;
            enter(w, thread);
            w->launch->kernel->invoke(w->launch->arguments.data());
            w->threads[w->current].state = State::done;
            w->threads[w->current].fiber = nullptr;
        }
        w->idle.push_back(w->fiber);
        yield_fiber(w);
    }
}

static void resume(Worker* w, Fiber* fiber)
{
    w->fiber = fiber;
    emu_switch(&w->scheduler, fiber->stack_pointer);
}

static Fiber* idle_fiber(Worker* w)
{
    if (w->idle.empty()) return make_fiber(fiber_main);
    Fiber* fiber = w->idle.back();
    w->idle.pop_back();
    return fiber;
}

// ---- scheduling of a block

static bool run_ready(Worker* w)
{
    bool progress = false;
    for (w->position = 0; w->position < w->count && !aborted; ++w->position)
    {
        unsigned thread = w->order[w->position];
        if (w->threads[thread].state == State::ready)
        {
            enter(w, thread);
            resume(w, w->threads[thread].fiber);
            progress = true;
        }
    }
    return progress;
}

const int warp_barrier = 1 << 30; // in the place of a wait: its line is that of a __syncwarp

// Lets the threads of a warp go on that all arrived at the operation at which the first of them waits, if they are those that
// its mask names.
static bool release_group(Worker* w, unsigned first, unsigned end, unsigned leader)
{
    int line = w->threads[leader].line;
    unsigned mask = w->threads[leader].mask, existing = end - first == 32 ? ~0u : (1u << (end - first)) - 1, arrived = 0;
    auto belongs = [&](const Thread& t) { return t.state == State::warp && t.line == line && t.mask == mask; };
    for (unsigned i = first; i < end; ++i)
        if (belongs(w->threads[i])) arrived |= 1u << (i - first);
    if ((arrived & mask & existing) != (mask & existing)) return false;
    for (unsigned i = first; i < end; ++i)
        if (belongs(w->threads[i])) w->threads[i].state = State::ready;
    // Shuffles and votes order no memory; a barrier of part of a warp is not counted as an order either.
    if (line > 0 && (line & warp_barrier) && (mask & existing) == existing) ++w->warp_epoch[first / 32];
    return true;
}

static bool release_warps(Worker* w, bool& live)
{
    bool progress = false;
    for (unsigned first = 0; first < w->count; first += 32)
    {
        unsigned end = std::min(first + 32, w->count);
        for (unsigned i = first; i < end; ++i)
        {
            live |= w->threads[i].state != State::done;
            if (w->threads[i].state == State::warp) progress |= release_group(w, first, end, i);
        }
    }
    return progress;
}

// Lets the block go on if every thread that has not ended waits at a barrier.
static bool release_block(Worker* w)
{
    int line = -1;
    bool diverged = false;
    for (Thread& t : w->threads)
    {
        if (t.state == State::done) continue;
        if (t.state != State::barrier) return false;
        diverged |= line >= 0 && t.line != line;
        line = t.line;
    }
    for (Thread& t : w->threads) diverged |= t.state == State::done && options().check;
    if (diverged) kernel_report(launch_failed, "threads of one block reached __syncthreads in different places, or ended before it (divergent barrier)");
    ++w->block_epoch;
    for (Thread& t : w->threads)
        if (t.state == State::barrier) t.state = State::ready;
    return true;
}

static void arrange_threads(Worker* w, Dim block)
{
    w->count = block.x * block.y * block.z;
    w->threads.resize(w->count);
    for (Thread& t : w->threads) t.state = State::waiting;
    w->warp_epoch.assign((w->count + 31) / 32, 0);
    if (w->indices.size() != w->count || w->shape.x != block.x || w->shape.y != block.y)
    {
        w->shape = block;
        w->indices.clear();
        for (unsigned z = 0; z < block.z; ++z)
            for (unsigned y = 0; y < block.y; ++y)
                for (unsigned x = 0; x < block.x; ++x) w->indices.push_back({x, y, z});
        w->order.clear();
    }
    if (w->order.size() != w->count || options().order != w->ordered || options().order == Options::random)
    {
        w->ordered = options().order;
        w->order.resize(w->count);
        for (unsigned i = 0; i < w->count; ++i) w->order[i] = w->ordered == Options::reverse ? w->count - 1 - i : i;
        if (w->ordered == Options::random) std::shuffle(w->order.begin(), w->order.end(), w->generator);
    }
}

// Dynamic shared memory ends at a page that faults.
static void prepare_shared(Worker* w)
{
    const size_t alignment = 16, page = 4096;
    if (!w->dynamic_end)
    {
        char* mapping = (char*)mmap(nullptr, optin_shared + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(mapping + optin_shared, page, PROT_NONE);
        w->dynamic_end = mapping + optin_shared;
    }
    w->dynamic_bytes = w->launch->dynamic_bytes;
    w->dynamic_start = w->dynamic_end - (w->dynamic_bytes + alignment - 1) / alignment * alignment;
    emu_thread.dynamic_shared = w->dynamic_start;
    memset(w->dynamic_start, 0xFF, w->dynamic_end - w->dynamic_start);
    if (w->static_bytes && w->poison_static) memset(w->static_start, 0xFF, w->static_bytes);
    w->shared_shadow.clear();
}

static void run_block(Worker* w, uint64_t index)
{
    Launch& launch = *w->launch;
    emu_thread.block = {unsigned(index % launch.grid.x), unsigned(index / launch.grid.x % launch.grid.y), unsigned(index / ((uint64_t)launch.grid.x * launch.grid.y))};
    emu_thread.block_size = launch.block;
    emu_thread.grid_size = launch.grid;
    w->block_index = index;
    w->next = 0;
    w->block_epoch = 0;
    arrange_threads(w, launch.block);
    prepare_shared(w);
    for (;;)
    {
        if (aborted)
        {
            aborted = false;
            w->idle.clear(); // fibers in the middle of a kernel are lost with their stacks
            return;
        }
        w->position = w->count;
        while (w->next < w->count && !aborted) resume(w, idle_fiber(w));
        if (aborted || run_ready(w)) continue;
        bool live = false;
        if (release_warps(w, live)) continue;
        if (!live) return;
        if (release_block(w)) continue;
        kernel_report(launch_failed, "deadlock: some threads wait at a barrier or warp operation that others never reach");
        w->idle.clear();
        return;
    }
}

// ---- waiting, called by kernels

extern "C" __attribute__((visibility("default"))) void emu_barrier(int line)
{
    Thread& t = worker->threads[worker->current];
    t.state = State::barrier;
    t.line = line;
    yield_fiber(worker);
}

static void wait_for_warp(unsigned mask, int line)
{
    Thread& t = worker->threads[worker->current];
    t.state = State::warp;
    t.mask = mask;
    t.line = line;
    yield_fiber(worker);
}

extern "C" __attribute__((visibility("default"))) void emu_exchange(unsigned mask, const void* in, void* out, int size, int source, int line)
{
    Worker* w = worker;
    unsigned me = w->current, first = me & ~31u;
    if (!(mask >> (me & 31) & 1)) kernel_report(launch_failed, "a lane calls a shuffle whose mask does not name it");
    memcpy(w->threads[me].slot, in, size);
    wait_for_warp(mask, line);
    unsigned from = first + (source & 31);
    bool valid = from < w->count && (mask >> (source & 31) & 1);
    if (!valid) kernel_report(launch_failed, "a shuffle reads from a lane that its mask does not name or that does not exist");
    if (valid) memcpy(out, w->threads[from].slot, size);
    else memset(out, 0xFF, size);
    wait_for_warp(mask, -line); // nobody overwrites its slot before all have read
}

extern "C" __attribute__((visibility("default"))) unsigned emu_ballot(unsigned mask, int predicate, int line)
{
    Worker* w = worker;
    unsigned me = w->current, first = me & ~31u, result = 0;
    if (!(mask >> (me & 31) & 1)) kernel_report(launch_failed, "a lane calls a warp operation whose mask does not name it");
    w->threads[me].slot[0] = predicate != 0;
    wait_for_warp(mask, line);
    for (unsigned lane = 0; lane < 32 && first + lane < w->count; ++lane)
        if ((mask >> lane & 1) && w->threads[first + lane].slot[0]) result |= 1u << lane;
    wait_for_warp(mask, -line);
    return result;
}

extern "C" __attribute__((visibility("default"))) void emu_warp_barrier(unsigned mask, int line)
{
    if (!(mask >> (worker->current & 31) & 1)) kernel_report(launch_failed, "a lane calls a warp operation whose mask does not name it");
    wait_for_warp(mask, line | warp_barrier);
}

// ---- faults: a hardware fault of a kernel ends the block and becomes an error, and never reaches the host program

static void fault_exit()
{
    aborted = true;
    void* discarded;
    emu_switch(&discarded, worker->scheduler);
    __builtin_trap();
}

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction previous_handlers[NSIG];

static void on_fault(int signal_number, siginfo_t* info, void* context_pointer)
{
    auto* context = (ucontext_t*)context_pointer;
    if (Worker* w = worker; w && w->fiber && w->running)
    {
        uintptr_t stack = (uintptr_t)w->fiber->stack, address = (uintptr_t)info->si_addr;
        bool memory = signal_number == SIGSEGV || signal_number == SIGBUS;
        kernel_report(memory ? illegal_address : launch_failed, !memory ? "undefined arithmetic or an impossible branch (hardware fault)"
            : stack - address <= fiber_guard ? "stack overflow" : "access to an address outside every allocation (hardware fault)");
        context->uc_mcontext.gregs[REG_RSP] = (long)((stack + fiber_stack - 4096) & ~15ull) - 8;
        context->uc_mcontext.gregs[REG_RIP] = (long)fault_exit;
        return;
    }
    const struct sigaction& previous = previous_handlers[signal_number]; // of the program that uses the driver
    if (previous.sa_flags & SA_SIGINFO) previous.sa_sigaction(signal_number, info, context_pointer);
    else
    {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

static void catch_faults()
{
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action{};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        for (int fault : faults) sigaction(fault, &action, &previous_handlers[fault]);
    });
}

// ---- workers

struct Team
{
    std::mutex mutex;
    std::condition_variable work, done;
    Launch* launch = nullptr;
    std::atomic<uint64_t> next{0};
    uint64_t generation = 0, total = 0;
    int started = 0, wanted = 0, busy = 0;
};

static Team& team = *new Team; // never destroyed: detached threads wait on it

static int find_static_shared(dl_phdr_info* info, size_t, void* data)
{
    auto* w = (Worker*)data;
    if ((void*)info->dlpi_addr == w->library_base)
        for (int i = 0; i < info->dlpi_phnum; ++i)
            if (info->dlpi_phdr[i].p_type == PT_TLS)
            {
                w->static_start = (char*)info->dlpi_tls_data;
                w->static_bytes = info->dlpi_phdr[i].p_memsz;
            }
    return 0;
}

static void locate_static_shared(Worker* w)
{
    void* library = module_library(w->launch->module);
    link_map* map = nullptr;
    dlinfo(library, RTLD_DI_LINKMAP, &map);
    ((void (*)())dlsym(library, "emu_touch"))(); // the thread's block of the module exists from its first use
    w->library_base = (void*)map->l_addr;
    w->static_start = nullptr;
    w->static_bytes = 0;
    dl_iterate_phdr(find_static_shared, w);
}

static void take_blocks(Launch& launch)
{
    if (!worker) worker = new Worker;
    Worker* w = worker;
    w->launch = &launch;
    w->generator.seed(options().seed + launch.id);
    if (w->library != module_library(launch.module)) // libraries are never unloaded, a module's address may come again
    {
        w->library = module_library(launch.module);
        locate_static_shared(w);
    }
    w->poison_static = true;
    begin_checks(w);
    w->running = true;
    for (uint64_t b; (b = team.next++) < team.total;)
    {
        run_block(w, options().order == Options::reverse ? team.total - 1 - b : b);
        w->poison_static = options().check || w->static_bytes <= 64 * 1024;
        if (sticky) team.next = team.total;
    }
    w->running = false;
    w->fiber = nullptr;
    gather_profile(w);
}

static void worker_main()
{
    stack_t alternate{};
    alternate.ss_size = 64 * 1024;
    alternate.ss_sp = malloc(alternate.ss_size);
    sigaltstack(&alternate, nullptr);
    uint64_t seen = 0;
    for (;;)
    {
        Launch* launch;
        {
            std::unique_lock<std::mutex> lock(team.mutex);
            team.work.wait(lock, [&] { return team.generation != seen; });
            seen = team.generation;
            launch = team.launch;
        }
        take_blocks(*launch);
        std::lock_guard<std::mutex> lock(team.mutex);
        if (--team.busy == 0) team.done.notify_all();
    }
}

void run_launch(Launch& launch)
{
    if (sticky) return;
    catch_faults();
    std::unique_lock<std::mutex> lock(team.mutex);
    team.total = (uint64_t)launch.grid.x * launch.grid.y * launch.grid.z;
    while (team.started < options().workers)
    {
        ++team.started;
        std::thread(worker_main).detach();
    }
    team.launch = &launch;
    team.next = 0;
    team.busy = team.started;
    ++team.generation;
    team.work.notify_all();
    team.done.wait(lock, [] { return team.busy == 0; });
    finish_profile(launch);
}
