// Streams, events, graphs. Work waits in its stream's queue until somebody waits for the stream, and ready work of several
// streams then runs in a random order: a program that relies on anything but stream order and events does not survive that.
#include "driver.h"
#include <chrono>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <set>

struct Event
{
    uint64_t recorded = 0, reached = 0; // how often the point was queued and passed
    std::chrono::steady_clock::time_point time{};
};

struct Item
{
    Work run;
    Event* wait = nullptr; // may run only when the event has passed this count
    uint64_t count = 0;
};

struct Graph
{
    std::vector<Work> works;
};

struct Stream
{
    std::deque<Item> queue;
    Graph* capture = nullptr;
};

static std::recursive_mutex& stream_mutex = *new std::recursive_mutex;
static std::set<Stream*>& streams = *new std::set<Stream*>{new Stream}; // the null stream
static std::set<Event*>& events = *new std::set<Event*>;
static std::set<Graph*>& graphs = *new std::set<Graph*>;
static std::set<Graph*>& executables = *new std::set<Graph*>;
static Stream* const null_stream = *streams.begin();
static std::mt19937& generator = *new std::mt19937(options().seed);

static Stream* resolve(Stream* stream)
{
    return stream ? stream : null_stream;
}

static bool is_ready(const Stream& stream)
{
    return !stream.queue.empty() && (!stream.queue.front().wait || stream.queue.front().wait->reached >= stream.queue.front().count);
}

static void run_front(Stream& stream)
{
    Item item = std::move(stream.queue.front());
    stream.queue.pop_front();
    if (item.run) item.run();
}

// Runs ready items of any stream, in random order between streams, until this one (or all, if null) is empty.
static void drain(Stream* target)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    for (;;)
    {
        std::vector<Stream*> ready;
        bool waiting = false;
        for (Stream* s : streams)
        {
            if (is_ready(*s)) ready.push_back(s);
            waiting |= !s->queue.empty() && (!target || s == target);
        }
        if (!waiting) return;
        if (ready.empty())
        {
            emu_report("streams wait for events that never happen");
            for (Stream* s : streams) s->queue.clear();
            return;
        }
        run_front(*ready[generator() % ready.size()]);
    }
}

void drain_all()
{
    drain(nullptr);
}

static int add(Stream* stream, Item item)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    stream = resolve(stream);
    if (!streams.count(stream)) return 400;
    if (stream->capture) stream->capture->works.push_back(std::move(item.run));
    else stream->queue.push_back(std::move(item));
    if (stream->queue.size() > 4096) drain(stream); // a real queue is bounded too
    return success;
}

EXPORT int emu_enqueue(Stream* stream, Work* work)
{
    return add(stream, Item{std::move(*work)});
}

EXPORT int cuStreamCreate(Stream** stream, unsigned)
{
    if (int status = emu_status()) return status;
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    streams.insert(*stream = new Stream);
    return success;
}

EXPORT int cuStreamDestroy_v2(Stream* stream)
{
    drain(stream);
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!streams.erase(stream)) return 400;
    delete stream;
    return success;
}

EXPORT int cuStreamSynchronize(Stream* stream)
{
    if (resolve(stream)->capture) return capture_unsupported;
    drain(resolve(stream));
    return emu_status();
}

EXPORT int cuCtxSynchronize()
{
    drain_all();
    return emu_status();
}

EXPORT int cuStreamQuery(Stream* stream)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (is_ready(*resolve(stream))) run_front(*resolve(stream)); // time passes while one asks
    if (int status = emu_status()) return status;
    return resolve(stream)->queue.empty() ? success : not_ready;
}

EXPORT int cuEventCreate(Event** event, unsigned)
{
    if (int status = emu_status()) return status;
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    events.insert(*event = new Event);
    return success;
}

EXPORT int cuEventDestroy_v2(Event* event)
{
    drain_all();
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!events.erase(event)) return 400;
    delete event;
    return success;
}

EXPORT int cuEventRecord(Event* event, Stream* stream)
{
    if (resolve(stream)->capture) return capture_unsupported;
    uint64_t count = ++event->recorded;
    return add(stream, Item{[event, count] {
        event->reached = count;
        event->time = std::chrono::steady_clock::now();
    }});
}

EXPORT int cuStreamWaitEvent(Stream* stream, Event* event, unsigned)
{
    if (resolve(stream)->capture) return capture_unsupported;
    return add(stream, Item{nullptr, event, event->recorded});
}

