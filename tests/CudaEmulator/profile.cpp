// Under the options check and profile: the 32-byte sectors that each warp access touches and needs, those that are fetched
// through a small cache and the share of them that is used, and the conflicts of the banks of shared memory, per kernel and
// source line. Looked at are the first warp of the first block and of the middle block of every launch, up to 64 executions
// of an instruction.
#include "execution.h"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <set>

struct Profile
{
    uint64_t requests = 0, moved = 0, needed = 0, ways = 0, fetched = 0, used = 0; // used: words of the fetched sectors
};

static std::mutex& profile_mutex = *new std::mutex;
static std::map<uintptr_t, std::string>& places = *new std::map<uintptr_t, std::string>; // by caller: "function:line function:line", innermost first
static std::map<std::string, Profile>& profiles = *new std::map<std::string, Profile>;
static std::vector<std::vector<std::vector<Request>>>& gathered = *new std::vector<std::vector<std::vector<Request>>>; // by warp, then by lane

const size_t most_executions = 64;

static bool is_profiled(const Worker* w)
{
    const Dim& g = w->launch->grid;
    uint64_t middle = (uint64_t)g.x * g.y * g.z / 2;
    return w->current < 32 && (w->block_index == 0 || w->block_index == middle);
}

void profile_access(Worker* w, uintptr_t address, int bytes, bool write, bool shared, void* caller)
{
    if (!is_profiled(w)) return;
    size_t slot = w->current + (w->block_index ? 32 : 0);
    w->requests.resize(64);
    w->requests[slot].push_back({(uintptr_t)caller, address, (unsigned)bytes, write, shared});
}

void gather_profile(Worker* w)
{
    if (w->requests.empty()) return;
    std::lock_guard<std::mutex> lock(profile_mutex);
    for (int half = 0; half < 2; ++half) gathered.push_back({w->requests.begin() + 32 * half, w->requests.begin() + 32 * (half + 1)});
    w->requests.clear();
}

// ---- source lines, asked for in one call per launch

static void find_places(const std::set<uintptr_t>& callers)
{
    std::map<std::string, std::vector<uintptr_t>> by_file;
    for (uintptr_t caller : callers)
    {
        Dl_info info;
        if (!places.count(caller) && dladdr((void*)caller, &info)) by_file[info.dli_fname].push_back(caller);
    }
    for (auto& [file, list] : by_file)
    {
        Dl_info info;
        dladdr((void*)list[0], &info);
        std::string command = "addr2line -a -f -i -e " + file;
        char text[1024];
        for (uintptr_t caller : list)
        {
            snprintf(text, sizeof text, " 0x%zx", (size_t)(caller - 1 - (uintptr_t)info.dli_fbase));
            command += text;
        }
        FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
        if (!pipe) continue;
        int at = -1;
        std::string function;
        for (bool name = true; fgets(text, sizeof text, pipe); name = !name)
        {
            text[strcspn(text, "\n")] = 0;
            if (strncmp(text, "0x", 2) == 0)
            {
                ++at;
                name = false; // the next line is a function
                continue;
            }
            if (name)
            {
                function = text;
                function.erase(std::min(function.find_first_of("<("), function.size())); // no spaces: they separate the frames
            }
            else if (const char* colon = strrchr(text, ':'); colon && at < (int)list.size())
            {
                std::string& place = places[list[at]];
                place += (place.empty() ? "" : " ") + function + ":" + std::to_string(atoi(colon + 1));
            }
        }
        pclose(pipe);
    }
}

// ---- one lane: accesses to the members of one vector are one access of the device

static bool is_vector_helper(const std::string& place)
{
    for (const char* name : {"load4", "store4", "operator", "make_cplx", "conj"})
        if (place.substr(0, place.find(':')).find(name) != std::string::npos) return true;
    return false;
}

// The bytes of the vector through whose pointer an address is reached; 4 where the type is unknown.
static unsigned element_at(const Launch& launch, uintptr_t address)
{
    const Kernel& k = *launch.kernel;
    const Allocation* a = find_allocation(address);
    for (int i = 0; a && i < k.count; ++i)
        if (k.elements[i] && find_allocation(*(Address*)launch.arguments[i]) == a) return k.elements[i];
    return 4;
}

static std::vector<Request> merge(const Launch& launch, const std::vector<Request>& lane)
{
    std::vector<Request> out;
    for (Request r : lane)
    {
        bool joined = false;
        for (size_t back = 1; !joined && back <= 4 && back <= out.size(); ++back)
        {
            Request& old = out[out.size() - back];
            unsigned whole = old.bytes + r.bytes, widest = 16;
            if (r.write != old.write || r.shared != old.shared || r.address != old.address + old.bytes) continue;
            const std::string &here = places[r.caller], &there = places[old.caller];
            if (!(is_vector_helper(here) && here == there)) widest = r.shared ? 0 : element_at(launch, old.address);
            uintptr_t start = old.address;
            if (whole > widest || start / widest != (start + whole - 1) / widest) continue;
            old.bytes = whole;
            joined = true;
        }
        if (!joined) out.push_back(r);
    }
    return out;
}

