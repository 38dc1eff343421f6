// Graphs: work given to a stream that is being captured does not run, it becomes part of a graph. Calls that wait or allocate
// break a capture, as on the real driver. A graph runs its operations in the order in which they were captured, which is one
// of the orders that its events allow.
#include "streams.h"
#include <algorithm>

std::set<Graph*>& captures = *new std::set<Graph*>;
static std::set<Graph*>& graphs = *new std::set<Graph*>;
static std::set<Graph*>& executables = *new std::set<Graph*>;

using Lock = std::lock_guard<std::recursive_mutex>;

bool is_capturing(Stream* stream)
{
    Lock lock(stream_mutex);
    stream = resolve(stream);
    return stream_exists(stream) && stream->capture;
}

int capture_status(bool always)
{
    Lock lock(stream_mutex);
    int status = success;
    for (Graph* g : captures)
        if (always || g->mode == mode_global || (g->mode == mode_local && g->owner == std::this_thread::get_id()))
        {
            g->invalid = true;
            status = capture_unsupported;
        }
    return status;
}

// How unsafe calls of this thread are treated; the emulator knows only what each capture asked for.
EXPORT int cuStreamBeginCapture_v2(Stream* stream, int mode)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    if (!options().graphs) return not_supported;
    if (!stream) return capture_unsupported; // the null stream cannot be captured
    if (!stream_exists(stream)) return invalid_handle;
    if (mode < mode_global || mode > mode_relaxed) return invalid_value;
    if (stream->capture) return illegal_state;
    auto* g = new Graph;
    g->members.insert(stream);
    g->origin = stream;
    g->mode = mode;
    g->owner = std::this_thread::get_id();
    captures.insert(stream->capture = g);
    stream->captured = 0;
    return success;
}

EXPORT int cuStreamEndCapture(Stream* stream, Graph** graph)
{
    Lock lock(stream_mutex);
    *graph = nullptr;
    if (!stream || !stream_exists(stream)) return invalid_handle;
    Graph* g = stream->capture;
    if (!g) return illegal_state;
    if (g->origin != stream) return capture_unmatched;
    if (g->mode != mode_relaxed && g->owner != std::this_thread::get_id()) return capture_wrong_thread;
    bool unjoined = false;
    for (Stream* member : g->members)
    {
        unjoined |= member != stream && member->joined < (int64_t)member->captured;
        member->capture = nullptr;
    }
    captures.erase(g);
    if (g->invalid || unjoined)
    {
        int result = g->invalid ? capture_invalidated : capture_unjoined;
        delete g;
        return result;
    }
    graphs.insert(*graph = g);
    return success;
}

EXPORT int cuStreamIsCapturing(Stream* stream, int* status)
{
    Lock lock(stream_mutex);
    stream = resolve(stream);
    if (!stream_exists(stream)) return invalid_handle;
    *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return success;
}

EXPORT int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    if (!graphs.count(graph)) return invalid_handle;
    auto* made = new Graph;
    made->operations = graph->operations;
    executables.insert(*executable = made);
    return success;
}

EXPORT int cuGraphUpload(Graph* executable, Stream* stream)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    return executables.count(executable) && stream_exists(resolve(stream)) ? success : invalid_handle;
}

EXPORT int cuGraphLaunch(Graph* executable, Stream* stream)
{
    Lock lock(stream_mutex);
    if (int status = emu_status()) return status;
    if (!executables.count(executable)) return invalid_handle;
    for (Operation operation : executable->operations)
    {
        operation.broken = !emu_spans_are_valid(&operation);
        operation.host = nullptr; // read when it runs, whenever that is
        if (int result = emu_submit(stream, &operation)) return result;
    }
    return success;
}

struct UpdateResult
{
    int result;
    void *error_node, *error_from_node;
};

// Takes new arguments from a graph of the same kernels and copies in the same order.
EXPORT int cuGraphExecUpdate_v2(Graph* executable, Graph* graph, UpdateResult* result)
{
    enum { update_success, update_error, topology_changed };
    Lock lock(stream_mutex);
    if (!executables.count(executable) || !graphs.count(graph)) return invalid_handle;
    auto same = [](const Operation& a, const Operation& b) { return a.what == b.what; };
    bool fits = std::equal(executable->operations.begin(), executable->operations.end(), graph->operations.begin(), graph->operations.end(), same);
    *result = {fits ? update_success : topology_changed, nullptr, nullptr};
    if (!fits) return graph_update_failure;
    executable->operations = graph->operations;
    return success;
}

EXPORT int cuGraphExecDestroy(Graph* executable)
{
    Lock lock(stream_mutex);
    if (!executables.erase(executable)) return invalid_handle;
    delete executable;
    return success;
}

EXPORT int cuGraphDestroy(Graph* graph)
{
    Lock lock(stream_mutex);
    if (!graphs.erase(graph)) return invalid_handle;
    delete graph;
    return success;
}

std::string graph_leaks()
{
    Lock lock(stream_mutex);
    if (graphs.empty() && executables.empty()) return "";
    return "leak: " + std::to_string(graphs.size()) + " graphs, " + std::to_string(executables.size()) + " executable graphs\n";
}
