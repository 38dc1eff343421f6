// Options and reports.
#include "driver.h"
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

static std::mutex& report_mutex = *new std::mutex; // never destroyed: workers outlive static destructors
static std::string& reports = *new std::string;
static std::set<std::string>& texts = *new std::set<std::string>;
static int printed = 0;

static bool set_option(Options& o, const std::string& name, const std::string& value)
{
    if (name == "order") o.order = value == "reverse" ? Options::reverse : value == "random" ? Options::random : Options::forward;
    else if (name == "seed") o.seed = (unsigned)atol(value.c_str());
    else if (name == "check") o.check = value != "0";
    else if (name == "profile") o.profile = value != "0";
    else if (name == "workers") o.workers = std::max(1, atoi(value.c_str()));
    else if (name == "memory") o.memory = strtoull(value.c_str(), nullptr, 10);
    else if (name == "capability") o.capability = atoi(value.c_str());
    else if (name == "graphs") o.graphs = value != "0";
    else return false;
    return true;
}

static Options* from_environment()
{
    auto* o = new Options;
    for (const char* name : {"order", "seed", "check", "profile", "workers", "memory", "capability", "graphs"})
    {
        std::string variable = "STARDEQ_EMU_";
        for (const char* c = name; *c; ++c) variable += (char)toupper(*c);
        if (const char* value = getenv(variable.c_str())) set_option(*o, name, value);
    }
    return o;
}

Options& options()
{
    static Options& o = *from_environment();
    return o;
}

// Sets an option of the emulator; 0 if there is one of that name.
EXPORT int emuSetOption(const char* name, const char* value)
{
    return set_option(options(), name, value) ? 0 : 1;
}

int give_text(const std::string& text, char* buffer, size_t size)
{
    if (size > 0)
    {
        size_t n = std::min(text.size(), size - 1);
        memcpy(buffer, text.data(), n);
        buffer[n] = 0;
    }
    return (int)text.size();
}

// Copies what was reported since the last call and forgets it; returns its length.
EXPORT int emuReports(char* buffer, size_t size)
{
    std::lock_guard<std::mutex> lock(report_mutex);
    int length = give_text(reports, buffer, size);
    reports.clear();
    printed = 0;
    return length;
}

// Reports also go to stderr, the first ten of them: a program that never asks for them shall not run on in silence.
EXPORT void emu_report(const char* format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    std::lock_guard<std::mutex> lock(report_mutex);
    if (reports.size() < 100000) reports += std::string(text) + "\n";
    static const bool quiet = getenv("STARDEQ_EMU_QUIET") != nullptr;
    if (!quiet && printed++ < 10) fprintf(stderr, "[emulator] %s\n", text);
}

EXPORT const char* emu_lasting(const char* text)
{
    std::lock_guard<std::mutex> lock(report_mutex);
    return texts.insert(text).first->c_str();
}