// ---- one warp: the n-th execution of an instruction by all lanes is one request

struct WarpRequest
{
    std::set<uint64_t> sectors, words;
    std::map<unsigned, std::set<uint64_t>> banks;
    std::string line;
    size_t order = ~size_t(0); // in the program, by the first lane that makes it
    bool shared = false;
};

// A warp's share of a first-level cache of 128 KB with 64 warps. What the warp uses of a sector while it is there counts for
// the line that fetched it.
class Cache
{
    struct Sector
    {
        uint64_t number;
        Profile* line;
        std::set<uint64_t> words;
    };
    static const size_t capacity = 64;
    std::vector<Sector> sectors; // least recently used first

    static void leave(const Sector& s)
    {
        s.line->fetched += 1;
        s.line->used += s.words.size();
    }

public:
    void touch(uint64_t word, Profile* line)
    {
        auto found = std::find_if(sectors.begin(), sectors.end(), [&](const Sector& s) { return s.number == word / 8; });
        if (found != sectors.end()) std::rotate(found, found + 1, sectors.end());
        else
        {
            if (sectors.size() == capacity)
            {
                leave(sectors.front());
                sectors.erase(sectors.begin());
            }
            sectors.push_back({word / 8, line, {}});
        }
        sectors.back().words.insert(word);
    }
    ~Cache()
    {
        for (const Sector& s : sectors) leave(s);
    }
};

static std::vector<WarpRequest> collect(const Launch& launch, const std::vector<std::vector<Request>>& warp)
{
    std::map<std::pair<uintptr_t, unsigned>, WarpRequest> requests;
    for (auto& lane : warp)
    {
        std::map<uintptr_t, unsigned> executions;
        size_t order = 0;
        for (const Request& r : merge(launch, lane))
        {
            unsigned nth = executions[r.caller]++;
            ++order;
            if (nth >= most_executions) continue;
            WarpRequest& request = requests[{r.caller, nth}];
            request.shared = r.shared;
            request.order = std::min(request.order, order);
            request.line = std::string(launch.name) + "\t" + places[r.caller] + "\t" + (r.shared ? "shared" : "global");
            for (uintptr_t word = r.address / 4; word <= (r.address + r.bytes - 1) / 4; ++word)
            {
                request.sectors.insert(word / 8);
                request.words.insert(word);
                request.banks[word % 32].insert(word);
            }
        }
    }
    std::vector<WarpRequest> list;
    for (auto& entry : requests) list.push_back(std::move(entry.second));
    std::stable_sort(list.begin(), list.end(), [](const WarpRequest& a, const WarpRequest& b) { return a.order < b.order; });
    return list;
}

static void count(const Launch& launch, const std::vector<std::vector<Request>>& warp)
{
    Cache cache;
    for (const WarpRequest& request : collect(launch, warp))
    {
        size_t fullest = 1, words = std::max<size_t>(request.words.size(), 32);
        for (auto& bank : request.banks) fullest = std::max(fullest, bank.second.size());
        Profile& p = profiles[request.line];
        p.requests += 1;
        p.moved += request.sectors.size();
        p.needed += (request.words.size() + 7) / 8; // the same word for all lanes is one word
        p.ways += (fullest * 32 + words - 1) / words; // beyond the turns that so many words take anyway
        for (uint64_t word : request.words)
            if (!request.shared) cache.touch(word, &p);
    }
}

void finish_profile(const Launch& launch)
{
    std::lock_guard<std::mutex> lock(profile_mutex);
    std::set<uintptr_t> callers;
    for (auto& warp : gathered)
        for (auto& lane : warp)
            for (const Request& r : lane) callers.insert(r.caller);
    if (callers.empty()) return;
    find_places(callers);
    for (auto& warp : gathered) count(launch, warp);
    gathered.clear();
}

// The table since the last call, a line each: kernel, source lines from the innermost function on, space, warp requests,
// sectors touched, sectors needed, sum of bank ways, sectors fetched through the cache, words of them that are used.
EXPORT int emuProfile(char* buffer, size_t size)
{
    std::lock_guard<std::mutex> lock(profile_mutex);
    std::string text;
    for (auto& [name, p] : profiles)
        text += name + "\t" + std::to_string(p.requests) + "\t" + std::to_string(p.moved) + "\t" + std::to_string(p.needed) + "\t" + std::to_string(p.ways) + "\t"
            + std::to_string(p.fetched) + "\t" + std::to_string(p.used) + "\n";
    if (size > text.size()) profiles.clear(); // a first call may ask for the length
    return give_text(text, buffer, size);
}
