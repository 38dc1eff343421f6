// Two operations of different streams that use the same memory, one of them writing, must be ordered by events, by the null
// stream or by a wait of the host. What is known about the order is kept in a clock per stream; what used which part of an
// allocation last is kept with the allocation. A kernel counts as using the whole allocation around a pointer argument, and
// as writing it unless the pointer is to const.
#include "streams.h"
#include <algorithm>

static bool covered(const Use& old, const Use& use)
{
    return use.begin <= old.begin && old.end <= use.end && (use.write || !old.write);
}

static void record(Allocation& a, const Use& use, const Stream& stream, bool (*lives)(unsigned))
{
    for (size_t i = 0; i < a.uses.size();)
    {
        const Use& old = a.uses[i];
        bool ordered = old.stream == use.stream || stream.clock.covers(old.stream, old.position) || !lives(old.stream);
        if (!ordered && (old.write || use.write) && old.begin < use.end && use.begin < old.end)
        {
            emu_report("no order between streams: %s on stream %u and %s on stream %u use the same allocation of %zu bytes; an event or a wait is missing", old.what,
                old.stream, use.what, use.stream, a.size);
            ordered = true; // once is enough
        }
        if (ordered && covered(old, use))
        {
            a.uses[i] = a.uses.back();
            a.uses.pop_back();
        }
        else ++i;
    }
    const size_t most = 64; // of one allocation: the oldest is forgotten first
    if (a.uses.size() >= most) a.uses.erase(a.uses.begin());
    a.uses.push_back(use);
}

void record_uses(const Operation& operation, const Stream& stream, uint64_t position, bool (*lives)(unsigned))
{
    for (const Span& span : operation.spans)
    {
        Allocation* a = span.address ? find_allocation(span.address) : nullptr;
        if (!a) continue;
        Address begin = span.bytes ? span.address : a->base, end = span.bytes ? span.address + span.bytes : a->base + a->size;
        record(*a, {begin, end, stream.id, position, operation.what, span.write}, stream, lives);
    }
}
