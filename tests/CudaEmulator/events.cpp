// Events: a position of a stream, and all that is known to come before it.
#include "streams.h"
#include <algorithm>

static std::set<Event*>& events = *new std::set<Event*>;

using Lock = std::lock_guard<std::recursive_mutex>;

static bool is_event(Event* event)
{
    return events.count(event);
}

EXPORT int cuEventCreate(Event** event, unsigned)
{
    if (int status = emu_status()) return status;
    Lock lock(stream_mutex);
    events.insert(*event = new Event);
    return success;
}

EXPORT int cuEventDestroy_v2(Event* event)
{
    Lock lock(stream_mutex);
    if (!events.erase(event))
    {
        emu_report("destruction of an event that does not exist");
        return invalid_handle;
    }
    delete event;
    return success;
}

EXPORT int cuEventRecord(Event* event, Stream* stream)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    stream = resolve(stream);
    if (!is_event(event) || !stream_exists(stream)) return invalid_handle;
    if (breaks_a_capture(stream)) return capture_implicit;
    *event = Event{};
    if (Graph* g = stream->capture)
    {
        event->graph = g;
        event->member = stream;
        event->captured = stream->captured;
        return g->invalid ? capture_invalidated : success;
    }
    auto moment = event->moment = std::make_shared<Moment>();
    Operation mark{"an event", [moment] { moment->time = std::chrono::steady_clock::now(); }, {}};
    int result = enqueue(stream, Item{std::move(mark), {}});
    event->stream = stream->id;
    event->position = stream->queued;
    event->clock = stream->clock;
    return result;
}

// In a capture: a stream that waits for an event of the capture joins it, and joins the event's stream to itself.
static int wait_in_capture(Stream* stream, Event* event)
{
    Graph* g = event->graph ? event->graph : stream->capture;
    if (!captures.count(g)) return captured_event;
    if (g->invalid) return capture_invalidated;
    if (!event->graph || (stream->capture && stream->capture != g))
    {
        g->invalid = true;
        return capture_isolation;
    }
    if (!stream->capture)
    {
        stream->capture = g;
        stream->captured = 0;
        stream->joined = -1;
        g->members.insert(stream);
    }
    if (event->member != stream) event->member->joined = std::max(event->member->joined, (int64_t)event->captured);
    return success;
}

EXPORT int cuStreamWaitEvent(Stream* stream, Event* event, unsigned)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    stream = resolve(stream);
    if (!is_event(event) || !stream_exists(stream)) return invalid_handle;
    if (breaks_a_capture(stream)) return capture_implicit;
    if (event->graph || stream->capture) return wait_in_capture(stream, event);
    if (!event->moment) return success;
    stream->clock.join(event->clock);
    return enqueue(stream, Item{{"a wait", nullptr, {}}, {{event->stream, event->position}}});
}

static int event_is_usable(Event* event)
{
    if (int status = emu_status()) return status;
    if (!is_event(event)) return invalid_handle;
    if (int status = capture_status()) return status;
    return event->graph ? captured_event : success;
}

EXPORT int cuEventSynchronize(Event* event)
{
    Lock lock(stream_mutex);
    if (int status = event_is_usable(event)) return status;
    run_until([&] { return !event->moment || passed(event->stream, event->position); });
    host_clock.join(event->clock);
    pool_synchronised();
    return emu_status();
}

EXPORT int cuEventQuery(Event* event)
{
    Lock lock(stream_mutex);
    if (int status = event_is_usable(event)) return status;
    if (event->moment && !passed(event->stream, event->position)) run_any(); // time passes while one asks
    if (event->moment && !passed(event->stream, event->position)) return not_ready;
    host_clock.join(event->clock);
    return emu_status();
}

EXPORT int cuEventElapsedTime(float* milliseconds, Event* from, Event* to)
{
    Lock lock(stream_mutex);
    if (!is_event(from) || !is_event(to) || !from->moment || !to->moment) return invalid_handle;
    if (!passed(from->stream, from->position) || !passed(to->stream, to->position)) return not_ready;
    *milliseconds = std::chrono::duration<float, std::milli>(to->moment->time - from->moment->time).count();
    return emu_status();
}

std::string event_leaks()
{
    Lock lock(stream_mutex);
    return events.empty() ? "" : "leak: " + std::to_string(events.size()) + " events\n";
}
