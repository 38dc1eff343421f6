// What instrumented kernels report. With the option check, modules are compiled with -fsanitize=thread but linked without its
// run-time library: the call-backs below take its place and see every access with address, width and direction. The
// undefined-behaviour call-backs are always there.
#include "execution.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

// ---- races: two accesses of one launch conflict unless a barrier of their block, or of their warp, lies between them

static Access describe_access(Worker* w, bool atomic)
{
    return {w->launch->id, (uint32_t)w->block_index, (uint16_t)(w->current + 1), w->block_epoch, w->warp_epoch[w->current / 32], atomic};
}

static bool conflict(const Access& a, const Access& b)
{
    if (!a.thread || a.launch != b.launch || (a.atomic && b.atomic)) return false;
    if (a.block != b.block) return true;
    if (a.thread == b.thread || a.block_epoch != b.block_epoch) return false;
    bool same_warp = (a.thread - 1) / 32 == (b.thread - 1) / 32;
    return !same_warp || a.warp_epoch == b.warp_epoch;
}

static bool races(Shadow& shadow, const Access& access, bool write)
{
    bool found = conflict(shadow.writer, access) || (write && (conflict(shadow.reader, access) || conflict(shadow.other_reader, access)));
    if (write) shadow.writer = access;
    else
    {
        if (shadow.reader.thread != access.thread || shadow.reader.block != access.block || shadow.reader.launch != access.launch) shadow.other_reader = shadow.reader;
        shadow.reader = access;
    }
    return found;
}

// ---- accesses

static void fail(int result, const char* what, bool write, int bytes, uintptr_t address, uintptr_t base, size_t size)
{
    char text[200];
    snprintf(text, sizeof text, "%s: %s of %d bytes at offset %lld of %zu bytes", what, write ? "write" : "read", bytes, (long long)(address - base), size);
    kernel_report(result, text);
}

static void check_shared(Worker* w, uintptr_t address, int bytes, bool write, bool atomic)
{
    Access access = describe_access(w, atomic);
    for (uintptr_t word = address & ~(uintptr_t)3; word < address + bytes; word += 4)
    {
        Shadow& shadow = w->shared_shadow[word];
        if (!shadow.writer.thread && (!write || atomic)) kernel_report(launch_failed, "uninitialised shared memory is read");
        if (races(shadow, access, write)) kernel_report(launch_failed, "race in shared memory: another thread touches the same word with no barrier between");
    }
}

// Caches of read-only data are not kept up to date: what a launch reads through const __restrict__ it must not write.
static bool breaks_read_only(Worker* w, const Allocation* a, const Shadow& shadow, const Access& access, bool write)
{
    const Access& other = write ? shadow.reader : shadow.writer;
    return other.thread && other.launch == access.launch && std::count(w->read_only.begin(), w->read_only.end(), a);
}

static void check_global(Worker* w, uintptr_t address, int bytes, bool write, bool atomic)
{
    static thread_local Allocation* last = nullptr;
    static thread_local uint32_t last_launch = 0;
    if (last_launch != w->launch->id || !last || address - last->base >= last->size)
    {
        last = find_allocation(address);
        last_launch = w->launch->id;
    }
    if (!last) return fail(illegal_address, "out of bounds, in no allocation", write, bytes, address, 0, 0);
    if (address + bytes > last->base + last->size) return fail(illegal_address, "out of bounds", write, bytes, address, last->base, last->size);
    if (last->initialised.empty()) return;
    size_t offset = address - last->base;
    if ((!write || atomic) && memchr(&last->initialised[offset], 0, bytes))
        fail(launch_failed, "uninitialised global memory is read", write, bytes, address, last->base, last->size);
    if (write) memset(&last->initialised[offset], 1, bytes);
    Access access = describe_access(w, atomic);
    for (size_t word = offset / 4; word <= (offset + bytes - 1) / 4; ++word)
    {
        if (!w->read_only.empty() && breaks_read_only(w, last, last->shadow[word], access, write))
            fail(launch_failed, "data of a const __restrict__ parameter is written in the same launch", write, bytes, address, last->base, last->size);
        if (races(last->shadow[word], access, write))
            fail(launch_failed, "race in global memory: another thread of the launch touches the same word", write, bytes, address, last->base, last->size);
    }
}

void begin_checks(Worker* w)
{
    w->read_only.clear();
    if (!options().check) return;
    const Kernel& k = *w->launch->kernel;
    for (int i = 0; i < k.count; ++i)
        if (k.roles[i] == 'c')
            if (const Allocation* a = find_allocation(*(Address*)w->launch->arguments[i])) w->read_only.push_back(a);
}

