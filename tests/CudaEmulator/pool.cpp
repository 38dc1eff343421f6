// Stream-ordered allocation: the address is known at once, the memory may be used after the call's place in its stream, and
// is gone after the place of the free. The pool keeps what was freed until a host wait, beyond its threshold.
#include "driver.h"
#include <algorithm>
#include <mutex>

enum { release_threshold = 4, reserved_current = 5, reserved_high = 6, used_current = 7, used_high = 8 };

struct Pool
{
    std::mutex mutex;
    uint64_t threshold = 0, used = 0, used_peak = 0, reserved = 0, reserved_peak = 0;
};

static Pool& pool = *new Pool;

size_t pool_reserved()
{
    return pool.reserved;
}

void pool_took(size_t bytes)
{
    std::lock_guard<std::mutex> lock(pool.mutex);
    pool.used += bytes;
    pool.used_peak = std::max(pool.used_peak, pool.used);
    pool.reserved = std::max(pool.reserved, pool.used);
    pool.reserved_peak = std::max(pool.reserved_peak, pool.reserved);
}

void pool_got_back(size_t bytes)
{
    std::lock_guard<std::mutex> lock(pool.mutex);
    pool.used -= bytes;
}

static void shrink(uint64_t kept)
{
    std::lock_guard<std::mutex> lock(pool.mutex);
    pool.reserved = std::min(pool.reserved, std::max(pool.used, kept));
}

void pool_synchronised()
{
    shrink(pool.threshold);
}

EXPORT int cuMemAllocAsync(Address* address, size_t bytes, Stream* stream)
{
    if (int status = emu_status()) return status;
    if (bytes == 0) return invalid_value;
    if (is_capturing(stream))
    {
        emu_report("allocation nodes of graphs are not emulated: allocate before the capture");
        return not_supported;
    }
    if (int status = allocate(address, bytes, true)) return status;
    Operation born{"a stream-ordered allocation", nullptr, {{*address, bytes, true}}};
    return emu_submit(stream, &born);
}

EXPORT int cuMemFreeAsync(Address address, Stream* stream)
{
    if (int status = emu_status()) return status;
    if (address == 0) return success;
    Allocation* found = find_allocation(address);
    if (!found || found->base != address || found->freeing)
    {
        emu_report("stream-ordered free of %#llx, which is not the start of a live allocation", (unsigned long long)address);
        return invalid_value;
    }
    if (is_capturing(stream))
    {
        emu_report("free nodes of graphs are not emulated: free after the capture");
        return not_supported;
    }
    Operation gone{"a stream-ordered free", [address] { release_allocation(address); }, {{address, found->size, true}}};
    found->freeing = true;
    int result = emu_submit(stream, &gone);
    if (result) found->freeing = false;
    return result;
}

EXPORT int cuDeviceGetDefaultMemPool(Pool** result, int device)
{
    *result = &pool;
    return device == 0 ? success : invalid_device;
}

EXPORT int cuDeviceGetMemPool(Pool** result, int device)
{
    return cuDeviceGetDefaultMemPool(result, device);
}

EXPORT int cuMemPoolSetAttribute(Pool* p, int attribute, void* value)
{
    if (p != &pool) return invalid_value;
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (attribute >= 1 && attribute <= 3) return success; // how memory is reused: nothing here depends on it
    uint64_t wanted = *(uint64_t*)value;
    if (attribute == release_threshold) pool.threshold = wanted;
    else if (attribute == reserved_high && wanted == 0) pool.reserved_peak = pool.reserved;
    else if (attribute == used_high && wanted == 0) pool.used_peak = pool.used;
    else return invalid_value;
    return success;
}

EXPORT int cuMemPoolGetAttribute(Pool* p, int attribute, void* value)
{
    if (p != &pool || attribute < 1 || attribute > used_high) return invalid_value;
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (attribute < release_threshold) *(int*)value = 1;
    else
        *(uint64_t*)value = attribute == release_threshold ? pool.threshold : attribute == reserved_current ? pool.reserved
            : attribute == reserved_high ? pool.reserved_peak : attribute == used_current ? pool.used : pool.used_peak;
    return success;
}

EXPORT int cuMemPoolTrimTo(Pool* p, size_t kept)
{
    if (p != &pool) return invalid_value;
    shrink(kept);
    return success;
}
