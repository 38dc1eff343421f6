// Streams. Work waits in its stream's queue until somebody waits for the stream, and ready work of several
// streams then runs in a random order: a program that relies on anything but stream order and events does not survive that.
#include "streams.h"
#include <cstring>
#include <random>

std::recursive_mutex& stream_mutex = *new std::recursive_mutex;
Stream* const null_stream = new Stream{0, false};
static std::map<unsigned, Stream*>& streams = *new std::map<unsigned, Stream*>{{0, null_stream}};
Clock& host_clock = *new Clock;
static std::mt19937& generator = *new std::mt19937(options().seed);
static unsigned next_stream = 1;

using Lock = std::lock_guard<std::recursive_mutex>;

Stream* resolve(Stream* stream)
{
    return stream ? stream : null_stream;
}

bool stream_exists(Stream* stream)
{
    if (stream == null_stream) return true;
    for (auto& entry : streams)
        if (entry.second == stream) return !stream->dying;
    return false;
}

static bool lives(unsigned stream)
{
    return streams.count(stream);
}

bool passed(unsigned stream, uint64_t position)
{
    auto found = streams.find(stream);
    return found == streams.end() || found->second->done >= position;
}

static bool is_ready(const Stream& stream)
{
    if (stream.queue.empty()) return false;
    for (auto& wait : stream.queue.front().waits)
        if (!passed(wait.first, wait.second)) return false;
    return true;
}

// ---- running

static uint64_t hash(const void* data, size_t bytes)
{
    uint64_t h = 0x9e3779b97f4a7c15ull ^ bytes;
    for (size_t i = 0; i < bytes; i += 8)
    {
        uint64_t word = 0;
        memcpy(&word, (const char*)data + i, bytes - i < 8 ? bytes - i : 8);
        h = (h ^ word) * 0xff51afd7ed558ccdull;
        h ^= h >> 32;
    }
    return h | 1; // 0 means that nothing is known
}

static void run(Operation& o)
{
    if (!o.run) return;
    for (const Span& span : o.spans)
        if (span.address && !range_exists(span.address, span.bytes ? span.bytes : 1))
        {
            if (!o.broken) emu_report("%s: memory was freed while it was queued", o.what);
            o.broken = true;
        }
    if (o.broken) return emu_fail(illegal_address);
    if (o.host_hash && host_is_pinned(o.host) && o.host_hash != hash(o.host, o.host_bytes)) emu_report("%s: its pinned host memory was changed while it was queued", o.what);
    o.run();
}

static void run_front(Stream& stream)
{
    Item item = std::move(stream.queue.front());
    stream.queue.pop_front();
    run(item.operation);
    ++stream.done;
    if (stream.dying && stream.queue.empty())
    {
        streams.erase(stream.id);
        delete &stream;
    }
}

bool run_any()
{
    std::vector<Stream*> ready;
    for (auto& entry : streams)
        if (is_ready(*entry.second)) ready.push_back(entry.second);
    if (ready.empty()) return false;
    run_front(*ready[ready.size() == 1 ? 0 : generator() % ready.size()]);
    return true;
}

void run_until(const std::function<bool()>& done)
{
    while (!done())
        if (!run_any())
        {
            emu_report("streams wait for events that never happen");
            for (auto& entry : streams)
            {
                entry.second->queue.clear();
                entry.second->done = entry.second->queued;
            }
            return;
        }
}

static void drain(Stream* stream)
{
    Lock lock(stream_mutex);
    run_until([&] { return stream->queue.empty(); });
    host_clock.join(stream->clock);
    pool_synchronised();
}

void drain_all()
{
    Lock lock(stream_mutex);
    run_until([] {
        for (auto& entry : streams)
            if (!entry.second->queue.empty()) return false;
        return true;
    });
    for (auto& entry : streams) host_clock.join(entry.second->clock);
    pool_synchronised();
}

bool host_is_queued(const void* pointer, size_t bytes, const char** what)
{
    Lock lock(stream_mutex);
    for (auto& entry : streams)
        for (Item& item : entry.second->queue)
        {
            auto begin = (const char*)item.operation.host;
            if (!begin || begin >= (const char*)pointer + bytes || (const char*)pointer >= begin + item.operation.host_bytes) continue;
            *what = item.operation.what;
            return true;
        }
    return false;
}

// ---- queueing

static void order(Stream& stream, Item& item, const Stream& before)
{
    if (before.queued > before.done) item.waits.push_back({before.id, before.queued});
    stream.clock.join(before.clock);
}

