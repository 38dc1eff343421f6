// Streams, events and what is known about their order.
#pragma once
#include "driver.h"
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

// For each stream the last position that is known to lie before.
struct Clock
{
    std::map<unsigned, uint64_t> positions;

    void reach(unsigned stream, uint64_t position)
    {
        uint64_t& known = positions[stream];
        if (position > known) known = position;
    }
    void join(const Clock& other)
    {
        for (auto& entry : other.positions) reach(entry.first, entry.second);
    }
    bool covers(unsigned stream, uint64_t position) const
    {
        auto found = positions.find(stream);
        return found != positions.end() && found->second >= position;
    }
};

struct Moment // a point of a stream, and when it was passed
{
    std::chrono::steady_clock::time_point time{};
};

struct Event
{
    unsigned stream = 0;
    uint64_t position = 0;
    Clock clock;
    std::shared_ptr<Moment> moment; // null: never recorded
    Graph* graph = nullptr;         // recorded last in this capture
    Stream* member = nullptr;
    uint64_t captured = 0;
};

struct Item
{
    Operation operation;
    std::vector<std::pair<unsigned, uint64_t>> waits; // streams and positions that must have been passed
};

struct Stream
{
    unsigned id;
    bool blocking; // ordered with the null stream
    bool dying = false;
    std::deque<Item> queue;
    uint64_t queued = 0, done = 0; // positions
    Clock clock;
    Graph* capture = nullptr;
    uint64_t captured = 0; // operations, forks and joins of the capture
    int64_t joined = -1;   // as many of them another member of the capture waits for
};

struct Graph
{
    std::vector<Operation> operations;
    std::set<Stream*> members;
    Stream* origin = nullptr;
    int mode = 0;
    std::thread::id owner;
    bool invalid = false;
};

enum { mode_global, mode_local, mode_relaxed };

extern std::recursive_mutex& stream_mutex;
extern Stream* const null_stream;
extern std::set<Graph*>& captures;
extern Clock& host_clock; // what the host has waited for
Stream* resolve(Stream* stream);
bool stream_exists(Stream* stream); // and is not destroyed
int enqueue(Stream* stream, Item item);
bool passed(unsigned stream, uint64_t position);
bool run_any(); // one ready item of any stream, chosen at random; false if none is ready
void run_until(const std::function<bool()>& done);
bool breaks_a_capture(Stream* stream); // it is the null stream, which would have to wait for a stream that is being captured

// Reports uses of the same memory by two streams with no order between them (hazards.cpp).
void record_uses(const Operation& operation, const Stream& stream, uint64_t position, bool (*lives)(unsigned stream));
