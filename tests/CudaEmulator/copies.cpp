// Copies and fills. An upload from pageable memory reads it before the call returns, one from pinned memory when its turn
// comes. A download to pageable memory is complete when the call returns; pinned targets hold NaN until it has run.
#include "driver.h"
#include <algorithm>
#include <cstring>
#include <memory>

static const int poison = 0xFF;

// Whether copied bytes were ever written is copied with them.
static void copy_initialised(Address target, Address source, size_t bytes)
{
    Allocation *to = find_allocation(target), *from = find_allocation(source);
    if (to->initialised.empty()) return;
    if (from->initialised.empty()) memset(&to->initialised[target - to->base], 1, bytes);
    else memmove(&to->initialised[target - to->base], &from->initialised[source - from->base], bytes);
}

static void require_initialised(Address source, size_t bytes)
{
    Allocation* from = find_allocation(source);
    if (from->initialised.empty()) return;
    auto first = from->initialised.begin() + (source - from->base), end = first + bytes, hole = std::find(first, end, 0);
    if (hole != end) emu_report("a download of %zu bytes reads uninitialised global memory from byte %td on", bytes, hole - first);
}

EXPORT int cuMemcpyHtoDAsync_v2(Address target, const void* source, size_t bytes, Stream* stream)
{
    Operation o{"an upload", nullptr, {{target, bytes, true}}};
    if (int status = emu_status()) return status;
    if (bytes == 0) return success;
    if (!emu_spans_are_valid(&o)) return invalid_value;
    std::shared_ptr<std::vector<char>> staged;
    if (host_is_pinned(source))
    {
        o.host = source;
        o.host_bytes = bytes;
    }
    else if (!is_capturing(stream)) staged = std::make_shared<std::vector<char>>((const char*)source, (const char*)source + bytes);
    o.run = [=] {
        memcpy((void*)target, staged ? staged->data() : source, bytes);
        emu_mark_initialised(target, bytes);
    };
    return emu_submit(stream, &o);
}

EXPORT int cuStreamSynchronize(Stream* stream);

EXPORT int cuMemcpyDtoHAsync_v2(void* target, Address source, size_t bytes, Stream* stream)
{
    Operation o{"a download", nullptr, {{source, bytes, false}}};
    if (int status = emu_status()) return status;
    if (bytes == 0) return success;
    if (!emu_spans_are_valid(&o)) return invalid_value;
    bool pinned = host_is_pinned(target), captured = is_capturing(stream);
    if (pinned)
    {
        if (!captured) memset(target, poison, bytes);
        o.host = target; // not to be touched before the download has run
        o.host_bytes = bytes;
    }
    o.run = [=] {
        require_initialised(source, bytes);
        memcpy(target, (const void*)source, bytes);
    };
    int result = emu_submit(stream, &o);
    return result || pinned || captured ? result : cuStreamSynchronize(stream);
}

EXPORT int cuMemcpyDtoDAsync_v2(Address target, Address source, size_t bytes, Stream* stream)
{
    Operation o{"a device copy", nullptr, {{target, bytes, true}, {source, bytes, false}}};
    if (int status = emu_status()) return status;
    if (bytes == 0) return success;
    if (!emu_spans_are_valid(&o)) return invalid_value;
    if (target < source + bytes && source < target + bytes) emu_report("a device copy whose source and target overlap");
    o.run = [=] {
        memmove((void*)target, (const void*)source, bytes);
        copy_initialised(target, source, bytes);
    };
    return emu_submit(stream, &o);
}

EXPORT int cuMemsetD8Async(Address target, unsigned char value, size_t bytes, Stream* stream)
{
    Operation o{"a fill", nullptr, {{target, bytes, true}}};
    if (int status = emu_status()) return status;
    if (bytes == 0) return success;
    if (!emu_spans_are_valid(&o)) return invalid_value;
    o.run = [=] {
        memset((void*)target, value, bytes);
        emu_mark_initialised(target, bytes);
    };
    return emu_submit(stream, &o);
}
