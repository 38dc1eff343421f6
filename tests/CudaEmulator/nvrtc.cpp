// libnvrtc: compiles kernels with the host's C++ compiler, after device_shim.h.
#include "device.h"
#include "driver.h"
#include "object.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <unistd.h>

enum { nvrtc_success = 0, nvrtc_invalid_option = 5, nvrtc_compilation = 6, nvrtc_internal = 11 };

struct Program
{
    std::string source, log, image;
    bool binary = false; // compiled for a real architecture
};

static const int architectures[] = {70, 75, 80, 86, 89, 90};

static std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

static std::string own_folder()
{
    Dl_info info;
    dladdr((void*)&own_folder, &info);
    std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/'));
}

static std::string without_comments(const std::string& source)
{
    std::string out;
    for (size_t i = 0; i < source.size(); ++i)
    {
        if (source.compare(i, 2, "//") == 0) i = std::min(source.find('\n', i), source.size()) - 1;
        else if (source.compare(i, 2, "/*") == 0) i = std::min(source.find("*/", i), source.size() - 2) + 1;
        else out += source[i];
    }
    return out;
}

// Per parameter: v value, r pointer to const, c the same with __restrict__, w other pointer.
static std::string roles(const std::string& parameters)
{
    std::string out;
    std::istringstream list(parameters);
    for (std::string p; std::getline(list, p, ',');)
    {
        bool pointer = p.find('*') != std::string::npos, constant = p.find("const") < p.find('*');
        out += !pointer ? 'v' : !constant ? 'w' : p.find("__restrict__") != std::string::npos ? 'c' : 'r';
    }
    return out;
}

struct KernelText
{
    std::string name, bounds, roles;
};

// The kernels of a source without comments. The bounds of __launch_bounds__ are constant expressions of the source.
static std::vector<KernelText> find_kernels(const std::string& code)
{
    static const std::regex kernel("__global__\\s+void\\s+(?:__launch_bounds__\\s*\\(([^),]*)[^)]*\\)\\s*)?([A-Za-z_]\\w*)\\s*\\(([^)]*)\\)");
    std::vector<KernelText> found;
    for (std::sregex_iterator i(code.begin(), code.end(), kernel), end; i != end; ++i)
        found.push_back({(*i)[2].str(), (*i)[1].length() ? (*i)[1].str() : "0", roles((*i)[3].str())});
    return found;
}

static std::string registrations(const std::vector<KernelText>& kernels)
{
    std::string out;
    for (const KernelText& k : kernels) out += "EMU_REGISTER(" + k.name + ", " + k.bounds + ", \"" + k.roles + "\")\n";
    return out;
}

// Things of the host that the compiler behind this library knows and NVRTC does not.
static std::string host_only(const std::string& code)
{
    static const std::regex words("\\b(std\\s*::|throw\\b|try\\s*\\{|typeid\\b|dynamic_cast\\b|(?:getenv|exit|abort|fopen|fprintf|system|rand|srand|time|strlen|memcmp|sprintf|puts)\\s*\\()");
    std::smatch found;
    return std::regex_search(code, found, words) ? found[1].str() : "";
}

static bool known_option(const std::string& option)
{
    static const char* const prefixes[] = {"-D", "--define-macro=", "--std=c++", "-std=c++", "--fmad=", "-fmad=", "--generate-line-info", "-lineinfo",
        "--use_fast_math", "--extra-device-vectorization", "--maxrregcount="};
    return std::any_of(std::begin(prefixes), std::end(prefixes), [&](const char* p) { return option.rfind(p, 0) == 0; });
}

EXPORT int nvrtcVersion(int* major, int* minor)
{
    *major = 12;
    *minor = 8;
    return nvrtc_success;
}

EXPORT int nvrtcGetNumSupportedArchs(int* count)
{
    *count = sizeof architectures / sizeof *architectures;
    return nvrtc_success;
}

EXPORT int nvrtcGetSupportedArchs(int* list)
{
    std::copy(std::begin(architectures), std::end(architectures), list);
    return nvrtc_success;
}

EXPORT int nvrtcCreateProgram(Program** program, const char* source, const char*, int, const char* const*, const char* const*)
{
    *program = new Program{source};
    return nvrtc_success;
}

EXPORT int nvrtcDestroyProgram(Program** program)
{
    delete *program;
    *program = nullptr;
    return nvrtc_success;
}

static int read_options(Program* program, int count, const char* const* options, std::string& defines)
{
    for (int i = 0; i < count; ++i)
    {
        std::string option = options[i];
        int architecture = 0;
        char kind[8] = "";
        if (sscanf(option.c_str(), "--gpu-architecture=%7[a-z]_%d", kind, &architecture) == 2 || sscanf(option.c_str(), "-arch=%7[a-z]_%d", kind, &architecture) == 2)
        {
            program->binary = strcmp(kind, "sm") == 0;
            if (!std::count(std::begin(architectures), std::end(architectures), architecture))
            {
                program->log = "nvrtc: error: invalid value for --gpu-architecture";
                return nvrtc_invalid_option;
            }
        }
        else if (!known_option(option))
        {
            program->log = "nvrtc: error: unrecognized option " + option;
            return nvrtc_invalid_option;
        }
        else if (option.rfind("-D", 0) == 0) defines += " '" + option + "'";
    }
    return nvrtc_success;
}