int enqueue(Stream* stream, Item item)
{
    stream->clock.join(host_clock);
    if (stream == null_stream)
    {
        for (auto& entry : streams)
            if (entry.second->blocking) order(*stream, item, *entry.second);
    }
    else if (stream->blocking) order(*stream, item, *null_stream);
    uint64_t position = ++stream->queued;
    stream->clock.reach(stream->id, position);
    record_uses(item.operation, *stream, position, lives);
    stream->queue.push_back(std::move(item));
    if (stream->queue.size() > 4096) drain(stream); // a real queue is bounded too
    return success;
}

bool breaks_a_capture(Stream* stream)
{
    bool broken = false;
    for (Graph* g : captures)
        for (Stream* member : g->members)
            if (stream == null_stream && member->blocking) broken = g->invalid = true;
    return broken;
}

EXPORT int emu_submit(Stream* stream, Operation* operation)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    stream = resolve(stream);
    if (!stream_exists(stream)) return invalid_handle;
    if (breaks_a_capture(stream)) return capture_implicit;
    if (Graph* g = stream->capture)
    {
        if (g->invalid) return capture_invalidated;
        operation->host_hash = 0;
        ++stream->captured;
        g->operations.push_back(std::move(*operation));
        return success;
    }
    if (operation->host && host_is_pinned(operation->host)) operation->host_hash = hash(operation->host, operation->host_bytes);
    return enqueue(stream, Item{std::move(*operation), {}});
}

EXPORT bool emu_spans_are_valid(const Operation* operation)
{
    for (const Span& span : operation->spans)
    {
        if (span.address == 0 || emu_range_is_valid(span.address, span.bytes ? span.bytes : 1)) continue;
        Allocation* a = find_allocation(span.address);
        emu_report("%s: address %#llx %s", operation->what, (unsigned long long)span.address,
            !a ? "is in no live allocation" : a->freeing ? "is in an allocation whose free is queued" : "begins in an allocation that is too small");
        return false;
    }
    return true;
}

// ---- the driver's functions

EXPORT int cuStreamCreateWithPriority(Stream** stream, unsigned flags, int)
{
    if (int status = emu_status()) return status;
    if (flags > 1) return invalid_value;
    Lock lock(stream_mutex);
    *stream = new Stream{next_stream++, flags == 0};
    streams[(*stream)->id] = *stream;
    return success;
}

EXPORT int cuStreamCreate(Stream** stream, unsigned flags)
{
    return cuStreamCreateWithPriority(stream, flags, 0);
}

EXPORT int cuCtxGetStreamPriorityRange(int* least, int* greatest)
{
    *least = 0;
    *greatest = -5;
    return emu_status();
}

// Returns at once; what is queued still runs.
EXPORT int cuStreamDestroy_v2(Stream* stream)
{
    Lock lock(stream_mutex);
    if (!stream || !stream_exists(stream))
    {
        emu_report("destruction of a stream that does not exist");
        return invalid_handle;
    }
    if (stream->capture) stream->capture->invalid = true;
    stream->dying = true;
    if (stream->queue.empty())
    {
        for (Graph* g : captures) g->members.erase(stream);
        streams.erase(stream->id);
        delete stream;
    }
    return success;
}

static int wait_is_allowed(Stream* stream)
{
    if (!stream_exists(stream)) return invalid_handle;
    if (stream->capture)
    {
        stream->capture->invalid = true;
        return capture_unsupported;
    }
    return breaks_a_capture(stream) ? (int)capture_implicit : emu_status() == not_initialized || emu_status() == invalid_context ? emu_status() : 0;
}

EXPORT int cuStreamSynchronize(Stream* stream)
{
    Lock lock(stream_mutex);
    if (int status = wait_is_allowed(resolve(stream))) return status;
    drain(resolve(stream));
    return emu_status();
}

EXPORT int cuCtxSynchronize()
{
    if (int status = capture_status(true)) return status;
    drain_all();
    return emu_status();
}

EXPORT int cuStreamQuery(Stream* stream)
{
    Lock lock(stream_mutex);
    stream = resolve(stream);
    if (int status = wait_is_allowed(stream)) return status;
    if (!stream->queue.empty()) run_any(); // time passes while one asks
    if (stream->queue.empty()) host_clock.join(stream->clock);
    if (int status = emu_status()) return status;
    return stream->queue.empty() ? success : not_ready;
}

std::string stream_leaks()
{
    Lock lock(stream_mutex);
    return streams.size() > 1 ? "leak: " + std::to_string(streams.size() - 1) + " streams\n" : "";
}
