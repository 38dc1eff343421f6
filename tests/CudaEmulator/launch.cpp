// Runs launches: blocks are spread over a few OS threads, whose hardware faults become errors of the launch.
#include "execution.h"
#include "fibers.h"
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <mutex>
#include <thread>
#include <ucontext.h>

extern "C" { __attribute__((visibility("default"))) __thread EmuThread emu_thread __attribute__((tls_model("initial-exec"))); }

__thread Worker* emu_worker __attribute__((tls_model("initial-exec"))) = nullptr;
__thread bool emu_aborted __attribute__((tls_model("initial-exec"))) = false;
static std::atomic<int> sticky{0};

Worker* current_worker()
{
    return emu_worker;
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
    emu_report("kernel %s, block (%u,%u,%u), thread (%u,%u,%u): %s", emu_worker ? emu_worker->launch->name : "?", emu_thread.block.x, emu_thread.block.y,
        emu_thread.block.z, emu_thread.thread.x, emu_thread.thread.y, emu_thread.thread.z, what);
    emu_fail(result);
}

// ---- faults: a hardware fault of a kernel ends the block and becomes an error, and never reaches the host program

static void fault_exit()
{
    emu_aborted = true;
    void* discarded;
    emu_switch(&discarded, emu_worker->scheduler);
    __builtin_trap();
}

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction previous_handlers[NSIG];

static void on_fault(int signal_number, siginfo_t* info, void* context_pointer)
{
    auto* context = (ucontext_t*)context_pointer;
    if (Worker* w = emu_worker; w && w->fiber && w->running)
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
    if (!emu_worker) emu_worker = new Worker;
    Worker* w = emu_worker;
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