EXPORT int cuEventSynchronize(Event* event)
{
    if (event->reached < event->recorded) drain_all();
    return emu_status();
}

EXPORT int cuEventQuery(Event* event)
{
    if (int status = emu_status()) return status;
    if (event->reached >= event->recorded) return success;
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    for (Stream* s : streams)
        if (is_ready(*s))
        {
            run_front(*s);
            break;
        }
    return event->reached >= event->recorded ? success : not_ready;
}

EXPORT int cuEventElapsedTime(float* milliseconds, Event* from, Event* to)
{
    if (from->reached < from->recorded || to->reached < to->recorded) return not_ready;
    *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return emu_status();
}

EXPORT int cuStreamBeginCapture_v2(Stream* stream, int)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!options().graphs) return not_supported;
    if (!stream) return capture_unsupported; // the null stream cannot be captured
    if (stream->capture) return capture_unmatched;
    graphs.insert(stream->capture = new Graph);
    return emu_status();
}

EXPORT int cuStreamEndCapture(Stream* stream, Graph** graph)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!stream || !stream->capture) return capture_unmatched;
    *graph = stream->capture;
    stream->capture = nullptr;
    return emu_status();
}

EXPORT int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!graphs.count(graph)) return 400;
    executables.insert(*executable = new Graph(*graph));
    return emu_status();
}

EXPORT int cuGraphLaunch(Graph* executable, Stream* stream)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!executables.count(executable)) return 400;
    for (const Work& work : executable->works)
        if (int result = add(stream, Item{work})) return result;
    return emu_status();
}

EXPORT int cuGraphExecDestroy(Graph* executable)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!executables.erase(executable)) return 400;
    delete executable;
    return success;
}

EXPORT int cuGraphDestroy(Graph* graph)
{
    std::lock_guard<std::recursive_mutex> lock(stream_mutex);
    if (!graphs.erase(graph)) return 400;
    delete graph;
    return success;
}

static int copy(Address target, Address source, size_t bytes, Stream* stream, bool target_is_device, bool source_is_device, const char* what)
{
    if (int status = emu_status()) return status;
    if ((target_is_device && !emu_range_is_valid(target, bytes)) || (source_is_device && !emu_range_is_valid(source, bytes)))
    {
        emu_report("%s of %zu bytes goes beyond an allocation", what, bytes);
        return invalid_value;
    }
    std::shared_ptr<std::vector<char>> staged;
    if (!source_is_device && !host_is_pinned((const void*)source)) // pageable memory is read before the call returns, pinned memory late
        staged = std::make_shared<std::vector<char>>((const char*)source, (const char*)source + bytes);
    Work work = [=] {
        if ((target_is_device && !emu_range_is_valid(target, bytes)) || (source_is_device && !emu_range_is_valid(source, bytes)))
        {
            emu_report("%s of %zu bytes: memory was freed while the copy was queued", what, bytes);
            emu_fail(illegal_address);
            return;
        }
        memmove((void*)target, staged ? staged->data() : (const void*)source, bytes);
        if (target_is_device) emu_mark_initialised(target, bytes);
    };
    return emu_enqueue(stream, &work);
}

EXPORT int cuMemcpyHtoDAsync_v2(Address target, const void* source, size_t bytes, Stream* stream)
{
    return copy(target, (Address)source, bytes, stream, true, false, "upload");
}

EXPORT int cuMemcpyDtoHAsync_v2(void* target, Address source, size_t bytes, Stream* stream)
{
    return copy((Address)target, source, bytes, stream, false, true, "download");
}

EXPORT int cuMemcpyDtoDAsync_v2(Address target, Address source, size_t bytes, Stream* stream)
{
    return copy(target, source, bytes, stream, true, true, "device copy");
}

EXPORT int cuMemsetD8Async(Address target, unsigned char value, size_t bytes, Stream* stream)
{
    if (int status = emu_status()) return status;
    if (!emu_range_is_valid(target, bytes)) return invalid_value;
    Work work = [=] {
        memset((void*)target, value, bytes);
        emu_mark_initialised(target, bytes);
    };
    return emu_enqueue(stream, &work);
}

void report_stream_leaks()
{
    if (streams.size() > 1) emu_report("leak: %zu streams", streams.size() - 1);
    if (!events.empty()) emu_report("leak: %zu events", events.size());
    if (!graphs.empty() || !executables.empty()) emu_report("leak: %zu graphs, %zu executable graphs", graphs.size(), executables.size());
}