static void check_access(const void* pointer, int bytes, bool write, bool atomic, void* caller)
{
    Worker* w = current_worker();
    if (!w || !w->running || sticky_error()) return;
    uintptr_t address = (uintptr_t)pointer;
    if (address - (uintptr_t)w->fiber->stack < fiber_stack || address - (uintptr_t)&emu_thread < sizeof emu_thread) return; // local memory, built-in variables
    if ((uintptr_t)w->fiber->stack - address <= fiber_guard) return; // the stack's end, which faults
    if (bytes > 1 && address % bytes)
    {
        kernel_report(misaligned_address, "misaligned access");
        return;
    }
    bool shared = address - (uintptr_t)w->static_start < w->static_bytes || address - (uintptr_t)w->dynamic_start < w->dynamic_bytes;
    if (options().profile && caller) profile_access(w, address, bytes, write, shared, caller);
    if (shared) check_shared(w, address, bytes, write, atomic);
    else check_global(w, address, bytes, write, atomic);
}

#define CALLER __builtin_return_address(0)
#define CHECK_WIDTH(n) \
    EXPORT void __tsan_read##n(void* p) { check_access(p, n, false, false, CALLER); } \
    EXPORT void __tsan_write##n(void* p) { check_access(p, n, true, false, CALLER); } \
    EXPORT void __tsan_read_write##n(void* p) { check_access(p, n, false, false, CALLER); check_access(p, n, true, false, CALLER); } \
    EXPORT void __tsan_unaligned_read##n(void* p) { check_access(p, n, false, false, CALLER); } \
    EXPORT void __tsan_unaligned_write##n(void* p) { check_access(p, n, true, false, CALLER); }
CHECK_WIDTH(1) CHECK_WIDTH(2) CHECK_WIDTH(4) CHECK_WIDTH(8) CHECK_WIDTH(16)

static void check_range(char* p, size_t bytes, bool write, void* caller)
{
    for (size_t i = 0; i < bytes; i += 4) check_access(p + i, (int)std::min<size_t>(4, bytes - i), write, false, caller);
}

EXPORT void __tsan_read_range(void* p, size_t bytes) { check_range((char*)p, bytes, false, CALLER); }
EXPORT void __tsan_write_range(void* p, size_t bytes) { check_range((char*)p, bytes, true, CALLER); }
EXPORT void* __tsan_memcpy(void* to, const void* from, size_t bytes)
{
    check_range((char*)from, bytes, false, CALLER);
    check_range((char*)to, bytes, true, CALLER);
    return memcpy(to, from, bytes);
}
EXPORT void* __tsan_memset(void* to, int value, size_t bytes)
{
    check_range((char*)to, bytes, true, CALLER);
    return memset(to, value, bytes);
}
EXPORT void __tsan_init() {}
EXPORT void __tsan_func_entry(void*) {}
EXPORT void __tsan_func_exit() {}

// ---- atomics: real ones, since blocks run in parallel

enum { atomic_add, atomic_max, atomic_min, atomic_exchange, atomic_compare };

template <class U, class S> static U apply_atomic(void* address, U operand, U compare, int operation)
{
    auto* p = (U*)address;
    U old = __atomic_load_n(p, __ATOMIC_RELAXED), wanted;
    do
    {
        wanted = operation == atomic_add ? old + operand
            : operation == atomic_max ? (U)std::max((S)old, (S)operand)
            : operation == atomic_min ? (U)std::min((S)old, (S)operand)
            : operation == atomic_compare && old != compare ? old : operand;
    } while (!__atomic_compare_exchange_n(p, &old, wanted, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
}

EXPORT unsigned emu_atomic32(void* address, unsigned operand, unsigned compare, int operation)
{
    if (options().check) check_access(address, 4, true, true, nullptr);
    return apply_atomic<unsigned, int>(address, operand, compare, operation);
}

EXPORT unsigned long long emu_atomic64(void* address, unsigned long long operand, unsigned long long compare, int operation)
{
    if (options().check) check_access(address, 8, true, true, nullptr);
    return apply_atomic<unsigned long long, long long>(address, operand, compare, operation);
}

// ---- undefined behaviour

struct SourceLocation
{
    const char* file;
    uint32_t line, column;
};

static void undefined(const char* what, const SourceLocation* at, int result)
{
    char text[300];
    snprintf(text, sizeof text, "%s at %s:%u", what, at->file, at->line);
    kernel_report(result, text);
}

#define UNDEFINED(name, what, result) EXPORT void __ubsan_handle_##name(SourceLocation* at, ...) { undefined(what, at, result); }
UNDEFINED(add_overflow, "signed overflow of +", launch_failed)
UNDEFINED(sub_overflow, "signed overflow of -", launch_failed)
UNDEFINED(mul_overflow, "signed overflow of *", launch_failed)
UNDEFINED(negate_overflow, "signed overflow of unary -", launch_failed)
UNDEFINED(divrem_overflow, "division by zero or overflow", launch_failed)
UNDEFINED(out_of_bounds, "array index out of bounds", illegal_address)
UNDEFINED(shift_out_of_bounds, "shift count out of range", launch_failed)
UNDEFINED(type_mismatch_v1, "misaligned or null access", misaligned_address)
