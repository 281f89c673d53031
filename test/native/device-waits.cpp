// Preloaded into a process that computes with ggml: writes of each graph how long it computed, and how long the device had
// waited for it since the one before, in milliseconds, to a file of the folder DEVICE_WAITS that has the process's number.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

namespace {

using milliseconds = std::chrono::duration<double, std::milli>;

std::chrono::steady_clock::time_point begun;
std::chrono::steady_clock::time_point ended;
bool is_computing = false;

// ggml's own function: the addon's libraries are not among those that RTLD_NEXT looks through.
template <typename Function>
Function * original(const char * name) {
    const char * library = nullptr;
    dl_iterate_phdr([](dl_phdr_info * info, size_t, void * found) {
        if (!strstr(info->dlpi_name, "libggml-base")) {
            return 0;
        }
        *(const char **) found = info->dlpi_name;
        return 1;
    }, &library);
    return (Function *) dlsym(dlopen(library, RTLD_LAZY | RTLD_NOLOAD), name);
}

FILE * log_file() {
    const char * folder = getenv("DEVICE_WAITS");
    FILE * file = folder ? fopen((std::string(folder) + "/" + std::to_string(getpid())).c_str(), "w") : nullptr;
    if (!file) {
        perror("DEVICE_WAITS");
        abort();
    }
    setvbuf(file, nullptr, _IOLBF, BUFSIZ);
    return file;
}

} // namespace

extern "C" int ggml_backend_sched_graph_compute_async(void * sched, void * graph) {
    static const auto compute = original<int(void *, void *)>("ggml_backend_sched_graph_compute_async");
    begun        = std::chrono::steady_clock::now();
    is_computing = true;
    return compute(sched, graph);
}

extern "C" void ggml_backend_sched_synchronize(void * sched) {
    static const auto synchronize = original<void(void *)>("ggml_backend_sched_synchronize");
    synchronize(sched);
    if (!is_computing) {
        return;
    }
    is_computing = false;
    static FILE * const file = log_file();
    static bool is_first = true;
    const auto now = std::chrono::steady_clock::now();
    fprintf(file, "%.3f %.3f\n", is_first ? 0.0 : milliseconds(begun - ended).count(), milliseconds(now - begun).count());
    is_first = false;
    ended    = now;
}
