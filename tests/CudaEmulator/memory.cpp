// Device memory: one mapping per allocation, a guard page behind it, filled with NaN. Freed ranges are unmapped and never
// used again, so that a stale pointer faults. Pinned host memory is remembered.
#include "driver.h"
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>

static const size_t page = 4096, alignment = 256;
static const int poison = 0xFF; // NaN in any floating type, -1 in any integer

static std::mutex& memory_mutex = *new std::mutex;
static std::map<Address, Allocation>& allocations = *new std::map<Address, Allocation>;
static std::map<const void*, size_t>& pinned = *new std::map<const void*, size_t>;
static size_t used = 0;

Allocation* find_allocation(Address address)
{
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) return nullptr;
    Allocation& found = std::prev(next)->second;
    return address < found.base + found.size ? &found : nullptr;
}

EXPORT bool emu_range_is_valid(Address address, size_t bytes)
{
    std::lock_guard<std::mutex> lock(memory_mutex);
    Allocation* found = find_allocation(address);
    return bytes == 0 || (found && address + bytes <= found->base + found->size);
}

EXPORT void emu_mark_initialised(Address address, size_t bytes)
{
    std::lock_guard<std::mutex> lock(memory_mutex);
    Allocation* found = find_allocation(address);
    if (found && !found->initialised.empty()) memset(&found->initialised[address - found->base], 1, bytes);
}

static size_t round_up(size_t value, size_t step)
{
    return (value + step - 1) / step * step;
}

EXPORT int cuMemAlloc_v2(Address* address, size_t bytes)
{
    if (int status = emu_status()) return status;
    if (bytes == 0) return invalid_value;
    std::lock_guard<std::mutex> lock(memory_mutex);
    if (used + bytes > options().memory) return out_of_memory;
    size_t body = round_up(bytes, alignment), mapped = round_up(body, page) + page;
    char* mapping = (char*)mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return out_of_memory;
    mprotect(mapping + mapped - page, page, PROT_NONE);
    char* start = mapping + mapped - page - body;
    memset(start, poison, body);
    Allocation made{(Address)start, bytes, mapping, mapped, {}, {}};
    if (options().check)
    {
        made.initialised.resize(bytes);
        made.shadow.resize((bytes + 3) / 4);
    }
    *address = made.base;
    allocations[made.base] = std::move(made);
    used += bytes;
    return success;
}

EXPORT int cuMemFree_v2(Address address)
{
    if (address == 0) return success;
    drain_all(); // freeing waits for work that may use the memory
    std::lock_guard<std::mutex> lock(memory_mutex);
    auto found = allocations.find(address);
    if (found == allocations.end())
    {
        emu_report("free of %#llx, which is not the start of a live allocation", (unsigned long long)address);
        return invalid_value;
    }
    Allocation& a = found->second;
    for (const char* c = (const char*)a.base + a.size; c < a.mapping + a.mapping_size - page; ++c)
        if ((unsigned char)*c != poison)
        {
            emu_report("an allocation of %zu bytes was written to past its end", a.size);
            break;
        }
    mprotect(a.mapping, a.mapping_size, PROT_NONE); // the address range stays taken, so that a stale pointer faults
    madvise(a.mapping, a.mapping_size, MADV_DONTNEED);
    used -= a.size;
    allocations.erase(found);
    return success;
}

EXPORT int cuMemGetInfo_v2(size_t* free_bytes, size_t* total)
{
    *total = options().memory;
    *free_bytes = options().memory - used;
    return emu_status();
}

EXPORT int cuMemAllocHost_v2(void** pointer, size_t bytes)
{
    if (int status = emu_status()) return status;
    *pointer = aligned_alloc(page, round_up(bytes ? bytes : 1, page));
    std::lock_guard<std::mutex> lock(memory_mutex);
    pinned[*pointer] = bytes;
    return success;
}

EXPORT int cuMemFreeHost(void* pointer)
{
    drain_all();
    std::lock_guard<std::mutex> lock(memory_mutex);
    if (!pinned.erase(pointer))
    {
        emu_report("free of host memory %p, which is not pinned", pointer);
        return invalid_value;
    }
    free(pointer);
    return success;
}

bool host_is_pinned(const void* pointer)
{
    std::lock_guard<std::mutex> lock(memory_mutex);
    auto next = pinned.upper_bound(pointer);
    if (next == pinned.begin()) return false;
    auto& found = *std::prev(next);
    return (const char*)pointer < (const char*)found.first + found.second;
}

void report_memory_leaks()
{
    std::lock_guard<std::mutex> lock(memory_mutex);
    if (!allocations.empty()) emu_report("leak: %zu allocations of %zu bytes", allocations.size(), used);
    if (!pinned.empty()) emu_report("leak: %zu pinned host buffers", pinned.size());
}
