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

static std::recursive_mutex& memory_mutex = *new std::recursive_mutex;
static std::map<Address, Allocation>& allocations = *new std::map<Address, Allocation>;
static std::map<const void*, size_t>& pinned = *new std::map<const void*, size_t>;
static size_t used = 0; // without the pool

Allocation* find_allocation(Address address)
{
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) return nullptr;
    Allocation& found = std::prev(next)->second;
    return address < found.base + found.size ? &found : nullptr;
}

static bool holds(const Allocation* a, Address address, size_t bytes)
{
    return a && bytes <= a->base + a->size - address;
}

bool range_exists(Address address, size_t bytes)
{
    return bytes == 0 || holds(find_allocation(address), address, bytes);
}

EXPORT bool emu_range_is_valid(Address address, size_t bytes)
{
    Allocation* found = find_allocation(address);
    return bytes == 0 || (holds(found, address, bytes) && !found->freeing);
}

EXPORT void emu_mark_initialised(Address address, size_t bytes)
{
    Allocation* found = find_allocation(address);
    if (found && !found->initialised.empty()) memset(&found->initialised[address - found->base], 1, bytes);
}

static size_t round_up(size_t value, size_t step)
{
    return (value + step - 1) / step * step;
}

int allocate(Address* address, size_t bytes, bool pooled)
{
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    if (bytes > options().memory || used + pool_reserved() + bytes > options().memory) return out_of_memory;
    size_t body = round_up(bytes, alignment), mapped = round_up(body, page) + page;
    char* mapping = (char*)mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return out_of_memory;
    mprotect(mapping + mapped - page, page, PROT_NONE);
    char* start = mapping + mapped - page - body;
    memset(start, poison, body);
    Allocation made{(Address)start, bytes, mapping, mapped, pooled, false, {}, {}, {}};
    if (options().check)
    {
        made.initialised.resize(bytes);
        made.shadow.resize((bytes + 3) / 4);
    }
    *address = made.base;
    allocations[made.base] = std::move(made);
    if (pooled) pool_took(bytes);
    else used += bytes;
    return success;
}

bool release_allocation(Address address)
{
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    auto found = allocations.find(address);
    if (found == allocations.end()) return false;
    Allocation& a = found->second;
    for (const char* c = (const char*)a.base + a.size; c < a.mapping + a.mapping_size - page; ++c)
        if ((unsigned char)*c != poison)
        {
            emu_report("an allocation of %zu bytes was written to past its end", a.size);
            break;
        }
    mprotect(a.mapping, a.mapping_size, PROT_NONE); // the address range stays taken, so that a stale pointer faults
    madvise(a.mapping, a.mapping_size, MADV_DONTNEED);
    if (a.pooled) pool_got_back(a.size);
    else used -= a.size;
    allocations.erase(found);
    return true;
}

EXPORT int cuMemAlloc_v2(Address* address, size_t bytes)
{
    if (int status = emu_status()) return status;
    if (int status = capture_status()) return status;
    return bytes == 0 ? (int)invalid_value : allocate(address, bytes, false);
}

EXPORT int cuMemFree_v2(Address address)
{
    if (int status = emu_status(); status == not_initialized || status == invalid_context) return status;
    if (int status = capture_status()) return status;
    if (address == 0) return success;
    drain_all(); // freeing waits for work that may use the memory
    if (Allocation* found = find_allocation(address); !found || found->base != address || found->freeing)
    {
        emu_report("free of %#llx, which is not the start of a live allocation", (unsigned long long)address);
        return invalid_value;
    }
    release_allocation(address);
    return success;
}

EXPORT int cuMemGetInfo_v2(size_t* free_bytes, size_t* total)
{
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    *total = options().memory;
    *free_bytes = options().memory - used - pool_reserved();
    return emu_status();
}

// ---- pinned host memory

EXPORT int cuMemAllocHost_v2(void** pointer, size_t bytes)
{
    if (int status = emu_status()) return status;
    if (int status = capture_status()) return status;
    if (bytes == 0) return invalid_value;
    *pointer = aligned_alloc(page, round_up(bytes, page));
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    pinned[*pointer] = bytes;
    return success;
}

EXPORT int cuMemFreeHost(void* pointer)
{
    if (int status = capture_status()) return status;
    size_t bytes = 0;
    {
        std::lock_guard<std::recursive_mutex> lock(memory_mutex);
        auto found = pinned.find(pointer);
        if (found != pinned.end()) bytes = found->second;
    }
    const char* what;
    if (bytes && host_is_queued(pointer, bytes, &what)) emu_report("pinned host memory was freed while %s of it was queued", what);
    drain_all();
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
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
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    auto next = pinned.upper_bound(pointer);
    if (next == pinned.begin()) return false;
    auto& found = *std::prev(next);
    return (const char*)pointer < (const char*)found.first + found.second;
}

std::string memory_leaks()
{
    std::lock_guard<std::recursive_mutex> lock(memory_mutex);
    size_t bytes = 0;
    for (auto& entry : allocations) bytes += entry.second.size;
    std::string text;
    if (!allocations.empty()) text += "leak: " + std::to_string(allocations.size()) + " allocations of " + std::to_string(bytes) + " bytes\n";
    if (!pinned.empty()) text += "leak: " + std::to_string(pinned.size()) + " pinned host buffers\n";
    return text;
}