static std::string folder_for_work()
{
    const char* named = getenv("TMPDIR");
    std::string pattern = std::string(named && *named ? named : "/tmp") + "/stardeq-nvrtc-XXXXXX";
    return mkdtemp(&pattern[0]) ? pattern : "";
}

static bool compile(Program* program, const std::string& folder, const std::string& defines)
{
    const char* named = getenv("CXX");
    std::string compiler = named && *named ? named : "g++", here = own_folder();
    std::string flags = " -std=c++17 -fPIC -ffunction-sections -fvisibility=hidden -fno-exceptions -fno-math-errno -fno-strict-aliasing -ffp-contract=fast -w"
        " -fmax-errors=20 -fsanitize=signed-integer-overflow,bounds,shift,integer-divide-by-zero,alignment";
    flags += options().check ? " -O1 -g1 -fsanitize=thread" : " -O2 -g1";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) flags += " -march=x86-64-v3";
    std::string command = compiler + flags + defines + " -I'" + here + "' -c -o '" + folder + "/kernel.o' '" + folder + "/kernel.cpp' 2>'" + folder + "/log' && " + compiler
        + " -shared -o '" + folder + "/kernel.so' '" + folder + "/kernel.o' '" + here + "/libcuda.so.1' 2>>'" + folder + "/log'";
    bool compiled = system(command.c_str()) == 0;
    program->log = read_file(folder + "/log");
    return compiled;
}

// The header of the image, with the static shared memory of each kernel; false if one has more than a block may have.
static bool describe(Program* program, const std::vector<KernelText>& kernels, const std::string& object, size_t library_bytes)
{
    std::map<std::string, size_t> shared = static_shared_bytes(object);
    program->image = "STARDEQ-EMULATED-MODULE " + std::to_string(library_bytes) + "\n";
    for (const KernelText& k : kernels)
    {
        program->image += k.name + " " + std::to_string(shared[k.name]) + "\n";
        if (shared[k.name] <= default_shared) continue;
        program->log = "ptxas error: Entry function '" + k.name + "' uses too much shared data (" + std::to_string(shared[k.name]) + " bytes, 49152 max)";
        return false;
    }
    program->image += "\n";
    return true;
}

EXPORT int nvrtcCompileProgram(Program* program, int count, const char* const* option_list)
{
    std::string defines;
    if (int result = read_options(program, count, option_list, defines)) return result;
    std::string code = without_comments(program->source);
    if (std::regex_search(code, std::regex("(^|\n)\\s*#\\s*include")))
    {
        program->log = "kernels.cu: error: cannot open source file of an #include: no headers were given";
        return nvrtc_compilation;
    }
    if (std::string word = host_only(code); !word.empty())
    {
        program->log = "kernels.cu: error: '" + word + "' is for the host only";
        return nvrtc_compilation;
    }
    std::vector<KernelText> kernels = find_kernels(code);
    std::string folder = folder_for_work();
    if (folder.empty()) return nvrtc_internal;
    std::ofstream(folder + "/kernel.cpp") << "#include \"device_shim.h\"\n#line 1 \"kernels.cu\"\n" << program->source
        << "\n#line 1 \"registration\"\n#undef min\n#undef max\nstatic thread_local char emu_probe;\n"
        << "extern \"C\" __attribute__((visibility(\"default\"), no_sanitize(\"thread\"))) void emu_touch() { *(volatile char*)&emu_probe = 1; }\n" << registrations(kernels);
    bool compiled = compile(program, folder, defines);
    if (compiled)
    {
        std::string library = read_file(folder + "/kernel.so");
        compiled = describe(program, kernels, read_file(folder + "/kernel.o"), library.size());
        program->image += library;
    }
    for (const char* name : {"/kernel.cpp", "/kernel.o", "/kernel.so", "/log"}) unlink((folder + name).c_str());
    rmdir(folder.c_str());
    return compiled ? nvrtc_success : nvrtc_compilation;
}

static int give_size(const std::string& text, size_t* size)
{
    *size = text.size() + 1;
    return nvrtc_success;
}

static int give(const std::string& text, char* buffer)
{
    memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = 0;
    return nvrtc_success;
}

EXPORT int nvrtcGetPTXSize(Program* program, size_t* size) { return give_size(program->image, size); }
EXPORT int nvrtcGetPTX(Program* program, char* buffer) { return give(program->image, buffer); }
EXPORT int nvrtcGetCUBIN(Program* program, char* buffer) { return give(program->image, buffer); }
EXPORT int nvrtcGetProgramLogSize(Program* program, size_t* size) { return give_size(program->log, size); }
EXPORT int nvrtcGetProgramLog(Program* program, char* buffer) { return give(program->log, buffer); }

EXPORT int nvrtcGetCUBINSize(Program* program, size_t* size)
{
    *size = program->binary ? program->image.size() + 1 : 0;
    return nvrtc_success;
}
